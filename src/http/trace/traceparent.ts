import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { TraceNumbers } from './random-ids.ts';

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

/** `00-`, trace-id, `-`, parent-id, `-`, trace-flags. */
const LENGTH_OF_VERSION_00 = 55;
const DASH = 0x2d;

/**
 * The trace of a `traceparent` header of version 00, as numbers; `undefined` for what {@link parseTraceparent} takes for
 * none, and for what is written in another way: with whitespace around it, or of a later version. Every request behind
 * a proxy that traces has this header, and by a regular expression its ids become text that is taken apart again.
 */
export function readTraceNumbers(header: string): TraceNumbers | undefined {
  if (header.length !== LENGTH_OF_VERSION_00 || !header.startsWith('00-')) return undefined;
  if (header.charCodeAt(35) !== DASH || header.charCodeAt(52) !== DASH) return undefined;
  invalid = 0;
  const trace0 = wordAt(header, 3);
  const trace1 = wordAt(header, 11);
  const trace2 = wordAt(header, 19);
  const trace3 = wordAt(header, 27);
  const span = wordAt(header, PARENT_ID_AT) | wordAt(header, PARENT_ID_AT + 8);
  const flags = (digitAt(header, 53) << 4) | digitAt(header, 54);
  if (invalid !== 0 || span === 0 || (trace0 | trace1 | trace2 | trace3) === 0) return undefined;
  return { trace0, trace1, trace2, trace3, traceFlags: flags & TraceFlags.SAMPLED };
}

/**
 * Not 0 from the first character on that is no lower-case hexadecimal digit; set to 0 before each header. Functions that
 * share a local variable instead are made for each header, which takes half as long again.
 */
let invalid = 0;

/** The 32 bits of eight digits. */
function wordAt(text: string, at: number): number {
  let word = 0;
  for (let place = at; place < at + 8; place++) word = (word << 4) | digitAt(text, place);
  return word;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  invalid = 1;
  return 0;
}
