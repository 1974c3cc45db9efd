/** Buckets of a timeline: ten minutes of seconds. */
export const CAPACITY = 600;
/** Buckets of the timeline in one of a spark line. */
const SPARK_BUCKETS = 10;
/** One more than divides the capacity, since neither end need be at the start of a bucket. */
export const SPARK_CAPACITY: number = CAPACITY / SPARK_BUCKETS + 1;

/**
 * Which bucket a second falls into. Buckets are numbered from the epoch on; those from `first` to `last` are at hand.
 *
 * A sliding axis has buckets of a second and follows the clock: what is older than its ten minutes has no bucket. A
 * growing axis takes every second; where the buckets do not suffice, each two become one.
 */
export class TimeAxis {
  readonly isGrowing: boolean;
  /** Seconds of a bucket. */
  width = 1;
  /** `undefined` until there is a bucket. */
  first: number | undefined;
  last = 0;
  #onFold: (first: number, last: number) => void = () => undefined;
  #onAdvance: (from: number, to: number) => void = () => undefined;

  constructor(isGrowing: boolean) {
    this.isGrowing = isGrowing;
  }

  /**
   * @param onFold called when the width doubles, with the numbers that buckets had before
   * @param onAdvance called with the numbers of buckets that are new at the end of a sliding axis
   */
  listen(onFold: (first: number, last: number) => void, onAdvance: (from: number, to: number) => void): void {
    this.#onFold = onFold;
    this.#onAdvance = onAdvance;
  }

  /** The bucket of a second that there was; `undefined` where it is too old. */
  place(second: number, nowSecond: number): number | undefined {
    if (!this.isGrowing) {
      this.advance(nowSecond);
      // A clock that is ahead of ours would have a bucket that is not there yet.
      const bucket = Math.min(second, this.last);
      return bucket < (this.first ?? 0) ? undefined : bucket;
    }
    const bucket = (): number => Math.floor(second / this.width);
    this.first ??= this.last = bucket();
    while (Math.max(this.last, bucket()) - Math.min(this.first, bucket()) >= CAPACITY) this.#fold();
    this.first = Math.min(this.first, bucket());
    this.last = Math.max(this.last, bucket());
    return bucket();
  }

  /** Moves a sliding axis on. */
  advance(nowSecond: number): void {
    if (this.isGrowing || (this.first !== undefined && nowSecond <= this.last)) return;
    const from = this.first === undefined ? nowSecond : Math.max(this.last + 1, nowSecond - CAPACITY + 1);
    this.last = nowSecond;
    this.first = nowSecond - CAPACITY + 1;
    this.#onAdvance(from, nowSecond);
  }

  #fold(): void {
    const { first = 0, last } = this;
    this.width *= 2;
    this.first = Math.floor(first / 2);
    this.last = Math.floor(last / 2);
    this.#onFold(first, last);
  }
}

/** The bucket of a spark line that a bucket of the timeline is part of. */
export function sparkBucketOf(bucket: number): number {
  return Math.floor(bucket / SPARK_BUCKETS);
}
