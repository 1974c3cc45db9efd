import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SampledExchange } from '../../src/record/sampled-exchange.ts';
import { ModeController } from '../../src/sampling/mode/mode.ts';
import { Sampler, type SamplerSettings } from '../../src/sampling/sampler.ts';
import { countingClock, ERROR, exchange, NORMAL, SETTINGS } from './support/records.ts';

/** Keys like those of addresses, from a generator that gives the same in each run. */
function keys(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x6d2b_79f5;
    return state | 0;
  };
}

const CLIENTS = Array.from({ length: 200 }, keys(1));
const BOTS = Array.from({ length: 20_000 }, keys(2));

interface Load {
  /** Exchanges per second; a power of ten in each millisecond at the most. */
  readonly perSecond: number;
  readonly next: (count: number) => SampledExchange;
}

const HONEST: Load = {
  perSecond: 600,
  next: (count) => exchange({ clientKey: CLIENTS[count % 200], route: `/r${Math.floor(count / 200) % 20}` }),
};

const attack = (next: (count: number) => Partial<SampledExchange>): Load => ({
  perSecond: 50_000,
  next: (count) => exchange({ route: undefined, statusCode: 404, ...next(count) }),
});

interface Outcome {
  /** Part of the honest records that was kept. */
  readonly honest: number;
  /** Records of the attacker that were kept, per second. */
  readonly attacker: number;
  readonly sampler: Sampler;
  readonly degraded: number;
}

/** Both loads for a minute, with the mode that a tick a second decides on. */
function run(attacker: Load | undefined, given: Partial<SamplerSettings> = {}, honest = HONEST): Outcome {
  const sampler = new Sampler({ ...SETTINGS, ...given }, countingClock());
  const controller = new ModeController({
    degrade: 'on',
    degradeAfterMs: 30_000,
    recoverAfterMs: 60_000,
    rate: 1000,
  });
  // Within a millisecond the attacker comes first, which is the worst for the others.
  const loads = [...(attacker === undefined ? [] : [attacker]), honest].map((load) => ({
    ...load,
    sent: 0,
    kept: 0,
  }));
  const seconds = 60;
  let degraded = 0;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 1) {
    for (const load of loads) {
      // Whole numbers: a sum of fractions would be one short after a minute.
      const due = Math.floor(((nowMs + 1) * load.perSecond) / 1000);
      while (load.sent < due) {
        if (sampler.decide(load.next(load.sent), nowMs) === 'kept') load.kept += 1;
        load.sent += 1;
      }
    }
    if (nowMs % 1000 !== 999) continue;
    const change = controller.tick(nowMs + 1, { ...sampler.takeDemand(), backlog: 0, lost: 0 });
    if (change !== undefined) sampler.setMode(change.mode);
    if (controller.mode === 'errors') degraded += 1;
  }
  const ours = loads.at(-1);
  const theirs = loads.at(-2);
  return {
    honest: (ours?.kept ?? 0) / (ours?.sent ?? 1),
    attacker: (theirs?.kept ?? 0) / seconds,
    sampler,
    degraded,
  };
}

describe('honest clients beside a flood of 50,000 requests a second', () => {
  for (const [from, flood] of [
    ['from one address, no route', attack(() => ({ clientKey: 7 }))],
    ['from 20,000 addresses, no route', attack((count) => ({ clientKey: BOTS[count % BOTS.length] }))],
    [
      'from 20,000 addresses, on a real route',
      attack((count) => ({ clientKey: BOTS[count % BOTS.length], route: '/r7', statusCode: 200 })),
    ],
    [
      'from one address, over all real routes',
      attack((count) => ({ clientKey: 7, route: `/r${count % 20}` })),
    ],
    ['from one address, on a service without any routes', attack(() => ({ clientKey: 7 }))],
    [
      'from 20,000 addresses, on a service without any routes',
      attack((count) => ({ clientKey: BOTS[count % BOTS.length] })),
    ],
    [
      'from 20,000 addresses that await no answer, on a service without any routes',
      attack((count) => ({ clientKey: BOTS[count % BOTS.length], statusCode: undefined })),
    ],
  ] as const) {
    test(`${from}: at least 95 % of their records are kept, and the flood takes its share`, () => {
      const routeless = from.includes('without any');
      const honest: Load = routeless
        ? { ...HONEST, next: (count) => ({ ...HONEST.next(count), route: undefined }) }
        : HONEST;
      const { honest: kept, attacker, degraded, sampler } = run(flood, {}, honest);
      // A twentieth of them is on the route of the flood, and nothing tells those from the flood.
      assert.ok(kept >= (from.includes('on a real') ? 0.95 : 0.98), `honest ${kept}`);
      assert.ok(attacker <= 520, `attacker ${attacker} a second`);
      assert.equal(degraded, 0, 'a flood does not blind the log');
      const { served, ignored, suppressed, kept: all } = sampler.totals();
      assert.equal(served, ignored + suppressed + all);
    });
  }

  test('one bucket for all leaves them a fiftieth', () => {
    const { honest } = run(
      attack(() => ({ clientKey: 7 })),
      { share: 1 },
    );
    assert.ok(honest < 0.05, String(honest));
  });

  test('errors: the reserve is shared out too', () => {
    const honest: Load = {
      perSecond: 100,
      next: (count) => ({ ...HONEST.next(count), statusCode: 503, severityNumber: 17, isError: true }),
    };
    const flood = attack(() => ({ clientKey: 7, statusCode: 500, severityNumber: 17, isError: true }));
    const { honest: kept } = run(flood, {}, honest);
    assert.ok(kept >= 0.95, String(kept));
    const { honest: before } = run(flood, { share: 1 }, honest);
    assert.ok(before < 0.1, String(before));
  });
});

describe('shares are no limit while others leave room', () => {
  test('one client alone on one route has the whole rate', () => {
    const alone: Load = { perSecond: 1000, next: () => exchange({ clientKey: 7 }) };
    assert.equal(run(undefined, {}, alone).honest, 1);
  });

  test('one client that offers five times the rate gets all of the rate, which is no reason to degrade', () => {
    const alone: Load = { perSecond: 5000, next: () => exchange({ clientKey: 7 }) };
    const { honest, degraded } = run(undefined, {}, alone);
    assert.ok(Math.abs(honest * 5000 - 1000) <= 50, String(honest * 5000));
    assert.equal(degraded, 0);
  });

  test('many clients and routes that offer five times the rate degrade the log', () => {
    const { degraded } = run(undefined, {}, { ...HONEST, perSecond: 5000 });
    assert.ok(degraded >= 25, String(degraded));
  });

  test('a flood from one address does not keep errors mode from ending', () => {
    const sampler = new Sampler(SETTINGS, countingClock());
    sampler.setMode('errors');
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
      for (let count = 0; count < 50; count += 1)
        sampler.decide(exchange({ clientKey: 7, route: undefined }), nowMs);
    }
    const { offered } = sampler.takeDemand();
    assert.ok(offered / 10 <= 0.8 * 1000, String(offered));
  });
});

describe('what is suppressed beyond a share', () => {
  test('is counted as that, and named: clients and routes of which most was suppressed', () => {
    const hot = attack((count) => ({
      clientKey: count % 10 < 6 ? 7 : BOTS[count % BOTS.length],
      clientName: count % 10 < 6 ? '203.0.113.7' : `198.51.100.${count % 250}`,
    }));
    const { sampler } = run(hot);
    const reasons = new Set(sampler.suppressed.drain().map(({ cause }) => cause));
    assert.deepEqual([...reasons], ['share']);
    const event = sampler.offenders.drain();
    assert.equal(event?.eventName, 'access_log.offenders');
    const { attributes } = event;
    assert.deepEqual(attributes['access_log.offenders.clients'], ['203.0.113.7']);
    assert.deepEqual(attributes['access_log.offenders.routes'], ['_OTHER']);
    const [about] = attributes['access_log.offenders.clients_suppressed'] as number[];
    assert.ok(Math.abs((about ?? 0) / (0.6 * 50_000 * 60) - 1) < 0.05, String(about));
    assert.match(event.body, /^most was suppressed of 203\.0\.113\.7 \(about \d+\), _OTHER \(about \d+\)$/);
    assert.equal(sampler.offenders.drain(), undefined, 'each window for itself');
  });

  test('nobody is named where the rate alone was too low', () => {
    const { sampler } = run(
      attack(() => ({ clientKey: 7, clientName: '203.0.113.7' })),
      { share: 1 },
    );
    assert.equal(sampler.offenders.drain(), undefined);
  });

  test('an address that events may not show is not shown', () => {
    const sampler = new Sampler({ ...SETTINGS, rate: 0, burst: 2 }, countingClock(), () => undefined);
    const flood = exchange({ clientKey: 7, clientName: '203.0.113.7', route: '/a' });
    for (let count = 0; count < 1000; count += 1) sampler.decide(flood, 0);
    const event = sampler.offenders.drain();
    assert.deepEqual(Object.keys(event?.attributes ?? {}), [
      'access_log.event',
      'access_log.offenders.routes',
      'access_log.offenders.routes_suppressed',
    ]);
    assert.doesNotMatch(event?.body ?? '', /203/);
  });
});

describe('memory', () => {
  test('is the same after ten million random clients and many routes', () => {
    const { gc } = globalThis;
    const sampler = new Sampler({ ...SETTINGS, rate: 10, burst: 20 }, countingClock());
    const next = keys(3);
    const one = { ...exchange(), clientKey: 0 as number | undefined, clientName: '203.0.113.7' };
    const errors = { ...ERROR, clientKey: 0 as number | undefined };
    const feed = (count: number, from: number): void => {
      for (let at = 0; at < count; at += 1) {
        one.clientKey = next();
        one.route = at % 8 === 0 ? undefined : `/r${at % 2048}`;
        sampler.decide(one, from + at / 100);
        errors.clientKey = one.clientKey;
        if (at % 16 === 0) sampler.decide(errors, from + at / 100);
        if (at % 100_000 === 0) sampler.suppressed.drain();
      }
    };
    feed(500_000, 0);
    gc?.();
    const before = process.memoryUsage();
    feed(10_000_000, 5000);
    gc?.();
    const after = process.memoryUsage();
    assert.ok(after.arrayBuffers <= before.arrayBuffers, `${after.arrayBuffers} bytes`);
    const grown = (after.heapUsed - before.heapUsed) / 2 ** 20;
    // Without a collection before each reading the heap has garbage in it.
    assert.ok(grown < (gc === undefined ? 24 : 1), `${grown} MiB`);
    assert.equal(sampler.decide(NORMAL, 200_000), 'kept');
  });
});
