import type { Batch, Run } from '../buffer/batch.ts';
import type { Chunk } from '../buffer/chunk.ts';

/**
 * Batches that wait to be sent, most of them again. A refused batch goes to the end, so that one that is always
 * refused delays no other.
 */
export class RetryQueue {
  #batches: Batch[] = [];
  #records = 0;

  get size(): number {
    return this.#batches.length;
  }

  get records(): number {
    return this.#records;
  }

  get first(): Batch | undefined {
    return this.#batches[0];
  }

  all(): readonly Batch[] {
    return this.#batches;
  }

  add(batch: Batch): void {
    this.#batches.push(batch);
    this.#records += batch.count;
  }

  /** Adds batches at the front. */
  addFirst(...batches: readonly Batch[]): void {
    this.#batches.unshift(...batches);
    for (const batch of batches) this.#records += batch.count;
  }

  /** The first batch that may be attempted at that time. */
  firstReady(nowMs: number): Batch | undefined {
    return this.#batches.find(({ notBeforeMs }) => notBeforeMs <= nowMs);
  }

  /** When the next batch may be attempted; `Infinity` where there is none. */
  nextReadyMs(): number {
    return this.#batches.reduce((least, { notBeforeMs }) => Math.min(least, notBeforeMs), Infinity);
  }

  remove(batch: Batch): void {
    if (batch === this.#batches[0]) this.#batches.shift();
    else this.#batches = this.#batches.filter((other) => other !== batch);
    this.#records -= batch.count;
  }

  /**
   * Removes the records of a chunk from all batches.
   *
   * @returns the removed records; and the batches that have none left, which are not in the queue any more
   */
  drop(chunk: Chunk): { runs: readonly Run[]; emptied: readonly Batch[] } {
    const runs = this.#batches.flatMap((batch) => batch.drop(chunk));
    const emptied = this.#batches.filter(({ count }) => count === 0);
    if (emptied.length > 0) this.#batches = this.#batches.filter(({ count }) => count > 0);
    for (const { from, to } of runs) this.#records -= to - from;
    return { runs, emptied };
  }

  clear(): void {
    this.#batches = [];
    this.#records = 0;
  }
}
