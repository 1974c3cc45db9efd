import { type Context, trace } from '@opentelemetry/api';
import { ObservedExchange } from '../observed-exchange.ts';
import { EXCHANGE } from './own-context.ts';
import { RPC_METADATA } from './rpc-metadata.ts';
import { activeContext } from './trace-context.ts';

/**
 * Exchanges by an object that the contexts of their handlers hold, where an SDK has made those; `undefined` until a
 * field or a note needs it.
 */
let exchanges: WeakMap<object, ObservedExchange> | undefined;

/** From now on {@link noteHandlerContext} does what it is for. */
export function findExchangesByContext(): void {
  exchanges ??= new WeakMap();
}

/**
 * Notes whose context the handlers run in. HttpInstrumentation puts RPC metadata into it, one object that all contexts
 * inside have too; without it there is only the server span, which a span inside replaces.
 */
export function noteHandlerContext(exchange: ObservedExchange): void {
  const { handlerContext, contextBefore, hasServerSpan } = exchange;
  if (exchanges === undefined || handlerContext === undefined) return;
  // A context of ours holds the exchange itself.
  if (handlerContext.getValue(EXCHANGE) !== undefined) return;
  const metadata = handlerContext.getValue(RPC_METADATA);
  // A server that was started while another one handled a request has the metadata of that one in all its contexts.
  if (isObject(metadata) && metadata !== contextBefore?.getValue(RPC_METADATA)) {
    exchanges.set(metadata, exchange);
    return;
  }
  const span = hasServerSpan ? trace.getSpan(handlerContext) : undefined;
  if (span !== undefined) exchanges.set(span, exchange);
}

/** The exchange in whose handlers this is called, as far as the active context tells. */
export function activeExchange(): ObservedExchange | undefined {
  const context = activeContext();
  if (context === undefined) return undefined;
  const own = context.getValue(EXCHANGE);
  if (own instanceof ObservedExchange) return own;
  return exchanges === undefined ? undefined : exchangeOf(exchanges, context);
}

function exchangeOf(
  known: WeakMap<object, ObservedExchange>,
  context: Context,
): ObservedExchange | undefined {
  const metadata = context.getValue(RPC_METADATA);
  const exchange = isObject(metadata) ? known.get(metadata) : undefined;
  if (exchange !== undefined) return exchange;
  const span = trace.getSpan(context);
  return span === undefined ? undefined : known.get(span);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
