import { type Context, ROOT_CONTEXT, type SpanContext, type TracerProvider, trace } from '@opentelemetry/api';
import type { ObservedExchange } from '../observed-exchange.ts';
import { OwnContext } from './own-context.ts';
import { type Ids, RandomIds } from './random-ids.ts';
import { registeredApi } from './registered-api.ts';
import { isOfCaller, parseTraceparent, readTraceNumbers } from './traceparent.ts';

/**
 * The tracer provider that the application's SDK registered, whatever its version; `undefined` where there is none.
 * Cheap enough to be asked for each exchange: an SDK may start at any time.
 */
export function registeredTracerProvider(): TracerProvider | undefined {
  const provider = registeredApi()?.trace;
  const delegate = provider?.getDelegate?.() ?? provider;
  return delegate?.constructor?.name === 'NoopTracerProvider' ? undefined : delegate;
}

/** The context that is active now; `undefined` without a context manager. */
export function activeContext(): Context | undefined {
  return registeredApi()?.context?.active();
}

/** Where the ids of an exchange come from; decided when they are read. */
export type IdSource = (exchange: ObservedExchange) => Ids | undefined;

/**
 * The ids of an exchange are those of its span in this process (`active-span.ts`). An SDK or another tracing agent may
 * have made none: it ignores the request, or no handler saw it. Then the record has the trace of the caller without a
 * span, since an invented span would be a link to nothing. In a process without tracing, the ids are our own, in the
 * trace of the incoming `traceparent` if there is one (W3C Trace Context, section 3.2).
 */
export function idsOf(exchange: ObservedExchange): Ids | undefined {
  const { handlerContext, activeSpan, traceparent } = exchange;
  if (handlerContext instanceof OwnContext) return handlerContext.ids;
  if (activeSpan !== undefined) {
    return isOfCaller(activeSpan, traceparent) ? traceWithoutSpan(activeSpan) : activeSpan;
  }
  if (registeredTracerProvider() === undefined && exchange.agent === undefined) return newIds(traceparent);
  const caller = callerOf(traceparent);
  return caller && traceWithoutSpan(caller);
}

/** For `ACCESS_LOG_TRACING=off`: no ids, whatever is active. */
export function noIds(): undefined {
  return undefined;
}

/** A context that carries the ids of an exchange: that of its handlers where they are of their span. */
export function contextOf({
  handlerContext,
  spanContext,
}: Pick<ObservedExchange, 'handlerContext' | 'spanContext'>): Context {
  if (spanContext === undefined) return ROOT_CONTEXT;
  if (handlerContext !== undefined && trace.getSpanContext(handlerContext) === spanContext)
    return handlerContext;
  return new OwnContext(spanContext);
}

/** A context of our own for an exchange that no SDK traces: what `ACCESS_LOG_TRACING=context` makes active. */
export function ownContextFor(exchange: ObservedExchange): OwnContext {
  return new OwnContext(newIds(exchange.traceparent), exchange);
}

/** The caller's span. */
function callerOf(traceparent: string | undefined): SpanContext | undefined {
  return traceparent === undefined ? undefined : parseTraceparent(traceparent);
}

/** Those of a new span, in the trace of the caller where it has one. */
function newIds(traceparent: string | undefined): Ids {
  const trace = traceparent === undefined ? undefined : readTraceNumbers(traceparent);
  if (trace !== undefined) return RandomIds.drawIn(trace);
  const ids = RandomIds.draw();
  const caller = callerOf(traceparent);
  if (caller === undefined) return ids;
  return { traceId: caller.traceId, spanId: ids.toSpanContext().spanId, traceFlags: caller.traceFlags };
}

/** A trace id without a span id is what the data model of logs allows for this. */
function traceWithoutSpan({ traceId, traceFlags }: SpanContext): SpanContext {
  return { traceId, spanId: '', traceFlags };
}
