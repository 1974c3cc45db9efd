import { AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { ObservedExchange } from './observed-exchange.ts';
import type { OpenExchanges } from './open-exchanges.ts';

/** What a long exchange has reached: its first period is over, or another one. */
export type Milestone = 'started' | 'progress';

export interface LongExchangesDependencies {
  /** Called at each milestone of an open exchange. What it throws goes to `onError`. */
  readonly report: (exchange: ObservedExchange, milestone: Milestone, nowMs: number) => void;
  readonly onError: (error: unknown) => void;
  /** Monotonic clock, milliseconds, that of the exchanges. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Between two looks a tenth of the period passes at least, and so many milliseconds: with 100,000 open sockets one is due
 * in every millisecond, and each look goes through all of them.
 */
const MIN_PAUSE_MS = { least: 100, most: 1000 } as const;
/** Node's timers fire at once when they are given more milliseconds than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Finds the open exchanges that are long: a milestone is reached each time that a whole number of periods has passed
 * since the beginning of an exchange. Which one was reached since the last look follows from the two times alone, so no
 * exchange holds anything for it. The list is in order of beginning: a look ends at the first exchange that is younger
 * than a period.
 *
 * One timer, which neither runs without open exchanges nor keeps the process alive.
 */
export class LongExchanges {
  readonly #open: OpenExchanges;
  readonly #report: LongExchangesDependencies['report'];
  readonly #onError: (error: unknown) => void;
  readonly #now: () => number;
  // The timer starts during a request; it must not hold on to its context.
  readonly #startup = new AsyncResource('otel-access-log.long');
  readonly #onTimer = (): void => this.#look();
  #periodMs = 0;
  #lookedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(open: OpenExchanges, { report, onError, now }: LongExchangesDependencies) {
    this.#open = open;
    this.#report = report;
    this.#onError = onError;
    this.#now = now ?? (() => performance.now());
  }

  /** To be called for every exchange once it is among the open ones. */
  exchangeStarted(periodMs: number): void {
    if (this.#timer !== undefined) return;
    this.#periodMs = periodMs;
    this.#lookedMs = this.#now();
    this.#wait(periodMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#periodMs = 0;
  }

  #look(): void {
    const periodMs = this.#periodMs;
    const nowMs = this.#now();
    const lookedMs = this.#lookedMs;
    this.#lookedMs = nowMs;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const exchange of this.#open) {
      const { startMs } = exchange;
      const periods = Math.floor((nowMs - startMs) / periodMs);
      nextMs = Math.min(nextMs, startMs + (periods + 1) * periodMs);
      if (periods < 1) break;
      const periodsBefore = Math.floor((lookedMs - startMs) / periodMs);
      if (periods > periodsBefore) this.#reach(exchange, periodsBefore < 1 ? 'started' : 'progress', nowMs);
    }
    this.#timer = undefined;
    const isStopped = this.#periodMs === 0;
    if (isStopped || nextMs === Number.POSITIVE_INFINITY) return;
    const pauseMs = Math.min(MIN_PAUSE_MS.most, Math.max(MIN_PAUSE_MS.least, periodMs / 10));
    this.#wait(Math.max(pauseMs, nextMs - nowMs));
  }

  #reach(exchange: ObservedExchange, milestone: Milestone, nowMs: number): void {
    try {
      this.#report(exchange, milestone, nowMs);
    } catch (error) {
      this.#onError(error);
    }
  }

  #wait(ms: number): void {
    // Timers may fire within the millisecond before: then nothing would be due yet.
    this.#startup.runInAsyncScope(() => {
      this.#timer = setTimeout(this.#onTimer, Math.min(Math.ceil(ms) + 1, MAX_TIMER_MS)).unref();
    });
  }
}
