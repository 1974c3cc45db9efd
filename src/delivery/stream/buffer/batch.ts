import type { Search } from '../sending/bisection.ts';
import type { Chunk } from './chunk.ts';

/** Records of one chunk, from one up to another. */
export interface Run {
  readonly chunk: Chunk;
  readonly from: number;
  readonly to: number;
}

/** Records that are sent together. */
export class Batch {
  #runs: readonly Run[];
  /** Delivered or lost. */
  isSettled = false;
  /** Monotonic milliseconds before which it is not tried again. */
  notBeforeMs = 0;
  /** What the latest flush still wants of it. */
  flush: 'none' | 'due' | 'tried' = 'none';
  /** Refusals although the receiver has accepted others in between, so that the reason may be the batch. */
  ownRefusals = 0;
  /** How much the receiver had accepted when it last refused this one; `undefined` before that. */
  acceptancesAtRefusal: number | undefined;
  /** The search for a poison record that this is a piece of. */
  readonly search: Search | undefined;

  constructor(runs: readonly Run[], search?: Search) {
    this.#runs = runs;
    this.search = search;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Records. */
  get count(): number {
    return this.#runs.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  get bytes(): number {
    return this.#runs.reduce((sum, { chunk, from, to }) => sum + chunk.offset(to) - chunk.offset(from), 0);
  }

  /** Takes the records of a chunk away. @returns which they were */
  drop(chunk: Chunk): readonly Run[] {
    const dropped = this.#runs.filter((run) => run.chunk === chunk);
    if (dropped.length > 0) this.#runs = this.#runs.filter((run) => run.chunk !== chunk);
    return dropped;
  }

  /** Two batches that stand for this one of at least two records, as two pieces of the search instead of one. */
  halves(search: Search | undefined = this.search): [Batch, Batch] {
    if (search !== undefined) search.pieces += 1;
    const first: Run[] = [];
    const second: Run[] = [];
    let left = this.count >> 1;
    for (const { chunk, from, to } of this.#runs) {
      const middle = Math.min(to, from + left);
      if (from < middle) first.push({ chunk, from, to: middle });
      if (middle < to) second.push({ chunk, from: middle, to });
      left -= middle - from;
    }
    return [this.#part(first, search), this.#part(second, search)];
  }

  #part(runs: readonly Run[], search: Search | undefined): Batch {
    const part = new Batch(runs, search);
    if (this.flush !== 'none') part.flush = 'due';
    return part;
  }
}
