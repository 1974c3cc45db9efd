import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceRandomnessOf } from '../../src/record/trace-randomness.ts';

for (const [tracestate, randomness] of [
  ['ot=rv:6e6d1a75832a2f', '6e6d1a75832a2f'],
  ['ot=th:0;rv:6e6d1a75832a2f', '6e6d1a75832a2f'],
  ['rojo=00f067aa0ba902b7, ot=rv:6e6d1a75832a2f;th:8 ,congo=t61', '6e6d1a75832a2f'],
  ['', undefined],
  ['ot=th:8', undefined],
  ['ot=rv:6e6d1a75832a2', undefined],
  ['ot=rv:6e6d1a75832a2f0', undefined],
  ['ot=rv:6E6D1A75832A2F', undefined],
  ['not=rv:6e6d1a75832a2f', undefined],
  ['ot=th:0,congo=a;rv:6e6d1a75832a2f', undefined],
] as const) {
  test(`"${tracestate}" has ${randomness ?? 'no'} randomness`, () => {
    assert.equal(traceRandomnessOf(tracestate), randomness);
  });
}
