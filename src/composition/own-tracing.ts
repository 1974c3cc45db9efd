import type { ObservedResponse } from '../http/http1/node-internals.ts';
import type { ObservedExchange } from '../http/observed-exchange.ts';
import { activateContexts } from '../http/trace/active-context.ts';
import { propagateTraceContext } from '../http/trace/propagation.ts';
import { registeredTracerProvider } from '../http/trace/trace-context.ts';
import type { ResolvedOptions } from '../options/options.ts';
import { startOwnSpans } from './own-spans.ts';

/** Makes the context of an exchange active for its handlers. */
export type EnterContext = (exchange: ObservedExchange, response?: ObservedResponse) => void;

/**
 * Starts what `tracing` asks for, where the application has no SDK that traces.
 *
 * @returns what is to be called for each exchange; `undefined` for nothing
 */
export function startOwnTracing({
  tracing,
  propagate,
}: Pick<ResolvedOptions, 'tracing' | 'propagate'>): EnterContext | undefined {
  if ((tracing !== 'context' && tracing !== 'spans') || registeredTracerProvider() !== undefined)
    return undefined;
  let enterContext: EnterContext | undefined;
  if (tracing === 'spans') startOwnSpans(propagate);
  else enterContext = activateContexts();
  // HttpInstrumentation propagates on `http.request` itself.
  if (propagate) propagateTraceContext(tracing === 'context');
  return enterContext;
}
