import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../src/sampling/token-bucket.ts';
import { EIGHTH, ReferenceBucket } from './support/reference-bucket.ts';

const DAY_MS = 86_400_000;
const TEN_YEARS_MS = 3652 * DAY_MS;

const rateEighths = fc.oneof(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 0, max: 40_000 }));
const burst = fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 50 }));
/** How far the clock goes from one exchange to the next: mostly little, sometimes a pause, sometimes a night. */
const forwardEighths = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: DAY_MS }) },
);
const backwardEighths = fc.oneof(
  fc.integer({ min: -8000, max: -1 }),
  fc.integer({ min: -DAY_MS, max: -8001 }),
);

function takes(bucket: TokenBucket, count: number, nowMs: number): number {
  let taken = 0;
  for (let i = 0; i < count; i++) if (bucket.take(nowMs)) taken += 1;
  return taken;
}

describe('TokenBucket against a reference model', () => {
  const steps = fc.array(
    fc.oneof({ weight: 9, arbitrary: forwardEighths }, { weight: 1, arbitrary: backwardEighths }),
    { maxLength: 300 },
  );
  const startEighths = fc.integer({ min: -TEN_YEARS_MS, max: TEN_YEARS_MS });

  test('decides the same, whatever the clock does', () => {
    fc.assert(
      fc.property(rateEighths, burst, startEighths, steps, (rate8, size, start, deltas) => {
        const bucket = new TokenBucket({ rate: rate8 * EIGHTH, burst: size });
        const reference = new ReferenceBucket(rate8, size);
        let now8 = start;
        const decisions = deltas.map((delta) => {
          now8 += delta;
          return [bucket.take(now8 * EIGHTH), reference.take(now8)];
        });
        assert.deepEqual(
          decisions.map(([decided]) => decided),
          decisions.map(([, expected]) => expected),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('never lets through more than one burst on top of the rate, over any interval', () => {
    fc.assert(
      fc.property(rateEighths, burst, fc.array(forwardEighths, { maxLength: 120 }), (rate8, size, deltas) => {
        const rate = rate8 * EIGHTH;
        const bucket = new TokenBucket({ rate, burst: size });
        let nowMs = 0;
        const passedAt: number[] = [];
        for (const delta of deltas) {
          nowMs += delta * EIGHTH;
          if (bucket.take(nowMs)) passedAt.push(nowMs);
        }
        passedAt.forEach((from, first) => {
          passedAt.slice(first).forEach((to, further) => {
            assert.ok((further + 1 - size) * 1000 <= rate * (to - from), `${further + 1} in ${to - from} ms`);
          });
        });
      }),
    );
  });

  test('decides the same where rate and burst change again and again', () => {
    // With these rates every balance is exact in a double.
    const exactRate8 = fc.integer({ min: 0, max: 40 }).map((thousands) => thousands * 1000);
    const step = fc.record({
      delta: fc.oneof({ weight: 9, arbitrary: forwardEighths }, { weight: 1, arbitrary: backwardEighths }),
      settings: fc.option(fc.record({ rate8: exactRate8, size: burst }), { freq: 3 }),
    });
    fc.assert(
      fc.property(exactRate8, burst, fc.array(step, { maxLength: 200 }), (rate8, size, given) => {
        const bucket = new TokenBucket({ rate: rate8 * EIGHTH, burst: size });
        const reference = new ReferenceBucket(rate8, size);
        let now8 = 0;
        for (const { delta, settings } of given) {
          now8 += delta;
          if (settings !== null) {
            bucket.change({ rate: settings.rate8 * EIGHTH, burst: settings.size }, now8 * EIGHTH);
            reference.change(settings.rate8, settings.size, now8);
          }
          assert.equal(bucket.take(now8 * EIGHTH), reference.take(now8));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('gives every token that was earned, over ten years without a full bucket', () => {
    const bucket = new TokenBucket({ rate: 0.001, burst: 3 });
    let taken = takes(bucket, 4, 0);
    let nowMs = 0;
    while (nowMs < TEN_YEARS_MS) {
      nowMs += 700_001.3;
      taken += takes(bucket, 2, nowMs);
    }
    assert.equal(taken, 3 + Math.floor(nowMs / 1_000_000));
  });
});

describe('TokenBucket', () => {
  test('starts full, at whatever time the clock shows', () => {
    for (const nowMs of [0, -5, 17.25, TEN_YEARS_MS]) {
      assert.equal(takes(new TokenBucket({ rate: 1, burst: 3 }), 10, nowMs), 3, `at ${nowMs}`);
    }
  });

  test('a rate below 1 per second earns a token when its time has come, not before', () => {
    const bucket = new TokenBucket({ rate: 0.1, burst: 1 });
    assert.deepEqual(
      [0, 0, 9_999, 10_000, 10_001, 19_999, 20_000].map((nowMs) => bucket.take(nowMs)),
      [true, false, false, true, false, false, true],
    );
  });

  test('a burst of 1 lets through one at a time, evenly', () => {
    const bucket = new TokenBucket({ rate: 4, burst: 1 });
    const passedAt = Array.from({ length: 1001 }, (_, nowMs) => nowMs).filter((nowMs) => bucket.take(nowMs));
    assert.deepEqual(passedAt, [0, 250, 500, 750, 1000]);
  });

  test('a rate of 0 gives the first burst and then nothing, ever', () => {
    const bucket = new TokenBucket({ rate: 0, burst: 2 });
    assert.deepEqual(
      [0, 1, 2, TEN_YEARS_MS].map((nowMs) => bucket.take(nowMs)),
      [true, true, false, false],
    );
  });

  test('a burst below 1 lets nothing through', () => {
    assert.equal(takes(new TokenBucket({ rate: 1000, burst: 0 }), 10, DAY_MS), 0);
  });

  test('after a suspended process there is one burst, not more', () => {
    const bucket = new TokenBucket({ rate: 100, burst: 5 });
    takes(bucket, 10, 1000);
    assert.equal(takes(bucket, 1000, 1000 + 30 * DAY_MS), 5);
  });

  test('a clock that is set back earns nothing, and the bucket goes on refilling from there', () => {
    const bucket = new TokenBucket({ rate: 10, burst: 5 });
    assert.equal(takes(bucket, 10, DAY_MS), 5);
    assert.equal(takes(bucket, 10, DAY_MS + 50), 0, 'half a token earned');
    assert.equal(takes(bucket, 10, 0), 0);
    assert.equal(takes(bucket, 10, 50), 1, 'the other half');
    assert.equal(takes(bucket, 10, 250), 2);
  });

  test('a change of the burst gives no tokens, and takes those that do not fit any more', () => {
    const bucket = new TokenBucket({ rate: 0, burst: 10 });
    assert.equal(takes(bucket, 4, 0), 4);
    bucket.change({ rate: 0, burst: 100 }, 1000);
    assert.equal(takes(bucket, 2, 1000), 2, '6 are left');
    bucket.change({ rate: 0, burst: 3 }, 1000);
    assert.equal(takes(bucket, 10, 1000), 3, 'of 4 that are left');
    for (let i = 0; i < 100; i++) bucket.change({ rate: 0, burst: i % 2 === 0 ? 1000 : 3 }, 2000 + i);
    assert.equal(takes(bucket, 10, 3000), 0);
  });

  test('a change of the rate counts from the change on', () => {
    const bucket = new TokenBucket({ rate: 1, burst: 1000 });
    assert.equal(takes(bucket, 2000, 0), 1000);
    bucket.change({ rate: 100, burst: 1000 }, 10_000);
    assert.equal(takes(bucket, 2000, 10_000), 10);
    bucket.change({ rate: 1, burst: 1000 }, 11_000);
    assert.equal(takes(bucket, 2000, 13_000), 102);
  });

  test('a bucket that is changed before its first token starts with what it had', () => {
    const bucket = new TokenBucket({ rate: 1, burst: 3 });
    bucket.change({ rate: 1, burst: 5 }, 1000);
    assert.equal(takes(bucket, 10, 1000), 3);
    assert.equal(takes(bucket, 10, 10_000), 5);
  });

  test('a change that cannot be made changes nothing', () => {
    const bucket = new TokenBucket({ rate: 1, burst: 3 });
    assert.throws(() => bucket.change({ rate: 0, burst: Number.NaN }, 0), TypeError);
    assert.equal(takes(bucket, 10, 0), 3);
    assert.equal(takes(bucket, 10, 1000), 1);
  });

  test('readings out of order earn no token twice', () => {
    const bucket = new TokenBucket({ rate: 100, burst: 1 });
    let passed = 0;
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 1) {
      if (bucket.take(nowMs)) passed += 1;
      if (bucket.take(nowMs - 900)) passed += 1;
    }
    assert.equal(passed, 1 + 1000);
  });

  for (const [what, settings, message] of [
    [
      'a negative rate',
      { rate: -1, burst: 1 },
      'Expected `rate` to be a finite number of at least 0, got `-1`',
    ],
    ['an infinite rate', { rate: Infinity, burst: 1 }, /`rate` .* got `Infinity`/],
    ['a burst that is no number', { rate: 1, burst: Number.NaN }, /`burst` .* got `NaN`/],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(() => new TokenBucket(settings), { name: 'TypeError', message });
    });
  }
});
