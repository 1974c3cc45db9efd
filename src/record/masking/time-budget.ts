/** Milliseconds of each second that patterns may use. */
const BUDGET_MS = 50;
const WINDOW_MS = 1000;

/**
 * How long the patterns of a process may work: their engine is linear, but a hostile text still costs it up to 25 ms,
 * and such texts can be sent by the thousand.
 */
export class TimeBudget {
  readonly #now: () => number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #usedMs = 0;
  #startedMs = 0;

  /** @param now milliseconds of a clock that never steps back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins to measure. @returns false where the budget of this second is used up */
  start(): boolean {
    const now = this.#now();
    this.#startedMs = now;
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#usedMs = 0;
    }
    return this.#usedMs < BUDGET_MS;
  }

  stop(): void {
    this.#usedMs += this.#now() - this.#startedMs;
  }
}
