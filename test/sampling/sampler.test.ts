import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { SampledExchange } from '../../src/record/sampled-exchange.ts';
import { Sampler, type SamplerSettings, type Verdict } from '../../src/sampling/sampler.ts';
import { countingClock, ERROR, exchange, NORMAL, SETTINGS, SLOW } from './support/records.ts';
import { EIGHTH, ReferenceBucket } from './support/reference-bucket.ts';

/** Buckets that never refill, unless the test says otherwise. */
function newSampler(given: Partial<SamplerSettings> = {}): Sampler {
  return new Sampler(
    { ...SETTINGS, share: 1, rate: 0, burst: 1, errorRate: 0, errorBurst: 1, ...given },
    countingClock(),
  );
}

function verdicts(sampler: Sampler, exchanges: readonly SampledExchange[], nowMs = 0): Verdict[] {
  return exchanges.map((one) => sampler.decide(one, nowMs));
}

describe('Sampler: which bucket', () => {
  for (const [what, exchanges, expected] of [
    ['a normal record never draws from the reserve', [NORMAL, NORMAL, ERROR], ['kept', 'suppressed', 'kept']],
    [
      'an error draws from the reserve, then from the normal bucket',
      [ERROR, ERROR, ERROR, NORMAL],
      ['kept', 'kept', 'suppressed', 'suppressed'],
    ],
    ['an error leaves the normal bucket alone while there is a reserve', [ERROR, NORMAL], ['kept', 'kept']],
    [
      'a slow record draws from the normal bucket first',
      [SLOW, ERROR, NORMAL],
      ['kept', 'kept', 'suppressed'],
    ],
    [
      'a slow record draws from the reserve where the normal bucket is empty',
      [NORMAL, SLOW, ERROR],
      ['kept', 'kept', 'suppressed'],
    ],
    ['an error that is slow is an error', [exchange({ ...ERROR, isSlow: true }), NORMAL], ['kept', 'kept']],
  ] as const) {
    test(what, () => {
      assert.deepEqual(verdicts(newSampler(), exchanges), expected);
    });
  }

  test('normal traffic leaves the reserve full, and passes as if there were none', () => {
    const deltas = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 100 });
    fc.assert(
      fc.property(deltas, fc.integer({ min: 1, max: 50 }), (traffic, errorBurst) => {
        const without = newSampler({ rate: 1, burst: 3, errorBurst: 0 });
        const withReserve = newSampler({ rate: 1, burst: 3, errorBurst });
        let nowMs = 0;
        for (const delta of traffic) {
          nowMs += delta;
          assert.equal(withReserve.decide(NORMAL, nowMs), without.decide(NORMAL, nowMs));
        }
        verdicts(withReserve, [NORMAL, NORMAL, NORMAL], nowMs);
        const storm = verdicts(
          withReserve,
          Array.from({ length: 100 }, () => ERROR),
          nowMs,
        );
        assert.equal(storm.filter((verdict) => verdict === 'kept').length, errorBurst);
      }),
    );
  });

  test('an error storm is bounded by both buckets together', () => {
    const sampler = newSampler({ rate: 10, burst: 20, errorRate: 5, errorBurst: 7 });
    const atOnce = Array.from({ length: 1000 }, () => ERROR);
    let kept = verdicts(sampler, atOnce).filter((verdict) => verdict === 'kept').length;
    assert.equal(kept, 20 + 7);
    // One millisecond more, since both earn a token at the end of the minute and one record takes only one.
    for (let nowMs = 1; nowMs <= 60_001; nowMs += 1) {
      if (sampler.decide(ERROR, nowMs) === 'kept') kept += 1;
    }
    assert.equal(kept, 20 + 7 + (10 + 5) * 60);
    assert.deepEqual(sampler.totals(), { served: 61_001, ignored: 0, suppressed: 61_001 - kept, kept });
  });
});

describe('Sampler: what is rejected before it is a request', () => {
  const REJECTED = exchange({ outcome: 'rejected', statusCode: 400, severityNumber: 13 });

  test('draws from a bucket of its own alone', () => {
    const sampler = newSampler({
      rate: 0,
      burst: 5,
      errorRate: 0,
      errorBurst: 7,
      rejectedRate: 2,
      rejectedBurst: 3,
    });
    const kept = (given: readonly SampledExchange[], nowMs: number): number =>
      verdicts(sampler, given, nowMs).filter((verdict) => verdict === 'kept').length;
    const flood = Array.from({ length: 1000 }, () => REJECTED);
    assert.equal(kept(flood, 0), 3);
    assert.equal(kept(flood, 1000), 2);
    const normal = Array.from({ length: 10 }, () => exchange({}));
    assert.equal(kept(normal, 1000), 5, 'the normal bucket is untouched');
    assert.equal(
      kept(
        Array.from({ length: 10 }, () => ERROR),
        1000,
      ),
      7,
      'so is the reserve',
    );
    assert.equal(kept(flood, 1000), 0);
  });

  test('a slow one draws from no other bucket', () => {
    const sampler = newSampler({ burst: 5, errorBurst: 5, rejectedRate: 0, rejectedBurst: 1 });
    const slow = { ...REJECTED, isSlow: true };
    assert.deepEqual(verdicts(sampler, [slow, slow]), ['kept', 'suppressed']);
  });
});

describe('Sampler: what is ignored', () => {
  const isIgnored = (method: string, path: string): boolean => method === 'GET' && path === '/health';
  const health = { path: '/health', route: undefined };

  for (const [what, given, expected] of [
    ['a path on the ignore list', health, 'ignored'],
    ['a slow one, too', { ...health, isSlow: true, severityNumber: 13 }, 'ignored'],
    ['not one that ends in an error', { ...health, isError: true, severityNumber: 17 }, 'kept'],
    ['not another method', { ...health, method: 'POST' }, 'kept'],
    ['less than the minimum level', { severityNumber: 5 }, 'ignored'],
    ['not a record without a severity', { severityNumber: 0 }, 'kept'],
  ] as const) {
    test(what, () => {
      const sampler = newSampler({ isIgnored });
      assert.equal(sampler.decide(exchange(given), 0), expected);
    });
  }

  test('errors below the minimum level', () => {
    const sampler = newSampler({ minimumSeverity: 21 });
    assert.deepEqual(verdicts(sampler, [ERROR, exchange({ isError: true, severityNumber: 21 })]), [
      'ignored',
      'kept',
    ]);
  });

  test('what is ignored takes no token and is in no ledger', () => {
    const sampler = newSampler({ isIgnored });
    const ignored = exchange(health);
    assert.deepEqual(verdicts(sampler, [ignored, ignored, ignored, NORMAL]), [
      'ignored',
      'ignored',
      'ignored',
      'kept',
    ]);
    assert.deepEqual(sampler.suppressed.drain(), []);
  });

  test('the path is read only where there is an ignore list', () => {
    const pathless = {
      ...NORMAL,
      get path(): string {
        throw new Error('read');
      },
    };
    assert.equal(newSampler().decide(pathless, 0), 'kept');
  });
});

describe('Sampler: the equation', () => {
  const kinds = {
    normal: NORMAL,
    slow: SLOW,
    error: ERROR,
    ignored: exchange({ path: '/health' }),
    ignoredButError: exchange({ path: '/health', isError: true, severityNumber: 17 }),
    debug: exchange({ severityNumber: 5 }),
    skipped: undefined,
  };

  test('holds after each exchange of any mix, and every verdict is that of the reference model', () => {
    const step = fc.record({
      kind: fc.constantFrom(...Object.values(kinds)),
      delta: fc.integer({ min: 0, max: 4000 }),
    });
    const rate8 = fc.integer({ min: 0, max: 100 });
    const burst = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(
        rate8,
        burst,
        rate8,
        burst,
        fc.array(step, { maxLength: 200 }),
        (rate, size, errorRate, errorSize, steps) => {
          const sampler = newSampler({
            rate: rate * EIGHTH,
            burst: size,
            errorRate: errorRate * EIGHTH,
            errorBurst: errorSize,
            isIgnored: (_method, path) => path === '/health',
          });
          const normal = new ReferenceBucket(rate, size);
          const reserve = new ReferenceBucket(errorRate, errorSize);
          const expected = { served: 0, ignored: 0, suppressed: 0, kept: 0 };
          let carried = 0;
          let now8 = 0;
          // The reference starts its clock with its first record; both start full, so that makes no difference.
          for (const { kind, delta } of steps) {
            now8 += delta;
            expected.served += 1;
            if (kind === undefined) {
              sampler.countIgnored();
              expected.ignored += 1;
            } else {
              const verdict = sampler.decide(kind, now8 * EIGHTH);
              const passes = kind.isError
                ? reserve.take(now8) || normal.take(now8)
                : kind !== kinds.ignored &&
                  kind !== kinds.debug &&
                  (normal.take(now8) || (kind.isSlow && reserve.take(now8)));
              const isLeftOut = kind === kinds.ignored || kind === kinds.debug;
              assert.equal(verdict, isLeftOut ? 'ignored' : passes ? 'kept' : 'suppressed');
              expected[verdict] += 1;
              if (verdict === 'kept') carried += sampler.suppressed.collect(kind);
            }
            const totals = sampler.totals();
            assert.deepEqual(totals, expected);
            assert.equal(totals.served, totals.ignored + totals.suppressed + totals.kept);
          }
          const left = sampler.suppressed.drain().reduce((sum, { count }) => sum + count, 0);
          assert.equal(carried + left, expected.suppressed);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('Sampler: other settings while it runs', () => {
  test('level and ignore list take effect at once, and what was counted stays', () => {
    const sampler = newSampler({ burst: 10 });
    const debug = exchange({ severityNumber: 5 });
    assert.deepEqual(verdicts(sampler, [debug, NORMAL]), ['ignored', 'kept']);
    const isIgnored = (method: string | undefined): boolean => method === 'GET';
    sampler.reconfigure({ ...SETTINGS, share: 1, minimumSeverity: 5 }, 0);
    assert.deepEqual(verdicts(sampler, [debug]), ['kept']);
    sampler.reconfigure({ ...SETTINGS, share: 1, isIgnored }, 0);
    assert.deepEqual(verdicts(sampler, [NORMAL, ERROR]), ['ignored', 'kept']);
    sampler.reconfigure(SETTINGS, 0);
    assert.deepEqual(verdicts(sampler, [NORMAL]), ['kept']);
    assert.deepEqual(sampler.totals(), { served: 6, ignored: 2, suppressed: 0, kept: 4 });
  });

  test('each bucket has its own new rate and burst, and keeps its tokens', () => {
    const rejected = exchange({ outcome: 'rejected', statusCode: 400 });
    const all = [NORMAL, ERROR, rejected];
    const sampler = newSampler({ rejectedRate: 0, rejectedBurst: 1 });
    assert.deepEqual(verdicts(sampler, all), ['kept', 'kept', 'kept']);
    const limits = { burst: 9, errorBurst: 9, rejectedBurst: 9 };
    const none = { rate: 0, errorRate: 0, rejectedRate: 0 };
    for (const [name, kept] of [
      ['rate', NORMAL],
      ['errorRate', ERROR],
      ['rejectedRate', rejected],
    ] as const) {
      sampler.reconfigure({ ...SETTINGS, share: 1, ...limits, ...none, [name]: 1 }, 0);
      assert.deepEqual(verdicts(sampler, all), ['suppressed', 'suppressed', 'suppressed'], name);
      sampler.reconfigure({ ...SETTINGS, share: 1, ...limits, ...none, [name]: 1 }, 0);
      assert.deepEqual(
        verdicts(sampler, [kept, kept], 1000),
        ['kept', 'suppressed'],
        'one token came in a second',
      );
      sampler.reconfigure({ ...SETTINGS, share: 1, ...limits, ...none }, 1000);
      assert.deepEqual(verdicts(sampler, all, 1000), ['suppressed', 'suppressed', 'suppressed'], name);
      // The clock is set back for the next one.
      verdicts(sampler, all, -10_000);
      assert.deepEqual(verdicts(sampler, all, 0), ['suppressed', 'suppressed', 'suppressed'], name);
    }
  });
});
