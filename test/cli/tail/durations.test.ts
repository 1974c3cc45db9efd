import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DurationEstimator, RouteDurations } from '../../../src/cli/tail/durations.ts';
import { durationBar } from '../../../src/cli/tail/screen/duration-bar.ts';

describe('p50 and p95 of a route', () => {
  test('are within 5 % of the exact ones', () => {
    const durations = fc.array(fc.double({ min: 2e-6, max: 3000, noNaN: true }), {
      minLength: 20,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, (seconds) => {
        const estimator = new DurationEstimator();
        for (const one of seconds) estimator.add(one);
        const sorted = seconds.toSorted((a, b) => a - b);
        const { p50, p95 } = estimator.quantiles ?? { p50: Number.NaN, p95: Number.NaN };
        for (const [estimate, q] of [
          [p50, 0.5],
          [p95, 0.95],
        ] as const) {
          const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
          assert.ok(Math.abs(estimate / exact - 1) < 0.05, `p${q * 100}: ${estimate}, exactly ${exact}`);
        }
      }),
    );
  });

  test('are not told before there are 20 durations', () => {
    const durations = new RouteDurations();
    const told = Array.from({ length: 21 }, () => durations.observe('/a', 1) !== undefined);
    assert.deepEqual(told, [...Array(20).fill(false), true]);
  });

  test('follow a route that has become slower', () => {
    const estimator = new DurationEstimator();
    for (let i = 0; i < 100_000; i++) estimator.add(0.001);
    for (let i = 0; i < 20_000; i++) estimator.add(0.1);
    const { p50 } = estimator.quantiles ?? { p50: Number.NaN };
    assert.ok(p50 > 0.09 && p50 < 0.11, String(p50));
  });

  test('hostile durations are only counted', () => {
    const estimator = new DurationEstimator();
    for (const seconds of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY, 1e300]) {
      for (let i = 0; i < 10; i++) estimator.add(seconds);
    }
    assert.ok((estimator.quantiles?.p95 ?? Number.NaN) > 0);
  });

  test('routes beyond the limit share one estimator', () => {
    const durations = new RouteDurations(2);
    for (const route of ['/a', '/b']) for (let i = 0; i < 30; i++) durations.observe(route, 1);
    for (let i = 0; i < 20; i++) durations.observe(`/other/${i}`, 5);
    const others = durations.observe('/one/more', 5);
    assert.ok(others !== undefined && others.p50 > 4);
    assert.ok((durations.observe('/a', 1)?.p50 ?? 9) < 1.1);
  });
});

describe('the bar', () => {
  const rows: readonly (readonly [seconds: number, text: string, tone: string])[] = [
    [0, '──┿──╂──', 'success'],
    [0.03, '━━┿──╂──', 'success'],
    [0.05, '━━┿──╂──', 'success'],
    [0.07, '━━┿━━╂──', 'warning'],
    [0.1, '━━┿━━╂──', 'warning'],
    [0.11, '━━┿━━╂━─', 'error'],
    [0.13, '━━┿━━╂━━', 'error'],
    [60, '━━┿━━╂━▶', 'error'],
  ];
  for (const [seconds, text, tone] of rows) {
    test(`${seconds} s where p50 is 0.05 s and p95 0.1 s`, () => {
      assert.deepEqual(durationBar(seconds, { p50: 0.05, p95: 0.1 }), { tone, text });
    });
  }
  test('p50 and p95 that are equal are both shown', () => {
    assert.equal(durationBar(1, { p50: 1, p95: 1 }).text, '━━━━┿╂──');
  });
  test('nothing where too little is known', () => {
    assert.deepEqual(durationBar(1, undefined), { tone: 'plain', text: '        ' });
  });
});
