import { AsyncResource } from 'node:async_hooks';
import type { ObservedExchange } from './observed-exchange.ts';

/** Measured: 16 exchanges at once are worth it, more than 64 gain nothing. */
const MAX_WAITING = 64;

/**
 * Collects ended exchanges and hands them on together. Between two requests, the code of the service, of Node and of an
 * SDK pushes ours out of the processor's caches: handing on one exchange at a time costs twice the work itself, and
 * three times beside an SDK.
 *
 * At most 64 wait, none of them holds on to its request or response, and none waits longer than the given time. Code
 * that is about to report counts calls {@link handOn} first.
 */
export class EndedExchanges {
  readonly #maxWaitMs: number;
  readonly #handle: (exchange: ObservedExchange) => void;
  readonly #onError: (error: unknown) => void;
  /** Allocated once; the elements from `#next` up to `#count` hold an exchange. */
  readonly #waiting: (ObservedExchange | undefined)[] = new Array(MAX_WAITING).fill(undefined);
  #next = 0;
  #count = 0;
  #isTimed = false;
  // The timer starts during a request; it must not hold on to its context.
  readonly #startup = new AsyncResource('otel-access-log.ended');
  readonly #startTimer = (): void => {
    setTimeout(this.#onTimer, this.#maxWaitMs).unref();
  };
  readonly #onTimer = (): void => {
    this.#isTimed = false;
    this.handOn();
  };

  /**
   * @param maxWaitMs milliseconds that an exchange waits at most; 0: it is handed on at once
   * @param handle takes an exchange; what it throws is passed to `onError`
   */
  constructor(
    maxWaitMs: number,
    handle: (exchange: ObservedExchange) => void,
    onError: (error: unknown) => void,
  ) {
    this.#maxWaitMs = maxWaitMs;
    this.#handle = handle;
    this.#onError = onError;
  }

  get waiting(): number {
    return this.#count - this.#next;
  }

  add(exchange: ObservedExchange): void {
    // Full only while they are handed on: it comes of what is done with another one.
    if (this.#maxWaitMs === 0 || this.#count === MAX_WAITING) {
      this.#handOne(exchange);
      return;
    }
    this.#waiting[this.#count++] = exchange;
    if (this.#count === MAX_WAITING) this.handOn();
    else if (!this.#isTimed) {
      this.#isTimed = true;
      this.#startup.runInAsyncScope(this.#startTimer);
    }
  }

  /** Hands on, oldest first, what waits. Never throws. */
  handOn(): void {
    while (this.#next < this.#count) {
      const index = this.#next++;
      const exchange = this.#waiting[index];
      this.#waiting[index] = undefined;
      if (exchange !== undefined) this.#handOne(exchange);
    }
    this.#next = 0;
    this.#count = 0;
  }

  #handOne(exchange: ObservedExchange): void {
    try {
      this.#handle(exchange);
    } catch (error) {
      this.#onError(error);
    }
  }
}
