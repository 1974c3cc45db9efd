import type { ExchangeReceipt } from '../../../record/receipt/receipt.ts';

/** So many exchanges of one key. */
export interface KeyCount {
  readonly receipt: ExchangeReceipt;
  readonly count: number;
}

/** Counts exchanges by everything that their receipts hold. */
export class KeyCounter {
  readonly #counts = new Map<string, { readonly receipt: ExchangeReceipt; count: number }>();

  add(receipt: ExchangeReceipt, count: number): void {
    const { route, method, statusCode, outcome, suppressedBefore } = receipt;
    // `null` for no route: a route may be empty.
    const key = JSON.stringify([route ?? null, method, String(statusCode), outcome, suppressedBefore]);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { receipt, count });
    else known.count += count;
  }

  counts(): readonly KeyCount[] {
    return [...this.#counts.values()];
  }
}
