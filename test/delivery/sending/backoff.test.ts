import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from '../../../src/delivery/sending/backoff.ts';

describe('backoff', () => {
  test('doubles from 1 s to 5 s, with full jitter', () => {
    const longest = [0, 1, 2, 3, 4, 100].map((failures) => backoffMs(failures, 5_000, undefined, 1));
    assert.deepEqual(longest, [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    assert.equal(backoffMs(3, 5_000, undefined, 0.5), 2_500);
    assert.equal(backoffMs(3, 5_000, undefined, 0), 0);
  });

  test('lasts as long as the receiver asks, up to a minute', () => {
    assert.equal(backoffMs(0, 5_000, 30_000, 0.5), 30_000);
    assert.equal(backoffMs(0, 5_000, 3_600_000, 0.5), 60_000);
    assert.equal(backoffMs(2, 5_000, 1, 0.5), 2_000);
    assert.equal(backoffMs(2, 5_000, -1, 0.5), 2_000);
  });

  test('is always between 0 and a minute', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(fc.double(), { nil: undefined }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, asked, random) => {
          const ms = backoffMs(failures, 5_000, asked, random);
          return ms >= 0 && ms <= 60_000;
        },
      ),
    );
  });
});
