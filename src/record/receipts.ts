import type { Exchange } from '../http/exchange.ts';
import type { ExchangeReceipt } from './receipt.ts';

/** A power of two. */
const PLACES = 64;

/**
 * Receipts of exchanges, the same one for all that are of one kind: thousands of records may wait for delivery, and
 * objects that outlive a garbage collection or two cost more than those that do not.
 */
export class Receipts {
  readonly #places: (ExchangeReceipt | undefined)[] = new Array(PLACES).fill(undefined);

  of({ route, method, statusCode, outcome }: Exchange, suppressedBefore: number): ExchangeReceipt {
    const place = ((statusCode ?? 0) + 7 * (route?.length ?? 0) + 31 * method.length) & (PLACES - 1);
    const known = this.#places[place];
    if (
      known !== undefined &&
      known.statusCode === statusCode &&
      known.route === route &&
      known.method === method &&
      known.outcome === outcome &&
      known.suppressedBefore === suppressedBefore
    ) {
      return known;
    }
    const receipt: ExchangeReceipt = {
      kind: 'exchange',
      route,
      method,
      statusCode,
      outcome,
      suppressedBefore,
    };
    this.#places[place] = receipt;
    return receipt;
  }
}
