import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { SampledExchange } from '../../src/record/sampled-exchange.ts';
import { compileRollout, isRolledOut } from '../../src/sampling/rollout.ts';
import { Sampler } from '../../src/sampling/sampler.ts';
import { countingClock, ERROR, exchange, NORMAL, SETTINGS, SLOW } from './support/records.ts';
import { scene } from './support/scene.ts';

const traceIds = fc.stringMatching(/^[0-9a-f]{32}$/);
const percentages = fc.double({ min: 0, max: 100, noNaN: true });
const seeds = fc.constantFrom('', 'one', 'another');

function takesPart(percentage: number, seed: string, given: Partial<SampledExchange>): boolean {
  return isRolledOut(compileRollout(percentage, seed), exchange(given));
}

/** Ids that look random, the same in each run. */
function ids(count: number): string[] {
  let state = 1;
  const word = (): string => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x6d2b_79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0).toString(16).padStart(8, '0');
  };
  return Array.from({ length: count }, () => word() + word() + word() + word());
}

describe('a percentage', () => {
  test('a lower one is a subset of a higher one, whatever the seed and the peer', () => {
    fc.assert(
      fc.property(
        traceIds,
        percentages,
        percentages,
        seeds,
        fc.boolean(),
        (traceId, one, other, seed, isPeerTrusted) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const given = { traceId, isPeerTrusted };
          assert.ok(!takesPart(less, seed, given) || takesPart(more, seed, given));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('of a trusted peer the last 56 bits of the trace id decide, as in OpenTelemetry', () => {
    fc.assert(
      fc.property(traceIds, percentages, (traceId, percentage) => {
        const randomness = BigInt(`0x${traceId.slice(18)}`);
        const share = 1 - percentage / 100;
        // 2^56 has more bits than a double: the threshold is exact to the upper 53 of them.
        const threshold = BigInt(Math.floor(share * 2 ** 28)) * 2n ** 28n;
        if (randomness < threshold)
          assert.equal(takesPart(percentage, '', { traceId, isPeerTrusted: true }), false);
        if (randomness >= threshold + 2n ** 28n)
          assert.equal(takesPart(percentage, '', { traceId, isPeerTrusted: true }), true);
      }),
      { numRuns: 2000 },
    );
  });

  test('explicit randomness of a trusted peer decides instead of the trace id; with a seed the id is hashed', () => {
    const [least, most] = ['0'.repeat(14), 'f'.repeat(14)];
    const [low, high] = [`${'a'.repeat(18)}${least}`, `${'a'.repeat(18)}${most}`];
    assert.equal(takesPart(50, '', { traceId: low, traceRandomness: most, isPeerTrusted: true }), true);
    assert.equal(takesPart(50, '', { traceId: high, traceRandomness: least, isPeerTrusted: true }), false);
    for (const traceId of ids(100))
      assert.equal(
        takesPart(50, 'secret', { traceId, traceRandomness: most, isPeerTrusted: true }),
        takesPart(50, 'secret', { traceId, isPeerTrusted: false }),
      );
  });

  for (const isPeerTrusted of [true, false]) {
    for (const seed of ['', 'secret']) {
      test(`keeps its part; 10 % is within 50 % (trusted ${isPeerTrusted}, seed "${seed}")`, () => {
        const kept = (percentage: number): Set<string> =>
          new Set(ids(50_000).filter((traceId) => takesPart(percentage, seed, { traceId, isPeerTrusted })));
        const [ten, fifty] = [kept(10), kept(50)];
        assert.ok(Math.abs(ten.size / 5000 - 1) < 0.06, String(ten.size));
        assert.ok(Math.abs(fifty.size / 25_000 - 1) < 0.03, String(fifty.size));
        assert.ok([...ten].every((traceId) => fifty.has(traceId)));
      });
    }
  }

  for (const traceId of ['f'.repeat(32), '0'.repeat(31).concat('1'), `${'a'.repeat(18)}${'0'.repeat(14)}`]) {
    test(`${traceId}: nothing at 0, all at 100`, () => {
      for (const isPeerTrusted of [true, false]) {
        assert.equal(takesPart(0, '', { traceId, isPeerTrusted }), false);
        assert.equal(takesPart(100, '', { traceId, isPeerTrusted }), true);
      }
    });
  }

  test('ids that a client chose to be left out are not, at their part', () => {
    const chosen = ids(10_000).map((id) => `${id.slice(0, 18)}${'0'.repeat(14)}`);
    const kept = (given: Partial<SampledExchange>, seed: string): number =>
      chosen.filter((traceId) => takesPart(50, seed, { traceId, ...given })).length;
    assert.equal(kept({ isPeerTrusted: true }, ''), 0);
    assert.ok(Math.abs(kept({ isPeerTrusted: false }, '') - 5000) < 250);
    assert.ok(Math.abs(kept({ isPeerTrusted: true }, 'secret') - 5000) < 250, 'a seed hashes all ids');
  });

  test('with a seed services that trust the peer choose the same traces as those that do not', () => {
    for (const traceId of ids(1000)) {
      assert.equal(
        takesPart(30, 'secret', { traceId, isPeerTrusted: true }),
        takesPart(30, 'secret', { traceId, isPeerTrusted: false }),
      );
    }
  });

  test('errors, WARN and canaries are outside of it, and so they are of `sampled`', () => {
    for (const rollout of [0, 'sampled'] as const) {
      const compiled = compileRollout(rollout, '');
      assert.equal(isRolledOut(compiled, exchange({ traceId: '0'.repeat(32) })), false);
      for (const one of [ERROR, SLOW, exchange({ isCanary: true })])
        assert.equal(isRolledOut(compiled, one), true);
    }
  });

  test('an exchange without a trace takes part at random', () => {
    const kept = Array.from({ length: 10_000 }, () => takesPart(50, '', {})).filter(Boolean).length;
    assert.ok(Math.abs(kept - 5000) < 400, String(kept));
  });

  test('`sampled` is what tracing samples', () => {
    const sampled = compileRollout('sampled', '');
    assert.equal(isRolledOut(sampled, exchange({ isSampled: true })), true);
    assert.equal(isRolledOut(sampled, exchange({ isSampled: false })), false);
  });
});

describe('in the sampler', () => {
  for (const rollout of [100, 50, 0, 'sampled', 'shadow'] as const) {
    for (const mode of ['normal', 'errors'] as const) {
      test(`served = ignored + suppressed + kept, with ${rollout} in ${mode} mode`, () => {
        const settings = { ...SETTINGS, rate: 10, burst: 20, errorRate: 1, errorBurst: 2 };
        const sampler = new Sampler({ ...settings, rollout: compileRollout(rollout, '') }, countingClock());
        sampler.setMode(mode);
        for (const [at, traceId] of ids(1000).entries()) {
          const kind = [NORMAL, SLOW, ERROR, exchange({ severityNumber: 5 })][at % 4] ?? NORMAL;
          sampler.decide({ ...kind, traceId, clientKey: at % 7, isSampled: at % 3 === 0 }, at);
          const { served, ignored, suppressed, kept } = sampler.totals();
          assert.equal(served, at + 1);
          assert.equal(served, ignored + suppressed + kept);
        }
        if (rollout === 'shadow') assert.equal(sampler.totals().ignored, 1000);
      });
    }
  }

  test('what is left out takes no token and is in no ledger', () => {
    const settings = { ...SETTINGS, rate: 0, burst: 1, rollout: compileRollout(0, '') };
    const sampler = new Sampler(settings, countingClock());
    for (let at = 0; at < 10; at += 1) assert.equal(sampler.decide(NORMAL, 0), 'ignored');
    assert.deepEqual(sampler.suppressed.drain(), []);
    assert.equal(sampler.decide(exchange({ isCanary: true }), 0), 'kept');
  });

  test('changes at run time', () => {
    const sampler = new Sampler(SETTINGS, countingClock());
    assert.equal(sampler.decide(NORMAL, 0), 'kept');
    sampler.reconfigure({ ...SETTINGS, rollout: compileRollout(0, '') }, 0);
    assert.equal(sampler.decide(NORMAL, 0), 'ignored');
    sampler.reconfigure({ ...SETTINGS, rollout: compileRollout('shadow', '') }, 0);
    assert.equal(sampler.decide(NORMAL, 0), 'shadow');
    sampler.reconfigure(SETTINGS, 0);
    assert.equal(sampler.decide(NORMAL, 0), 'kept');
  });
});

test('in the shadow nothing but heartbeats is written, with what would have been; a canary is recorded', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { processor, next, serve } = scene({
    burst: 2,
    rollout: compileRollout('shadow', ''),
    backlog: () => 1,
  });
  for (let at = 0; at < 5; at += 1) {
    assert.equal(serve(NORMAL), false);
    if (processor.isShadowed) processor.countShadowBytes(100);
  }
  assert.equal(serve(ERROR), false);
  t.mock.timers.tick(60_000);
  const [heartbeat, ...others] = next.records;
  assert.deepEqual(others, []);
  const { attributes } = heartbeat ?? assert.fail();
  assert.deepEqual(
    [
      ...['total.served', 'total.ignored', 'total.suppressed', 'total.kept'],
      ...['shadow.kept', 'shadow.suppressed', 'shadow.bytes', 'mode'],
    ].map((name) => attributes[`access_log.${name}`]),
    [6, 6, 0, 0, 3, 3, 200, 'shadow'],
  );
  assert.equal(serve(exchange({ isCanary: true, isError: true })), false, 'the reserve is empty');
});
