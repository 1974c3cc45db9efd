import { BUCKETS, bucketOf, quantilesOf } from './histogram.ts';
import { COUNTS, type CountName, type TimelineView } from './snapshot.ts';
import { CAPACITY, type TimeAxis } from './time-axis.ts';

const COLUMN = Object.fromEntries(COUNTS.map((name, index) => [name, index])) as Record<CountName, number>;
const COLUMNS = COUNTS.length;

/** Of a live timeline the last seconds are not shown: their records are still on their way. */
const ON_THEIR_WAY = 2;
/** Buckets of a live timeline that has just begun. */
const LEAST_SHOWN = 60;

/** Counts and durations over time, in memory that does not grow (1.1 MB). */
export class Timeline {
  readonly #axis: TimeAxis;
  #counts = new Float64Array(CAPACITY * COLUMNS);
  #head = new Uint32Array(CAPACITY * BUCKETS);
  #duration = new Uint32Array(CAPACITY * BUCKETS);

  constructor(axis: TimeAxis) {
    this.#axis = axis;
  }

  count(bucket: number, name: CountName, by = 1): void {
    increase(this.#counts, (bucket % CAPACITY) * COLUMNS + COLUMN[name], by);
  }

  /** Seconds to the head, and in all. */
  observe(bucket: number, head: number | undefined, duration: number | undefined): void {
    const offset = (bucket % CAPACITY) * BUCKETS;
    if (head !== undefined) increase(this.#head, offset + bucketOf(head), 1);
    if (duration !== undefined) increase(this.#duration, offset + bucketOf(duration), 1);
  }

  /** Makes room for new buckets where old ones were. */
  clear(from: number, to: number): void {
    for (let bucket = from; bucket <= to; bucket++) {
      const slot = bucket % CAPACITY;
      this.#counts.fill(0, slot * COLUMNS, (slot + 1) * COLUMNS);
      this.#head.fill(0, slot * BUCKETS, (slot + 1) * BUCKETS);
      this.#duration.fill(0, slot * BUCKETS, (slot + 1) * BUCKETS);
    }
  }

  /** Each two of the buckets from `first` to `last` become one, which has half their number. */
  fold(first: number, last: number): void {
    this.#counts = folded(this.#counts, COLUMNS, first, last);
    this.#head = folded(this.#head, BUCKETS, first, last);
    this.#duration = folded(this.#duration, BUCKETS, first, last);
  }

  view(): TimelineView | null {
    const { last, width, isGrowing } = this.#axis;
    if (this.#axis.first === undefined) return null;
    const end = isGrowing ? last : last - ON_THEIR_WAY;
    const first = isGrowing ? this.#axis.first : this.#firstShown(this.#axis.first, end);
    const slots = Array.from({ length: end - first + 1 }, (_, at) => (first + at) % CAPACITY);
    const column = (name: CountName): number[] =>
      slots.map((slot) => this.#counts[slot * COLUMNS + COLUMN[name]] ?? 0);
    return {
      width,
      start: first * width,
      counts: Object.fromEntries(COUNTS.map((name) => [name, column(name)])) as Record<CountName, number[]>,
      head: slots.map((slot) => quantilesOf(this.#head, slot * BUCKETS)),
      duration: slots.map((slot) => quantilesOf(this.#duration, slot * BUCKETS)),
    };
  }

  /** Not the time before the first record, but a minute at least. */
  #firstShown(first: number, end: number): number {
    for (let bucket = first; bucket <= end - LEAST_SHOWN; bucket++) {
      const from = (bucket % CAPACITY) * COLUMNS;
      if (this.#counts.subarray(from, from + COLUMNS).some((count) => count > 0)) return bucket;
    }
    return end - LEAST_SHOWN + 1;
  }
}

function increase(counts: Float64Array | Uint32Array, index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by;
}

function folded<Counts extends Float64Array | Uint32Array>(
  counts: Counts,
  columns: number,
  first: number,
  last: number,
): Counts {
  const result = counts.slice().fill(0) as Counts;
  for (let bucket = first; bucket <= last; bucket++) {
    const from = (bucket % CAPACITY) * columns;
    const to = (Math.floor(bucket / 2) % CAPACITY) * columns;
    for (let at = 0; at < columns; at++) increase(result, to + at, counts[from + at] ?? 0);
  }
  return result;
}
