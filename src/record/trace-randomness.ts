/** The header, W3C Trace Context, section 3.3. */
export const TRACESTATE = 'tracestate';

/** https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/ : OpenTelemetry's member, and its part. */
const MEMBER = 'ot=';
const PART = 'rv:';
/** In lower case only. */
const DIGITS = /^[0-9a-f]{14}$/;

/** The explicit randomness of a trace: what consistent sampling decides by, instead of the last digits of the trace id. */
export function traceRandomnessOf(tracestate: string): string | undefined {
  // By steps: one regular expression for all of it would take quadratic time on `,ot=,ot=,ot=`.
  for (const member of tracestate.split(',')) {
    const text = member.trim();
    if (!text.startsWith(MEMBER)) continue;
    for (const part of text.slice(MEMBER.length).split(';')) {
      const digits = part.startsWith(PART) ? part.slice(PART.length) : '';
      if (DIGITS.test(digits)) return digits;
    }
  }
  return undefined;
}
