import { createRequire } from 'node:module';
import type { Context, ContextAPI } from '@opentelemetry/api';
import { Http1Exchange } from '../http1/http1-exchange.ts';
import type { ObservedResponse } from '../http1/node-internals.ts';
import type { ObservedExchange } from '../observed-exchange.ts';
import { ownContextFor, registeredTracerProvider } from './trace-context.ts';

const require = createRequire(import.meta.url);

/**
 * `ACCESS_LOG_TRACING=context`: without an SDK, makes the context of each exchange active. Its handlers and all that
 * they start see it as `context.active()`. No function is wrapped for that.
 *
 * @returns what to call at the start of each exchange; `undefined` where another package has the slot of the context
 *   manager in the OpenTelemetry API, which is then left to them
 */
export function activateContexts():
  | ((exchange: ObservedExchange, response?: ObservedResponse) => void)
  | undefined {
  const {
    AsyncLocalStorageContextManager,
  }: typeof import('@opentelemetry/context-async-hooks') = require('@opentelemetry/context-async-hooks');
  // Not a copy of the API that is bundled: it refuses who comes later with another version.
  const { context }: typeof import('@opentelemetry/api') = require('@opentelemetry/api');
  const manager = new AsyncLocalStorageContextManager().enable();
  if (!context.setGlobalContextManager(manager)) return undefined;
  return (exchange, response) => {
    if (registeredTracerProvider() !== undefined) return;
    const own = ownContextFor(exchange);
    exchange.handlerContext = own;
    exchange.hasServerSpan = true;
    // Never disposed of: it ends with the asynchronous work that the exchange starts.
    manager.attach(own);
    // The events of a response that waits behind an earlier one are emitted while that one ends, in its context.
    if (response === undefined || !(exchange instanceof Http1Exchange)) return;
    if (exchange.connection.open.first !== exchange) bindEmit(context, response, own);
  };
}

function bindEmit(context: ContextAPI, response: ObservedResponse, own: Context): void {
  const { emit } = response;
  Object.defineProperty(response, 'emit', {
    value: (...args: Parameters<typeof emit>) => context.with(own, () => emit.apply(response, args)),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
