import { shortCopy } from '../../render/terminal.ts';
import { BUCKETS, bucketOf, quantilesOf } from './histogram.ts';
import type { TableRow, TableView } from './snapshot.ts';
import { Spark } from './spark.ts';
import type { TimeAxis } from './time-axis.ts';

/** Keys that keep their row when there are too many. */
const KEPT = 500;
/** At so many, all but those are put together: seldom, since it looks at every row. */
const FULL = 2 * KEPT;
const KEY_LENGTH = 200;

/** One exchange, as tables count it. */
export interface Counted {
  /** Of the timeline; `undefined` for one that it does not show. */
  readonly bucket: number | undefined;
  readonly isError: boolean;
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number | undefined;
}

class Entry {
  key = '';
  count = 0;
  errors = 0;
  bytes = 0;
  missing = 0;
  readonly durations = new Uint32Array(BUCKETS);
  readonly spark = new Spark();

  reset(key: string): void {
    this.key = key;
    this.count = this.errors = this.bytes = this.missing = 0;
    this.durations.fill(0);
    this.spark.clear();
  }

  take(other: Entry): void {
    this.count += other.count;
    this.errors += other.errors;
    this.bytes += other.bytes;
    this.missing += other.missing;
    for (const [index, count] of other.durations.entries()) {
      this.durations[index] = (this.durations[index] ?? 0) + count;
    }
  }

  get values(): Omit<TableRow, 'key' | 'spark'> {
    const { count, errors, bytes, missing } = this;
    return { count, errors, bytes, missing, ...quantilesOf(this.durations) };
  }
}

/**
 * What there was of each key. Keys come from clients, who may make up any number of them: at most 1000 have a row, and
 * when there are more, the 500 largest keep it. Rows and the rest add up to everything at any time; a row that has
 * lost its place once is too small by what it had until then.
 */
export class KeyTable {
  readonly #axis: TimeAxis;
  readonly #rows = new Map<string, Entry>();
  readonly #others = new Entry();
  /** Used again, since a flood of new keys would make a thousand of them each second. */
  #spare: Entry[] = [];

  constructor(axis: TimeAxis) {
    this.#axis = axis;
  }

  count(key: string, { bucket, isError, bytes, duration }: Counted): void {
    const entry = this.#entry(key);
    entry.count++;
    if (isError) entry.errors++;
    entry.bytes += bytes;
    if (bucket !== undefined) entry.spark.count(bucket);
    if (duration === undefined) return;
    const index = bucketOf(duration);
    entry.durations[index] = (entry.durations[index] ?? 0) + 1;
  }

  /** Records of the key that did not arrive. */
  miss(key: string, count: number): void {
    this.#entry(key).missing += count;
  }

  fold(first: number, last: number): void {
    for (const { spark } of this.#rows.values()) spark.fold(first, last);
  }

  view(): TableView {
    const rows = [...this.#rows.values()].map((entry) => ({
      key: entry.key,
      ...entry.values,
      spark: entry.spark.view(this.#axis),
    }));
    const { count, missing } = this.#others;
    return { rows, others: count === 0 && missing === 0 ? null : this.#others.values };
  }

  #entry(given: string): Entry {
    const key = shortCopy(given, KEY_LENGTH);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= FULL) this.#prune();
    const entry = this.#spare.pop() ?? new Entry();
    entry.reset(key);
    this.#rows.set(key, entry);
    return entry;
  }

  #prune(): void {
    const bySize = [...this.#rows.values()].sort((a, b) => b.count + b.missing - (a.count + a.missing));
    this.#spare = bySize.slice(KEPT);
    for (const entry of this.#spare) {
      this.#others.take(entry);
      this.#rows.delete(entry.key);
    }
  }
}
