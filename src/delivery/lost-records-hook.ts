import type { LostRecords } from '../options/schema.ts';
import type { ExchangeReceipt } from '../record/receipt.ts';
import { statusClassOf } from '../record/status-class.ts';

/**
 * Puts losses together per key and reason, and tells them in the next turn of the event loop, so that one call tells
 * of all the records of a batch.
 */
export class LostRecordsTeller {
  readonly #onError: (error: unknown) => void;
  #tell: ((counts: readonly LostRecords[]) => void) | undefined;
  #untold = new Map<string, LostRecords>();

  /** @param onError takes what `tell` throws, which is not called again then */
  constructor(
    tell: ((counts: readonly LostRecords[]) => void) | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#tell = tell;
    this.#onError = onError;
  }

  add(receipt: ExchangeReceipt, errorType: string, count: number): void {
    if (this.#tell === undefined) return;
    const { route } = receipt;
    const method = route === undefined ? receipt.method : undefined;
    const statusClass = statusClassOf(receipt);
    const key = JSON.stringify([route, method, statusClass, errorType]);
    const before = this.#untold.get(key)?.count ?? 0;
    if (this.#untold.size === 0) setImmediate(() => this.#flush());
    this.#untold.set(key, { route, method, statusClass, errorType, count: before + count });
  }

  #flush(): void {
    const counts = [...this.#untold.values()];
    this.#untold = new Map();
    try {
      this.#tell?.(counts);
    } catch (error) {
      this.#tell = undefined;
      this.#onError(error);
    }
  }
}
