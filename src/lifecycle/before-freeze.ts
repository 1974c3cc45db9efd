import { AsyncResource } from 'node:async_hooks';
import type { Delivery } from '../delivery/delivery.ts';
import type { StdoutLines } from '../delivery/stdout/stdout-lines.ts';
import type { EndedExchanges } from '../http/ended-exchanges.ts';
import type { ObservedExchange } from '../http/observed-exchange.ts';
import { freezingPlatform, type ResolvedOptions } from '../options/options.ts';
import { hasRequestContext, waitUntil } from './request-context.ts';

/**
 * Exports that may be sent at once, and how many more each second. A process that is frozen after each response has few
 * a second; one that is not must not pay for an export with each request.
 */
const BURST = 100;
const PER_SECOND = 10;
/** Milliseconds from the end of an exchange to its export, where no more exports may be sent at once. */
const PAUSE_MS = 50;

export interface BeforeFreezeDependencies {
  readonly ended: Pick<EndedExchanges, 'handOn'>;
  readonly delivery: Pick<Delivery, 'connect' | 'hasten' | 'settled'>;
  readonly stdout: Pick<StdoutLines, 'flush'> | undefined;
  /** Exchanges that have not ended. */
  readonly openExchanges: () => number;
  /** Milliseconds after the end of an exchange for which the platform waits for its record, at most. */
  readonly timeoutMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Delivers before the platform stops the process. Where the platform takes a promise to wait on, it gets one for each
 * exchange; elsewhere records are sent in the turn of the event loop in which the last open exchange ends.
 */
export class BeforeFreeze {
  readonly #dependencies: BeforeFreezeDependencies;
  /** Open exchanges whose promise the platform has; to be called when they have ended. */
  readonly #promised = new Map<ObservedExchange, () => void>();
  readonly #startup = new AsyncResource('otel-access-log.freeze');
  #budget = BURST;
  #budgetMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(dependencies: BeforeFreezeDependencies) {
    this.#dependencies = dependencies;
    this.#budgetMs = dependencies.now();
  }

  /** An exchange has begun, in the context of its request as far as there is one. Never throws. */
  onStart(exchange: ObservedExchange): void {
    this.#promise((resolve) => this.#promised.set(exchange, resolve));
    try {
      // The time that the handlers take is enough for it: after the response there may be none.
      this.#dependencies.delivery.connect();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  /** An exchange has ended, and waits among the ended ones. Never throws. */
  onEnd(exchange: ObservedExchange): void {
    let recorded = this.#promised.get(exchange);
    this.#promised.delete(exchange);
    // The platform may make its context only after the request has begun.
    if (recorded === undefined) {
      this.#promise((resolve) => {
        recorded = resolve;
      });
    }
    const { ended, delivery, openExchanges, onError } = this.#dependencies;
    try {
      if (recorded === undefined && openExchanges() > 0) return;
      ended.handOn();
      if (recorded !== undefined) this.#settle(recorded);
      if (this.#mayExport()) delivery.hasten();
      else this.#exportLater();
    } catch (error) {
      onError(error);
      recorded?.();
    }
  }

  /** @param use is given the function that resolves the promise, where the platform has taken it */
  #promise(use: (resolve: () => void) => void): void {
    let resolve: () => void = () => undefined;
    try {
      const isTaken = waitUntil(
        () =>
          new Promise((fulfil) => {
            resolve = fulfil;
          }),
      );
      if (isTaken) use(resolve);
    } catch (error) {
      resolve();
      this.#dependencies.onError(error);
    }
  }

  /** Calls `resolve` when the records that wait for their first attempt are delivered or lost, or at the time-out. */
  #settle(resolve: () => void): void {
    const { delivery, stdout, timeoutMs } = this.#dependencies;
    const timer = this.#startup.runInAsyncScope(() => setTimeout(resolve, timeoutMs).unref());
    const onSettled = (): void => {
      clearTimeout(timer);
      resolve();
    };
    Promise.all([delivery.settled(), stdout?.flush()]).then(onSettled, onSettled);
  }

  #mayExport(): boolean {
    const nowMs = this.#dependencies.now();
    this.#budget = Math.min(BURST, this.#budget + ((nowMs - this.#budgetMs) / 1_000) * PER_SECOND);
    this.#budgetMs = nowMs;
    if (this.#budget < 1) return false;
    this.#budget -= 1;
    return true;
  }

  #exportLater(): void {
    // The timer starts during a request; it must not hold on to its context.
    this.#timer ??= this.#startup.runInAsyncScope(() =>
      setTimeout(() => {
        this.#timer = undefined;
        this.#dependencies.delivery.hasten();
      }, PAUSE_MS).unref(),
    );
  }
}

/** To be asked at the first exchange: a platform may leave its request context after the preload. */
export function mayBeFrozen(freeze: ResolvedOptions['freeze']): boolean {
  return freeze === 'on' || (freeze === 'auto' && (freezingPlatform() !== undefined || hasRequestContext()));
}
