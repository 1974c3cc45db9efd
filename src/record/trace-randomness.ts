/** The header, W3C Trace Context, section 3.3. */
export const TRACESTATE = 'tracestate';

/** https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/ : 14 digits, in lower case. */
const RANDOMNESS = /(?:^|,)[ \t]*ot=(?:[^,]*;)?rv:([0-9a-f]{14})(?=[;, \t]|$)/;

/** The explicit randomness of a trace: what consistent sampling decides by, instead of the last digits of the trace id. */
export function traceRandomnessOf(tracestate: string): string | undefined {
  return RANDOMNESS.exec(tracestate)?.[1];
}
