import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageRecord } from '../snapshot.ts';
import { report } from './embedded.ts';
import { useRecords } from './live-data.ts';
import { memo } from './memo.tsx';
import { count } from './numbers.ts';
import { RecordDialog } from './record-dialog.tsx';
import { textOf } from './record-text.ts';

const TYPING_MS = 250;
const HELP =
  'status:5xx · route:/orders/* · slow:200ms · service:shop · trace:4bf9 · name=value · name~part · name>1 · any word · -term';

interface RecordsProps {
  readonly filter: string;
  readonly onFilter: (text: string) => void;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
}

/** The stream of records, newest first. */
export function Records({ filter, onFilter, isPaused, onPause }: RecordsProps) {
  const settled = useSettled(filter);
  const { records, waiting, skipped, problem } = useRecords(settled, isPaused);
  const [opened, setOpened] = useState<PageRecord | undefined>(undefined);
  const list = useRef<HTMLOListElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows: (Element | null)[] = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = rows.indexOf(document.activeElement);
    const next = event.key === 'Home' ? rows[0] : event.key === 'End' ? rows.at(-1) : rows[at + (step ?? 0)];
    if (!(next instanceof HTMLElement) || (step === undefined && event.key !== 'Home' && event.key !== 'End'))
      return;
    event.preventDefault();
    // Rows that move away under the arrow keys could not be read.
    onPause(report === undefined);
    next.focus();
  };
  const at = opened === undefined ? -1 : records.findIndex(({ sequence }) => sequence === opened.sequence);
  return (
    <section class="card records" aria-labelledby="records">
      <header>
        <h2 id="records">Records</h2>
        <input
          id="filter"
          type="search"
          value={filter}
          spellcheck={false}
          placeholder="Filter:  status:5xx  route:/orders/*  client.address=203.0.113.7"
          aria-label="Filter records"
          aria-describedby="filter-help"
          aria-invalid={problem !== undefined}
          onInput={(event) => onFilter(event.currentTarget.value)}
        />
        {report === undefined && (
          <button type="button" id="pause" aria-pressed={isPaused} onClick={() => onPause(!isPaused)}>
            {isPaused ? 'Go on' : 'Pause'}
          </button>
        )}
      </header>
      <p class="note" id="filter-help">
        {problem === undefined ? HELP : <span class="bad">{problem}</span>}
      </p>
      <p class="note" role="status">
        {statusText(records.length, waiting, skipped, isPaused)}
      </p>
      <ol ref={list} onKeyDown={move}>
        {records.map((record) => (
          <Row key={record.sequence} record={record} onOpen={setOpened} />
        ))}
      </ol>
      {opened !== undefined && (
        <RecordDialog
          record={opened}
          onClose={() => setOpened(undefined)}
          onNewer={at > 0 ? () => setOpened(records[at - 1]) : undefined}
          onOlder={at >= 0 && at < records.length - 1 ? () => setOpened(records[at + 1]) : undefined}
        />
      )}
    </section>
  );
}

interface RowProps {
  readonly record: PageRecord;
  readonly onOpen: (record: PageRecord) => void;
}

const Row = memo(({ record, onOpen }: RowProps) => {
  const { time, status, tone, duration, method, target, client, service, remark } = textOf(record);
  return (
    <li>
      <button type="button" onClick={() => onOpen(record)} class={tone === 'event' ? 'event' : ''}>
        <time>{time}</time>
        <span class="status" style={{ '--c': `var(--t-${tone})` }}>
          {status}
        </span>
        <span class="duration">{duration}</span>
        <span class="method">{method}</span>
        <span class="target">{target}</span>
        <span class="remark">{remark}</span>
        <span class="client">{client}</span>
        <span class="service">{service}</span>
      </button>
    </li>
  );
});

/** The text once nothing was typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function statusText(shown: number, waiting: number, skipped: number, isPaused: boolean): string {
  if (report !== undefined)
    return `${count(shown)} of the last ${count(report.records.length)} records and errors`;
  if (isPaused) return `paused, ${count(waiting)} more since then`;
  const passed = skipped === 0 ? '' : `; ${count(skipped)} more were too many to be listed`;
  return shown === 0 ? 'no record so far' : `the last ${count(shown)}${passed}`;
}
