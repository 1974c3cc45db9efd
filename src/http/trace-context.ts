import { randomFillSync } from 'node:crypto';
import {
  type Context,
  context,
  isSpanContextValid,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { ObservedExchange } from './observed-exchange.ts';

const NOTHING_REGISTERED = new ProxyTracerProvider().getDelegate();

/**
 * The tracer provider that the application's SDK registered, whatever its version; `undefined` where there is none.
 * Cheap enough to be asked for each exchange: an SDK may start at any time.
 */
export function registeredTracerProvider(): TracerProvider | undefined {
  const provider: TracerProvider & { getDelegate?: () => TracerProvider } = trace.getTracerProvider();
  const delegate = typeof provider.getDelegate === 'function' ? provider.getDelegate() : provider;
  if (delegate === NOTHING_REGISTERED || delegate.constructor?.name === 'NoopTracerProvider')
    return undefined;
  return delegate;
}

/**
 * Where the ids of an exchange come from: the span that was active for its handlers; with an SDK but without a
 * span (it ignores the request, or the request never reached a handler) the incoming `traceparent`; without an SDK
 * ids of our own, in the trace of the incoming `traceparent` if there is one (W3C Trace Context, section 3.2).
 */
export function contextOf(exchange: ObservedExchange): Context {
  const handlers = exchange.handlerContext;
  if (handlers !== undefined) {
    const active = trace.getSpanContext(handlers);
    if (active !== undefined && isSpanContextValid(active)) return handlers;
  }
  const parent = parentOf(exchange);
  if (registeredTracerProvider() === undefined) return contextWith(childOf(parent));
  return parent === undefined ? ROOT_CONTEXT : contextWith(parent);
}

/** For `ACCESS_LOG_TRACING=off`: no ids, whatever is active. */
export function noContext(): Context {
  return ROOT_CONTEXT;
}

/** A context of our own for an exchange that no SDK looks after: what `ACCESS_LOG_TRACING=context` makes active. */
export function ownContextFor(exchange: ObservedExchange): Context {
  return contextWith(childOf(parentOf(exchange)));
}

/** Notes the context that the application's handlers are called in. */
export function captureHandlerContext(exchange: ObservedExchange): void {
  exchange.handlerContext ??= context.active();
}

function parentOf(exchange: ObservedExchange): SpanContext | undefined {
  if (exchange.traceparent === undefined) return undefined;
  const parent = parseTraceParent(exchange.traceparent);
  return parent !== null && isSpanContextValid(parent) ? parent : undefined;
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
const bytePool = Buffer.allocUnsafeSlow(4096);
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
  return /^0+$/.test(id) ? randomId(bytes) : id;
}
