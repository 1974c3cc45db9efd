// What the page is given: shared by the side that aggregates and the side that draws.
import type { Quantiles } from './histogram.ts';

export const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;
/** Status class of an exchange; `none` where no status was sent. */
export type StatusClass = (typeof CLASSES)[number];

/** Counts of a stretch of time. `errors` are 5xx, timeouts, crashes, and gRPC errors of the server. */
export type CountName = StatusClass | 'errors' | 'aborted' | 'rejected' | 'suppressed' | 'lost';
export const COUNTS: readonly CountName[] = [
  ...CLASSES,
  ...(['errors', 'aborted', 'rejected', 'suppressed', 'lost'] as const),
];

export interface TimelineView {
  /** Seconds of a bucket. */
  readonly width: number;
  /** Start of the first bucket, in seconds since the epoch. */
  readonly start: number;
  readonly counts: Readonly<Record<CountName, readonly number[]>>;
  /** Of each bucket. */
  readonly head: readonly Quantiles[];
  readonly duration: readonly Quantiles[];
}

export interface Totals extends Readonly<Record<CountName, number>> {
  readonly requests: number;
  /** Of response bodies. */
  readonly bytes: number;
  readonly records: number;
}

export const TABLES = ['routes', 'clients', 'agents', 'statuses', 'services'] as const;
export type TableName = (typeof TABLES)[number];

export interface TableRow extends Quantiles {
  readonly key: string;
  readonly count: number;
  readonly errors: number;
  readonly bytes: number;
  /** Suppressed or lost, by the key that a service named. */
  readonly missing: number;
  /** Counts over the time of the timeline, oldest first. */
  readonly spark: readonly number[];
}

export interface TableView {
  readonly rows: readonly TableRow[];
  /** All keys without a row of their own; `null` where there are none. */
  readonly others: Omit<TableRow, 'spark' | 'key'> | null;
}

export const SORTS = ['key', 'count', 'errorRate', 'p50', 'p95', 'p99', 'bytes', 'missing'] as const;
export type SortName = (typeof SORTS)[number];

/** A process as its last heartbeat tells it. */
export interface ProcessView {
  readonly service: string;
  readonly processId: string;
  readonly mode: string | null;
  /** Milliseconds since the epoch. */
  readonly lastHeard: number;
  readonly isFinal: boolean;
  readonly totals: Readonly<Record<ProcessTotal, number | null>>;
  /** served - (ignored + suppressed + kept): 0 where the identity is closed, `null` where it is not known. */
  readonly servedGap: number | null;
  /** kept + adopted - (delivered + lost + pending) */
  readonly keptGap: number | null;
}

export const PROCESS_TOTALS = [
  'served',
  'ignored',
  'suppressed',
  'kept',
  'delivered',
  'lost',
  'pending',
  'adopted',
] as const;
export type ProcessTotal = (typeof PROCESS_TOTALS)[number];

/** What the source could not give. */
export interface SourceTrouble {
  readonly unreadable: number;
  readonly leftOut: number;
}

export interface Snapshot extends SourceTrouble {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly totals: Totals;
  readonly head: Quantiles;
  readonly duration: Quantiles;
  readonly timeline: TimelineView | null;
  readonly processes: readonly ProcessView[];
}

/** A record as JSON can hold it: integers beyond 2^53 are text, bytes base64. */
export interface PageRecord {
  readonly sequence: number;
  /** Nanoseconds since the epoch. */
  readonly time: string;
  readonly severityNumber: number;
  readonly severityText: string | undefined;
  readonly body: unknown;
  readonly eventName: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

/** What the stream of records sends at a time. */
export interface RecordsSent {
  /** Oldest first. */
  readonly records: readonly PageRecord[];
  /** Records that passed the filter and were too many to be sent. */
  readonly skipped: number;
}

/** What stands in the document itself. */
export interface PageSettings {
  /** `127.0.0.1:4317`, or the name of a file. */
  readonly source: string;
  readonly isLive: boolean;
  /** With `{traceId}` in it. */
  readonly traceUrl: string | null;
  readonly version: string;
}

/** The data of a report, which no server is asked for. */
export interface ReportData {
  readonly snapshot: Snapshot;
  readonly tables: Readonly<Record<TableName, TableView>>;
  readonly records: readonly PageRecord[];
}

/** Sorted as a person asks for it; rows that lack the value come last. */
export function sortRows<Row extends Pick<TableRow, 'key' | 'count' | 'errors'>>(
  rows: readonly Row[],
  by: SortName,
  isDescending: boolean,
): Row[] {
  const sign = isDescending ? -1 : 1;
  const sortedBy = (row: Row): unknown =>
    by === 'errorRate' ? row.errors / row.count : Reflect.get(row, by);
  return rows.toSorted((a, b) => {
    const [left, right] = [sortedBy(a), sortedBy(b)];
    if (typeof left === 'string' && typeof right === 'string') return sign * (left < right ? -1 : 1);
    if (typeof left !== 'number' || typeof right !== 'number')
      return Number(left === null) - Number(right === null);
    return sign * (left - right) || b.count - a.count;
  });
}
