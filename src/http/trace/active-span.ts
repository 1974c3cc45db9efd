import {
  type Context,
  isSpanContextValid,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { ObservedExchange } from '../observed-exchange.ts';
import { noteHandlerContext } from './exchange-of-context.ts';
import { activeContext } from './trace-context.ts';
import { isOfCaller } from './traceparent.ts';

/** What a span of an SDK (2.x, 3.x) shows beyond the API; one that is not recorded shows none of it. */
type SdkSpan = Span & { readonly kind?: SpanKind; readonly parentSpanContext?: SpanContext };

/**
 * Notes the context that the application's handlers are called in, and the span in it: the server span, where an
 * instrumentation of `http`, or a tracing agent, has made it. Never throws.
 */
export function captureHandlerContext(exchange: ObservedExchange): void {
  if (exchange.handlerContext !== undefined || exchange.hasServerSpan) return;
  try {
    const active = activeContext();
    if (active !== undefined) {
      noteAtHandlers(exchange, active);
      noteHandlerContext(exchange);
    }
    const { activeSpan, agent } = exchange;
    if (exchange.hasServerSpan || agent === undefined) return;
    if (activeSpan !== undefined && !isOfCaller(activeSpan, exchange.traceparent)) return;
    const ofAgent = agent.activeSpan();
    if (ofAgent === undefined) return;
    exchange.activeSpan = ofAgent;
    exchange.hasServerSpan = true;
  } catch {
    // Context managers, spans and agents are the code of others: without a span the exchange is still one.
  }
}

/**
 * Looks again when the head of the response is made, where the handlers were not called in a server span: Next.js, and
 * middleware that makes one, begin it inside. Any other span that began inside counts only where there is none at all;
 * of that the parent, which is nearer to the server span, or is it. Never throws.
 */
export function captureHeadContext(exchange: ObservedExchange): void {
  if (exchange.hasServerSpan) return;
  try {
    // Asked again: Next.js has the application start its SDK while the first request waits.
    const active = activeContext();
    if (active !== undefined && active !== exchange.handlerContext) noteAtHead(exchange, active);
  } catch {
    // As above.
  }
}

function noteAtHandlers(exchange: ObservedExchange, active: Context): void {
  exchange.handlerContext = active;
  // Now, while the span has just been made: read when the exchange is recorded, from memory that has left the
  // processor's caches by then, it took 0.7 µs.
  const span: SdkSpan | undefined = trace.getSpan(active);
  const spanContext = idsOfExchange(exchange, span);
  if (spanContext === undefined) return;
  exchange.activeSpan = spanContext;
  if (isOfCaller(spanContext, exchange.traceparent)) return;
  // What is sampled out does not show its kind; nor do spans inside, which are sampled out with it.
  exchange.hasServerSpan = span?.kind === undefined || span.kind === SpanKind.SERVER;
}

function noteAtHead(exchange: ObservedExchange, active: Context): void {
  const span: SdkSpan | undefined = trace.getSpan(active);
  const spanContext = idsOfExchange(exchange, span);
  if (spanContext === undefined) return;
  const { activeSpan, traceparent } = exchange;
  if (isOfCaller(spanContext, traceparent)) {
    exchange.activeSpan ??= spanContext;
    return;
  }
  const isServerSpan = span?.kind === SpanKind.SERVER;
  const hasOther = activeSpan !== undefined && !isOfCaller(activeSpan, traceparent);
  if (hasOther && !isServerSpan) return;
  exchange.hasServerSpan = isServerSpan;
  exchange.handlerContext = active;
  exchange.activeSpan = isServerSpan ? spanContext : (parentOf(exchange, span) ?? spanContext);
}

/** The ids of a span, where they are valid and the span can be one of the exchange. */
function idsOfExchange(exchange: ObservedExchange, span: SdkSpan | undefined): SpanContext | undefined {
  const spanContext = span?.spanContext();
  if (span === undefined || spanContext === undefined || !isSpanContextValid(spanContext)) return undefined;
  if (!wasActiveBefore(exchange, spanContext)) return spanContext;
  // An instrumentation that enters the context of a server span at the same moment as we look, and was first.
  return span.kind === SpanKind.SERVER && span.isRecording() ? spanContext : undefined;
}

/** The parent of a span, where it is of this process and of the exchange. */
function parentOf(exchange: ObservedExchange, span: SdkSpan | undefined): SpanContext | undefined {
  const parent = span?.parentSpanContext;
  if (parent === undefined || !isSpanContextValid(parent)) return undefined;
  return isOfCaller(parent, exchange.traceparent) || wasActiveBefore(exchange, parent) ? undefined : parent;
}

/** A server that was started inside a span leaves that one active for all of its exchanges. */
function wasActiveBefore({ contextBefore }: ObservedExchange, { spanId }: SpanContext): boolean {
  return contextBefore !== undefined && trace.getSpanContext(contextBefore)?.spanId === spanId;
}
