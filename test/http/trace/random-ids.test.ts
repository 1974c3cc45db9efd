import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSpanContextValid } from '@opentelemetry/api';
import { RandomIds } from '../../../src/http/trace/random-ids.ts';

describe('random ids', () => {
  test('are valid, sampled, and never the same', () => {
    const seen = new Set<string>();
    for (let count = 0; count < 5000; count++) {
      const ids = RandomIds.draw().toSpanContext();
      assert.ok(isSpanContextValid(ids));
      assert.equal(ids.traceFlags, 1);
      seen.add(ids.traceId).add(ids.spanId);
    }
    assert.equal(seen.size, 10_000);
  });

  test('are, as text, the digits of their numbers', () => {
    const numbers = {
      trace0: 1,
      trace1: -1,
      trace2: 0,
      trace3: 0x7fff_ffff,
      span0: -2_147_483_648,
      span1: 255,
    };
    const ids = Object.assign(RandomIds.draw(), numbers);
    assert.deepEqual(ids.toSpanContext(), {
      traceId: '00000001ffffffff000000007fffffff',
      spanId: '80000000000000ff',
      traceFlags: 1,
    });
  });
});
