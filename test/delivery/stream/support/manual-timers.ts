import type { Timer } from '../../../../src/delivery/stream/stream-settings.ts';

interface Waiting {
  readonly atMs: number;
  readonly callback: () => void;
  holdsProcess: boolean;
}

/** A clock and timers that run only while the test lets time pass. */
export class ManualTimers {
  nowMs = 1_000;
  /** Number of timers that were ever started. */
  started = 0;
  #waiting: Waiting[] = [];

  /** Timers that are running. */
  get running(): number {
    return this.#waiting.length;
  }

  /** Timers that the process stays alive for. */
  get holding(): number {
    return this.#waiting.filter(({ holdsProcess }) => holdsProcess).length;
  }

  readonly startTimer = (ms: number, callback: () => void): Timer => {
    this.started += 1;
    const timer: Waiting = { atMs: this.nowMs + ms, callback, holdsProcess: false };
    this.#waiting.push(timer);
    return {
      stop: () => {
        this.#waiting = this.#waiting.filter((other) => other !== timer);
      },
      hold: (holdsProcess) => {
        timer.holdsProcess = holdsProcess;
      },
    };
  };

  /** Runs everything that takes no time: promises, and timers of 0 ms. */
  async settle(): Promise<void> {
    await this.pass(0);
  }

  /** Lets time pass, and runs the timers that are due meanwhile. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await promises();
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.#waiting = this.#waiting.filter((other) => other !== next);
      next.callback();
    }
    this.nowMs = endMs;
  }

  /** Runs one timer that is due, and nothing else. */
  turn(): void {
    const next = this.#next();
    if (next === undefined || next.atMs > this.nowMs) return;
    this.#waiting = this.#waiting.filter((other) => other !== next);
    next.callback();
  }

  #next(): Waiting | undefined {
    return this.#waiting.reduce<Waiting | undefined>(
      (least, timer) => (least === undefined || timer.atMs < least.atMs ? timer : least),
      undefined,
    );
  }
}

/** Resolves when all promise reactions have run. */
function promises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
