import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ObservedExchange } from './observed-exchange.ts';
import { OwnContext } from './own-context.ts';
import { type Ids, RandomIds } from './random-ids.ts';
import { parseTraceparent } from './traceparent.ts';

/**
 * Where every copy of the OpenTelemetry API 1.x keeps what is registered. Read directly: the getters of a copy see
 * nothing of what an older minor version registered, and beside an application that has one (1.4 to 1.8) package
 * managers install a newer copy for us. What is used here is the same in all of them.
 */
const API: unique symbol = Symbol.for('opentelemetry.js.api.1');

interface RegisteredApi {
  readonly context?: { active(): Context };
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider };
}

function registeredApi(): RegisteredApi | undefined {
  return (globalThis as { [API]?: RegisteredApi })[API];
}

/**
 * The tracer provider that the application's SDK registered, whatever its version; `undefined` where there is none.
 * Cheap enough to be asked for each exchange: an SDK may start at any time.
 */
export function registeredTracerProvider(): TracerProvider | undefined {
  const provider = registeredApi()?.trace;
  const delegate = provider?.getDelegate?.() ?? provider;
  return delegate?.constructor?.name === 'NoopTracerProvider' ? undefined : delegate;
}

/** Whether somebody manages contexts; without, the active one is the root, always. */
export function hasContextManager(): boolean {
  return registeredApi()?.context !== undefined;
}

/** Where the ids of an exchange come from; decided when somebody asks. */
export type IdSource = (exchange: ObservedExchange) => Ids | undefined;

/**
 * The ids of an exchange: those of the span that was active for its handlers; with an SDK but without a
 * span (it ignores the request, or the request never reached a handler) the incoming `traceparent`; without an SDK
 * ids of our own, in the trace of the incoming `traceparent` if there is one (W3C Trace Context, section 3.2).
 */
export function idsOf(exchange: ObservedExchange): Ids | undefined {
  const { handlerContext, handlerSpanContext } = exchange;
  if (handlerContext instanceof OwnContext) return handlerContext.ids;
  if (handlerSpanContext !== undefined) return handlerSpanContext;
  const parent = parentOf(exchange);
  if (registeredTracerProvider() !== undefined) return parent;
  return newIds(parent);
}

/** For `ACCESS_LOG_TRACING=off`: no ids, whatever is active. */
export function noIds(): undefined {
  return undefined;
}

/** A context that carries the ids of an exchange: that of its handlers where they are of their span. */
export function contextOf({ handlerContext, spanContext }: ObservedExchange): Context {
  if (spanContext === undefined) return ROOT_CONTEXT;
  if (handlerContext !== undefined && trace.getSpanContext(handlerContext) === spanContext)
    return handlerContext;
  return new OwnContext(spanContext);
}

/** A context of our own for an exchange that no SDK looks after: what `ACCESS_LOG_TRACING=context` makes active. */
export function ownContextFor(exchange: ObservedExchange): Context {
  return new OwnContext(newIds(parentOf(exchange)));
}

/** Notes the context that the application's handlers are called in. */
export function captureHandlerContext(exchange: ObservedExchange): void {
  if (exchange.handlerContext !== undefined) return;
  const active = registeredApi()?.context?.active() ?? ROOT_CONTEXT;
  exchange.handlerContext = active;
  if (active instanceof OwnContext) return;
  // Now, while the span has just been made: read when the exchange is recorded, from memory that has left the
  // processor's caches by then, it took 0.7 µs.
  const spanContext = trace.getSpanContext(active);
  if (spanContext !== undefined && isSpanContextValid(spanContext)) exchange.handlerSpanContext = spanContext;
}

function parentOf(exchange: ObservedExchange): SpanContext | undefined {
  if (exchange.traceparent === undefined) return undefined;
  return parseTraceparent(exchange.traceparent);
}

/** Those of a new span, in the trace of another one where there is one. */
function newIds(parent: SpanContext | undefined): Ids {
  const ids = RandomIds.draw();
  if (parent === undefined) return ids;
  const { traceId, traceFlags } = parent;
  return { traceId, spanId: ids.toSpanContext().spanId, traceFlags };
}
