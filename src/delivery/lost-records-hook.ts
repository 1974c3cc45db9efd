import type { LostRecords } from '../options/options.ts';
import { type ExchangeKey, keyTextOf } from '../record/receipt/exchange-key.ts';

/**
 * Calls the `onLost` hook. Losses of the same key and reason are added up until the next turn of the event loop, so
 * that the records of a batch make one call.
 */
export class LostRecordsHook {
  readonly #onError: (error: unknown) => void;
  #onLost: ((counts: readonly LostRecords[]) => void) | undefined;
  #losses = new Map<string, LostRecords>();

  /** @param onError called with what `onLost` throws; `onLost` is not called again after that */
  constructor(
    onLost: ((counts: readonly LostRecords[]) => void) | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#onLost = onLost;
    this.#onError = onError;
  }

  add(key: ExchangeKey, errorType: string, count: number): void {
    if (this.#onLost === undefined) return;
    const { route, method, statusClass } = keyTextOf(key);
    const id = JSON.stringify([route, method, statusClass, errorType]);
    const before = this.#losses.get(id)?.count ?? 0;
    if (this.#losses.size === 0) setImmediate(() => this.flush());
    this.#losses.set(id, { route, method, statusClass, errorType, count: before + count });
  }

  /** Calls the hook at once with what waits for the next turn of the event loop. */
  flush(): void {
    if (this.#losses.size === 0) return;
    const counts = [...this.#losses.values()];
    this.#losses = new Map();
    const onLost = this.#onLost;
    try {
      const result: unknown = onLost?.(counts);
      // An unhandled rejection would end the process.
      if (typeof result === 'object' && result !== null && 'then' in result) {
        Promise.resolve(result).catch((error: unknown) => this.#fail(error));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#onLost === undefined) return;
    this.#onLost = undefined;
    this.#onError(error);
  }
}
