import { exchangeOf } from '../http1/exchange-slot.ts';
import { exchangeOfCompat } from '../http2/stream-slot.ts';
import type { ObservedExchange } from '../observed-exchange.ts';

/** Takes a patch back. */
export type Undo = () => void;

/**
 * Reads the route template off what a framework keeps of a request, once it was handled. May throw.
 *
 * @param target of the request as it was received
 * @returns `undefined` where no route was matched, and where it is not certain
 */
export type RouteReader<Source extends object> = (source: Source, target: string) => string | undefined;

/**
 * A framework has made its own object for a request. Only the first one counts: one that comes later is of an
 * application inside the other one, whose routes lack what stands before them.
 *
 * @param message request or response of Node
 */
export function noteHandled<Source extends object>(
  message: unknown,
  source: Source,
  readRoute: RouteReader<Source>,
): void {
  const exchange = exchangeOfMessage(message);
  if (exchange === undefined || exchange.handledAs !== undefined) return;
  exchange.handledAs = source;
  exchange.readRoute = readRoute as RouteReader<object>;
}

/** A framework hands an error to its error handlers. The last one is what the client is answered with. */
export function noteThrown(message: unknown, error: unknown): void {
  const exchange = exchangeOfMessage(message);
  if (exchange !== undefined && error != null) exchange.thrown = error;
}

/** @param message request or response of Node, or of no server of Node at all */
function exchangeOfMessage(message: unknown): ObservedExchange | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  return exchangeOf(message) ?? exchangeOfCompat(message);
}
