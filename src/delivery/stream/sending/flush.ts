interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: () => void;
}

/** Those who wait until what was emitted before they asked is dealt with. One who comes later makes all wait. */
export class Flush {
  #waiters: Waiter[] = [];
  /** Whether there may be records for it that no batch has taken yet. */
  wantsFresh = false;

  get isUnderWay(): boolean {
    return this.#waiters.length > 0;
  }

  /** When the first one stops waiting; monotonic milliseconds. */
  get deadlineMs(): number {
    return this.#waiters.reduce((least, { deadlineMs }) => Math.min(least, deadlineMs), Infinity);
  }

  join(deadlineMs: number): Promise<void> {
    this.wantsFresh = true;
    return new Promise((resolve) => {
      this.#waiters.push({ deadlineMs, resolve });
    });
  }

  /** Ends it for those whose time is up; by default for all. */
  end(nowMs: number = Number.POSITIVE_INFINITY): void {
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { deadlineMs, resolve } of waiters) if (deadlineMs <= nowMs) resolve();
    if (!this.isUnderWay) this.wantsFresh = false;
  }
}
