import { useEffect, useMemo, useState } from 'preact/hooks';
import { compileFilterText } from '../filter-text.ts';
import {
  type PageRecord,
  type RecordsSent,
  type Snapshot,
  type SortName,
  sortRows,
  type TableName,
  type TableView,
} from '../snapshot.ts';
import { report } from './embedded.ts';

const EVERY_MS = 1000;
/** Records in the list. */
const LISTED = 200;
/** Rows of a table in a report; the server gives as many. */
const ROWS = 50;

export interface Choice {
  readonly table: TableName;
  readonly sort: SortName;
  readonly isDescending: boolean;
}

export interface ShownTable extends TableView {
  readonly name: TableName;
  /** Keys that have a row, shown or not. */
  readonly keys: number;
}

export interface Shown {
  readonly snapshot: Snapshot | undefined;
  readonly table: ShownTable | undefined;
  readonly isConnected: boolean;
}

/** What is drawn: asked for once a second while the page is visible. */
export function useData(choice: Choice): Shown {
  const { table, sort, isDescending } = choice;
  const [shown, setShown] = useState<Shown>({ snapshot: undefined, table: undefined, isConnected: true });
  useEffect(() => {
    if (report !== undefined) {
      setShown({
        snapshot: report.snapshot,
        table: tableOf(report.tables[table], choice),
        isConnected: true,
      });
      return undefined;
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      clearTimeout(timer);
      if (document.hidden) return;
      try {
        const order = isDescending ? 'descending' : 'ascending';
        const response = await fetch(`data?table=${table}&sort=${sort}&order=${order}`, {
          signal: abort.signal,
        });
        if (!response.ok) throw new Error(response.statusText);
        const answer: { snapshot: Snapshot; table: Omit<ShownTable, 'name'> } = await response.json();
        setShown({ snapshot: answer.snapshot, table: { ...answer.table, name: table }, isConnected: true });
      } catch {
        if (abort.signal.aborted) return;
        setShown((before) => ({ ...before, isConnected: false }));
      }
      timer = setTimeout(ask, EVERY_MS);
    };
    const onVisible = (): void => void ask();
    document.addEventListener('visibilitychange', onVisible);
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [table, sort, isDescending]);
  return shown;
}

function tableOf({ rows, others }: TableView, { table, sort, isDescending }: Choice): ShownTable {
  return { name: table, rows: sortRows(rows, sort, isDescending).slice(0, ROWS), others, keys: rows.length };
}

export interface ShownRecords {
  /** Newest first. */
  readonly records: readonly PageRecord[];
  /** That arrived since the list was paused. */
  readonly waiting: number;
  /** That passed the filter, but were too many to be listed. */
  readonly skipped: number;
  /** Why the filter is none. */
  readonly problem: string | undefined;
}

interface Arrived {
  readonly records: readonly PageRecord[];
  readonly skipped: number;
  readonly count: number;
}

const NOTHING: Arrived = { records: [], skipped: 0, count: 0 };

/** The records that pass the filter, as they come. */
export function useRecords(filter: string, isPaused: boolean): ShownRecords {
  const problem = useMemo(() => problemOf(filter), [filter]);
  const [arrived, setArrived] = useState<Arrived>(NOTHING);
  const [frozen, setFrozen] = useState<Arrived | undefined>(undefined);
  useEffect(() => setFrozen(isPaused ? arrived : undefined), [isPaused]);
  useEffect(() => {
    setArrived(NOTHING);
    setFrozen(undefined);
    if (problem !== undefined) return undefined;
    if (report !== undefined) {
      const records = report.records.filter(compileFilterText(filter)).toReversed();
      setArrived({ records: records.slice(0, LISTED), skipped: 0, count: records.length });
      return undefined;
    }
    const source = new EventSource(`records?filter=${encodeURIComponent(filter)}`);
    source.onmessage = ({ data }) => {
      const sent: RecordsSent = JSON.parse(data);
      setArrived((before) => withMore(before, sent));
    };
    return () => source.close();
  }, [filter, problem]);
  const { records, skipped, count } = frozen ?? arrived;
  return { records, skipped, waiting: arrived.count - count, problem };
}

function withMore({ records, skipped, count }: Arrived, sent: RecordsSent): Arrived {
  // After an interruption the stream begins with the last ones again.
  const last = records[0]?.sequence ?? -1;
  const fresh = sent.records.filter(({ sequence }) => sequence > last).toReversed();
  return {
    records: [...fresh, ...records].slice(0, LISTED),
    skipped: skipped + sent.skipped,
    count: count + fresh.length + sent.skipped,
  };
}

function problemOf(filter: string): string | undefined {
  try {
    compileFilterText(filter);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
