import type { Bisection } from '../sending/bisection.ts';
import type { DiskCopy } from '../spool/disk-copy.ts';
import type { Chunk } from './chunk.ts';
import type { Settlement } from './settlement.ts';

/** Records of one chunk: from `from` up to, and without, `to`. */
export interface Run {
  readonly chunk: Chunk;
  readonly from: number;
  readonly to: number;
}

/**
 * Records that are sent together.
 *
 * | State        | Meaning                                                                  | Next              |
 * | ------------ | ------------------------------------------------------------------------ | ----------------- |
 * | waiting      | in the retry queue; may be sent from `notBeforeMs` on                    | any other         |
 * | in flight    | sent, without a response yet                                             | any other         |
 * | acknowledged | a receiver has accepted it, here or from another thread at process exit  |                   |
 * | given up     | its records are lost                                                     |                   |
 * | divided      | two halves have replaced it                                              |                   |
 * | set aside    | its records are on disk only; another batch will be made of them         |                   |
 *
 * `flush` is what the latest flush still needs of it: `due`, an attempt is outstanding; `tried`, it was attempted and
 * has to be attempted again while the receiver accepts other batches; `none`, nothing.
 */
export class Batch {
  /** The bisection that this is a piece of. */
  readonly bisection: Bisection | undefined;
  /** When its oldest record was added, or some time before that; monotonic milliseconds. */
  readonly sinceMs: number;
  /** Its copy on disk, or on the way there. */
  copy: DiskCopy | undefined;
  #runs: readonly Run[];
  #state: 'waiting' | 'in flight' | 'acknowledged' | 'given up' | 'divided' | 'set aside' = 'waiting';
  #notBeforeMs = 0;
  #flush: 'none' | 'due' | 'tried' = 'none';
  #ownRefusals = 0;
  #acceptancesAtRefusal: number | undefined;
  #sentMs = Number.POSITIVE_INFINITY;
  #settlement: Settlement | undefined;

  constructor(runs: readonly Run[], sinceMs = 0, bisection?: Bisection) {
    this.#runs = runs;
    this.sinceMs = sinceMs;
    this.bisection = bisection;
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

  /** Whether its records are pending: it is waiting or in flight. */
  get isPending(): boolean {
    return this.#state === 'waiting' || this.#state === 'in flight';
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  /** Monotonic milliseconds before which it is not attempted again. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  get flush(): 'none' | 'due' | 'tried' {
    return this.#flush;
  }

  /** Refusals after which the batch itself may have been the reason, see `refused`. */
  get ownRefusals(): number {
    return this.#ownRefusals;
  }

  get wasRefused(): boolean {
    return this.#acceptancesAtRefusal !== undefined;
  }

  /** The latest flush needs an attempt of it. */
  requestFlush(): void {
    this.#flush = 'due';
  }

  /** When it was last sent, in monotonic milliseconds; infinite before the first time. */
  get sentMs(): number {
    return this.#sentMs;
  }

  /** @param settlement of its records */
  settleFor(settlement: Settlement): void {
    settlement.partAdded();
    this.#settlement = settlement;
  }

  sent(nowMs: number): void {
    this.#sentMs = nowMs;
    this.#state = 'in flight';
  }

  /**
   * The receiver did not accept it now; it waits for another attempt.
   *
   * @param acceptances exports that the receiver has accepted so far
   * @returns whether the batch itself may be the reason: the receiver has accepted others since it last refused this one
   */
  refused(acceptances: number): boolean {
    const isOwn = this.#acceptancesAtRefusal !== undefined && acceptances > this.#acceptancesAtRefusal;
    if (isOwn) this.#ownRefusals += 1;
    this.#acceptancesAtRefusal = acceptances;
    if (this.#flush === 'due') this.#flush = 'tried';
    this.#state = 'waiting';
    return isOwn;
  }

  /** Its attempt came to nothing for a reason that is not the receiver's; it waits for another one, at once. */
  interrupted(): void {
    this.#state = 'waiting';
    this.#notBeforeMs = 0;
  }

  /** @param notBeforeMs monotonic milliseconds */
  retryAt(notBeforeMs: number): void {
    this.#notBeforeMs = notBeforeMs;
  }

  acknowledged(): void {
    this.#state = 'acknowledged';
    this.#settled();
  }

  givenUp(): void {
    this.#state = 'given up';
    this.#settled();
  }

  /** Its records stay pending, on disk. */
  setAside(): void {
    this.#state = 'set aside';
    this.#settled();
  }

  /** Removes the records of a chunk. @returns the removed records */
  drop(chunk: Chunk): readonly Run[] {
    const dropped = this.#runs.filter((run) => run.chunk === chunk);
    if (dropped.length > 0) this.#runs = this.#runs.filter((run) => run.chunk !== chunk);
    return dropped;
  }

  /** Replaces it, where it has at least two records, by two batches, which are two pieces of the bisection. */
  divide(bisection: Bisection | undefined = this.bisection): [Batch, Batch] {
    this.#state = 'divided';
    bisection?.divided();
    this.copy?.divided();
    const first: Run[] = [];
    const second: Run[] = [];
    let left = this.count >> 1;
    for (const { chunk, from, to } of this.#runs) {
      const middle = Math.min(to, from + left);
      if (from < middle) first.push({ chunk, from, to: middle });
      if (middle < to) second.push({ chunk, from: middle, to });
      left -= middle - from;
    }
    const halves: [Batch, Batch] = [this.#half(first, bisection), this.#half(second, bisection)];
    this.#settled();
    return halves;
  }

  #settled(): void {
    this.#settlement?.partEnded();
    this.#settlement = undefined;
  }

  #half(runs: readonly Run[], bisection: Bisection | undefined): Batch {
    const half = new Batch(runs, this.sinceMs, bisection);
    half.copy = this.copy;
    if (this.#settlement !== undefined) half.settleFor(this.#settlement);
    if (this.#flush !== 'none') half.requestFlush();
    return half;
  }
}
