import { SPARK_CAPACITY, sparkBucketOf, type TimeAxis } from './time-axis.ts';

/** Counts of one key over the time of the timeline, in steps of ten of its buckets. */
export class Spark {
  readonly #counts = new Uint32Array(SPARK_CAPACITY);
  #last = -1;

  /** @param bucket of the timeline */
  count(bucket: number): void {
    const at = sparkBucketOf(bucket);
    if (at > this.#last) this.#moveTo(at);
    else if (at <= this.#last - SPARK_CAPACITY) return;
    const index = at % SPARK_CAPACITY;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  fold(first: number, last: number): void {
    const before = this.#counts.slice();
    this.#counts.fill(0);
    this.#last = sparkBucketOf(Math.floor(last / 2));
    for (let at = sparkBucketOf(first); at <= sparkBucketOf(last); at++) {
      const index = Math.floor(at / 2) % SPARK_CAPACITY;
      this.#counts[index] = (this.#counts[index] ?? 0) + (before[at % SPARK_CAPACITY] ?? 0);
    }
  }

  clear(): void {
    this.#counts.fill(0);
    this.#last = -1;
  }

  /** Oldest first. */
  view({ first, last }: TimeAxis): number[] {
    if (first === undefined) return [];
    const from = sparkBucketOf(first);
    return Array.from({ length: sparkBucketOf(last) - from + 1 }, (_, at) => {
      const bucket = from + at;
      const isKnown = bucket <= this.#last && bucket > this.#last - SPARK_CAPACITY;
      return isKnown ? (this.#counts[bucket % SPARK_CAPACITY] ?? 0) : 0;
    });
  }

  #moveTo(at: number): void {
    for (let old = Math.max(this.#last + 1, at - SPARK_CAPACITY + 1); old <= at; old++) {
      this.#counts[old % SPARK_CAPACITY] = 0;
    }
    this.#last = at;
  }
}
