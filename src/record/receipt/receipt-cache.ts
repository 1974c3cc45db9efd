import type { Exchange } from '../../http/exchange.ts';
import type { ExchangeReceipt } from './receipt.ts';

/** A power of two, so that a mask finds the place. */
const PLACES = 64;

/**
 * Shares one receipt among exchanges of the same key and count. Thousands of records may be pending, and an object that
 * survives a garbage collection costs more than one that does not.
 */
export class ReceiptCache {
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
