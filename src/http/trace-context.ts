import { randomFillSync } from 'node:crypto';
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ObservedExchange } from './observed-exchange.ts';
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
export type IdSource = (exchange: ObservedExchange) => SpanContext | undefined;

/**
 * The ids of an exchange: those of the span that was active for its handlers; with an SDK but without a
 * span (it ignores the request, or the request never reached a handler) the incoming `traceparent`; without an SDK
 * ids of our own, in the trace of the incoming `traceparent` if there is one (W3C Trace Context, section 3.2).
 */
export function idsOf(exchange: ObservedExchange): SpanContext | undefined {
  const handlers = exchange.handlerContext;
  if (handlers !== undefined) {
    const active = trace.getSpanContext(handlers);
    if (active !== undefined && isSpanContextValid(active)) return active;
  }
  const parent = parentOf(exchange);
  return registeredTracerProvider() === undefined ? childOf(parent) : parent;
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
  return contextWith(spanContext);
}

/** A context of our own for an exchange that no SDK looks after: what `ACCESS_LOG_TRACING=context` makes active. */
export function ownContextFor(exchange: ObservedExchange): Context {
  return contextWith(childOf(parentOf(exchange)));
}

/** Notes the context that the application's handlers are called in. */
export function captureHandlerContext(exchange: ObservedExchange): void {
  exchange.handlerContext ??= registeredApi()?.context?.active() ?? ROOT_CONTEXT;
}

function parentOf(exchange: ObservedExchange): SpanContext | undefined {
  if (exchange.traceparent === undefined) return undefined;
  return parseTraceparent(exchange.traceparent);
}

function childOf(parent: SpanContext | undefined): SpanContext {
  return {
    traceId: parent?.traceId ?? randomId(16),
    spanId: randomId(8),
    // A new trace is marked as sampled, as the default sampler of every SDK (parentbased_always_on) does.
    traceFlags: parent?.traceFlags ?? TraceFlags.SAMPLED,
  };
}

function contextWith(spanContext: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContext);
}

// Drawing random bytes one id at a time costs more than all the rest of an id.
const bytePool = Buffer.allocUnsafeSlow(16_384);
let pool = '';
let used = 0;

function randomId(bytes: number): string {
  const digits = bytes * 2;
  if (used + digits > pool.length) {
    pool = randomFillSync(bytePool).toString('hex');
    used = 0;
  }
  const id = pool.slice(used, used + digits);
  used += digits;
  // All zeroes is not an id (W3C Trace Context, section 3.2.2.3); as likely as not in 2^64, but cheap to rule out.
  return id.startsWith('0') && /^0+$/.test(id) ? randomId(bytes) : id;
}
