import { type SpanContext, TraceFlags } from '@opentelemetry/api';

/** Version, trace-id, parent-id, trace-flags; what follows is for later versions than 00. */
const TRACEPARENT = /^\s?([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?\s?$/;
const INVALID_VERSION = 'ff';
const ALL_ZEROES = /^0+$/;

/**
 * Reads a `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header); `undefined` where it is none
 * or its ids are invalid. Of the flags only `sampled` is taken: others have no meaning yet.
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  const match = TRACEPARENT.exec(header);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === INVALID_VERSION || (version === '00' && more !== undefined)) return undefined;
  if (ALL_ZEROES.test(traceId) || ALL_ZEROES.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED };
}

/** Where the parent-id of version 00 begins. */
const PARENT_ID_AT = 36;

/**
 * Whether a span is the caller's, not one of this process: a propagator has read it from the request, or it is the one
 * that `traceparent` names.
 */
export function isOfCaller({ isRemote, spanId }: SpanContext, traceparent: string | undefined): boolean {
  return isRemote === true || traceparent?.startsWith(spanId, PARENT_ID_AT) === true;
}
