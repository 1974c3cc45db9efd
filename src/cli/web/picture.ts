import { isError } from '../../record/severity.ts';
import { integerOf, numberOf, textOf } from '../../render/plain.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { BUCKETS, bucketOf, quantilesOf } from './histogram.ts';
import { KeyTable } from './key-table.ts';
import { Processes } from './processes.ts';
import {
  COUNTS,
  type CountName,
  type Snapshot,
  type SourceTrouble,
  type StatusClass,
  type TableName,
  type TableView,
} from './snapshot.ts';
import { TimeAxis } from './time-axis.ts';
import { Timeline } from './timeline.ts';

type Attributes = ReceivedRecord['attributes'];

/** Seconds that one event of the ledger is spread over, at most. */
const MAX_SPREAD = 60;

/** All that is drawn of the traffic, in memory that does not grow. */
export class Picture {
  readonly #axis: TimeAxis;
  readonly #timeline: Timeline;
  readonly #tables: Readonly<Record<TableName, KeyTable>>;
  readonly #processes = new Processes();
  readonly #totals = Object.fromEntries(
    [...COUNTS, 'requests', 'bytes', 'records'].map((name) => [name, 0]),
  ) as Record<CountName | 'requests' | 'bytes' | 'records', number>;
  readonly #head = new Uint32Array(BUCKETS);
  readonly #duration = new Uint32Array(BUCKETS);

  /** @param isGrowing whether all of the time is shown, as for a file, or the last ten minutes */
  constructor(isGrowing: boolean) {
    const axis = new TimeAxis(isGrowing);
    this.#axis = axis;
    this.#timeline = new Timeline(axis);
    this.#tables = {
      routes: new KeyTable(axis),
      clients: new KeyTable(axis),
      agents: new KeyTable(axis),
      statuses: new KeyTable(axis),
      services: new KeyTable(axis),
    };
    axis.listen(
      (first, last) => {
        this.#timeline.fold(first, last);
        for (const table of Object.values(this.#tables)) table.fold(first, last);
      },
      (from, to) => this.#timeline.clear(from, to),
    );
  }

  /** @param nowMs milliseconds since the epoch, here and below */
  add(record: ReceivedRecord, nowMs: number): void {
    this.#totals.records++;
    const { attributes } = record;
    if (textOf(attributes['access_log.outcome']) !== undefined) {
      // Events of an exchange that goes on have an outcome of their own later.
      if (attributes['access_log.event'] === undefined) this.#exchange(record, nowMs);
      return;
    }
    const event = attributes['access_log.event'];
    if (event === 'heartbeat') this.#processes.hear(record, millisecondsOf(record) || nowMs);
    if (event === 'suppressed' || event === 'lost') this.#missing(event, record, nowMs);
  }

  snapshot(nowMs: number, trouble: SourceTrouble): Snapshot {
    this.#axis.advance(Math.floor(nowMs / 1000));
    return {
      at: nowMs,
      ...trouble,
      totals: { ...this.#totals },
      head: quantilesOf(this.#head),
      duration: quantilesOf(this.#duration),
      timeline: this.#timeline.view(),
      processes: this.#processes.view(),
    };
  }

  table(name: TableName): TableView {
    return this.#tables[name].view();
  }

  #exchange(record: ReceivedRecord, nowMs: number): void {
    const { attributes, resource } = record;
    const outcome = textOf(attributes['access_log.outcome']) ?? '';
    const statusCode = integerOf(attributes['http.response.status_code']);
    const head = numberOf(attributes['access_log.time_to_headers']);
    const duration = durationOf(attributes, outcome);
    const bytes = Math.max(0, integerOf(attributes['http.response.body.size']) ?? 0);
    const isFailed = isError({ statusCode, outcome }, textOf(attributes['rpc.status_code']));
    const before = countOf(attributes['access_log.suppressed_before']);
    const bucket = this.#bucket(Math.floor(millisecondsOf(record) / 1000), nowMs);

    this.#totals.requests++;
    this.#totals.bytes += bytes;
    this.#count(bucket, classOf(statusCode));
    if (isFailed) this.#count(bucket, 'errors');
    if (outcome === 'aborted' || outcome === 'rejected') this.#count(bucket, outcome);
    if (before > 0) this.#count(bucket, 'suppressed', before);
    if (bucket !== undefined) this.#timeline.observe(bucket, head, duration);
    if (head !== undefined) increase(this.#head, bucketOf(head));
    if (duration !== undefined) increase(this.#duration, bucketOf(duration));

    const counted = { bucket, isError: isFailed, bytes, duration };
    const { routes, clients, agents, statuses, services } = this.#tables;
    routes.count(routeOf(attributes), counted);
    if (before > 0) routes.miss(routeOf(attributes), before);
    clients.count(textOf(attributes['client.address']) ?? 'not known', counted);
    agents.count(textOf(attributes['user_agent.original']) ?? 'not known', counted);
    statuses.count(statusCode === undefined ? `none: ${outcome}` : String(statusCode), counted);
    services.count(textOf(resource['service.name']) ?? 'not known', counted);
  }

  /** Drawn over the seconds in which it happened, not as a peak at their end. */
  #missing(event: 'suppressed' | 'lost', record: ReceivedRecord, nowMs: number): void {
    const { attributes } = record;
    const count = countOf(attributes['access_log.count']);
    const endMs = millisecondsOf(record);
    const startMs = Number(textOf(attributes['access_log.window_start']) ?? Number.NaN) / 1e6;
    const length = Math.round((endMs - startMs) / 1000);
    const seconds = length >= 1 ? Math.min(MAX_SPREAD, length) : 1;
    const end = Math.floor(endMs / 1000);
    for (let at = 0; at < seconds; at++) {
      const share = Math.floor((count * (at + 1)) / seconds) - Math.floor((count * at) / seconds);
      if (share > 0) this.#count(this.#bucket(end - seconds + 1 + at, nowMs), event, share);
    }
    if (count > 0) this.#tables.routes.miss(routeOf(attributes), count);
  }

  #count(bucket: number | undefined, name: CountName, by = 1): void {
    this.#totals[name] += by;
    if (bucket !== undefined) this.#timeline.count(bucket, name, by);
  }

  #bucket(second: number, nowMs: number): number | undefined {
    // Without a time of its own, a record is as old as its arrival, and one of a file has none.
    if (second <= 0 && this.#axis.isGrowing) return undefined;
    const now = Math.floor(nowMs / 1000);
    return this.#axis.place(second <= 0 ? now : second, now);
  }
}

function increase(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

function millisecondsOf({ timeUnixNano }: ReceivedRecord): number {
  return Number(timeUnixNano / 1_000_000n);
}

/** How long a connection was open says nothing of how long requests take. */
function durationOf(attributes: Attributes, outcome: string): number | undefined {
  if (outcome === 'upgraded' || outcome === 'tunneled') return undefined;
  return numberOf(attributes['http.server.request.duration']);
}

const STATUS_CLASSES: readonly (StatusClass | undefined)[] = [undefined, '1xx', '2xx', '3xx', '4xx', '5xx'];

function classOf(statusCode: number | undefined): StatusClass {
  return STATUS_CLASSES[Math.floor((statusCode ?? 0) / 100)] ?? 'none';
}

/** As the ledger counts: by route, else by method. */
function routeOf(attributes: Attributes): string {
  return (
    textOf(attributes['http.route']) ?? `${textOf(attributes['http.request.method']) ?? '-'} without a route`
  );
}

function countOf(value: unknown): number {
  const count = integerOf(value);
  return count !== undefined && count > 0 ? count : 0;
}
