import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RandomIds } from '../../../src/http/trace/random-ids.ts';
import { parseTraceparent, readTraceNumbers } from '../../../src/http/trace/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const wellFormed = fc
  .tuple(fc.constantFrom('00', '00', '01', 'ff'), hex(32), hex(16), hex(2))
  .map((parts) => parts.join('-'));
/** A character in some place is another one. */
const damaged = fc
  .tuple(wellFormed, fc.nat({ max: 54 }), fc.constantFrom(...'0fFgG-_ \t\u0130\u0660'))
  .map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1));

describe('the trace of a traceparent as numbers', () => {
  test('is the one that the text has, or none', () => {
    fc.assert(
      fc.property(fc.oneof(wellFormed, damaged, fc.string()), (header) => {
        const numbers = readTraceNumbers(header);
        const caller = parseTraceparent(header);
        if (numbers === undefined) {
          // What is read as text only: other versions, and whitespace around the header.
          assert.ok(caller === undefined || !header.startsWith('00-') || header.length !== 55, header);
          return;
        }
        const { traceId, traceFlags } = RandomIds.drawIn(numbers).toSpanContext();
        assert.deepEqual(
          { traceId, traceFlags },
          { traceId: caller?.traceId, traceFlags: caller?.traceFlags },
        );
      }),
      { numRuns: 5_000 },
    );
  });

  const none = [
    ['an all-zero trace id', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['an all-zero parent id', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a later version', `01-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind it', `00-${TRACE}-${SPAN}-01-more`],
    ['a digit too few', `00-${TRACE}-${SPAN.slice(1)}-01`],
  ] as const;
  for (const [what, header] of none) {
    test(`is none for ${what}`, () => assert.equal(readTraceNumbers(header), undefined));
  }
});
