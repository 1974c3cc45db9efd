// At meter providers of the SDK: one that is there, starts late, is replaced, is shut down, or throws.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MeterProvider } from '@opentelemetry/api';
import { metrics as api } from '@opentelemetry/api';
import { registeredMeterProvider } from '../../src/http/trace/registered-api.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { exchangesMetric } from '../../src/telemetry/metrics-table.ts';
import { Changes } from '../support/changes.ts';
import type { TestOwner } from '../support/owner.ts';
import { type CollectedMetric, meterScene, register } from './support/collected.ts';

interface Scene {
  readonly metrics: Metrics;
  readonly errors: unknown[];
  served: number;
  tables: number;
  /** Thrown by the next reading. */
  problem: Error | undefined;
}

function scene(owner: TestOwner): Scene {
  const errors: unknown[] = [];
  const found: Scene = {
    metrics: new Metrics({
      definitions: () => {
        found.tables += 1;
        return [exchangesMetric()];
      },
      read: () => {
        if (found.problem !== undefined) throw found.problem;
        return {
          totals: { served: found.served },
          lostByType: new Map(),
          delivery: undefined,
          processor: {},
          exporter: {},
          rules: undefined,
          mode: undefined,
        };
      },
      onError: (error) => errors.push(error),
      lookMs: 1,
    }),
    errors,
    served: 3,
    tables: 0,
    problem: undefined,
  };
  owner.after(async () => found.metrics.stop());
  return found;
}

function exchanges(served: number): readonly CollectedMetric[] {
  return [
    {
      name: 'otel_access_log.exchanges',
      unit: '{exchange}',
      description: 'The number of HTTP exchanges, by what became of them.',
      kind: 'counter',
      points: [[{ state: 'served' }, served]],
    },
  ];
}

/** Resolves at the first look for a provider that finds something else than before. */
function watched(): {
  slot: () => MeterProvider | undefined;
  until(provider: MeterProvider | undefined): Promise<unknown>;
} {
  const changes = new Changes();
  let last: MeterProvider | undefined;
  return {
    slot: () => {
      last = registeredMeterProvider();
      // The provider is in use when this turn is over.
      setImmediate(() => changes.notify());
      return last;
    },
    until: (provider) =>
      changes.until(
        () => (last === provider ? true : undefined),
        10_000,
        () => 'a look expected',
      ),
  };
}

describe('Metrics', () => {
  test('are observed at the provider that is registered, with what is counted at each collection', async (t) => {
    const { provider, collect } = meterScene(t);
    const one = scene(t);
    register(t, provider);
    one.metrics.follow(registeredMeterProvider);
    assert.deepEqual(await collect(), exchanges(3));
    one.served = 8;
    assert.deepEqual(await collect(), exchanges(8));
    assert.deepEqual(one.errors, []);
  });

  test('make no table without a provider, and find one that starts later, and the next one', async (t) => {
    const first = meterScene(t);
    const second = meterScene(t);
    const one = scene(t);
    const { slot, until } = watched();
    // The timer of the metrics holds no process.
    const alive = setInterval(() => undefined, 1_000);
    t.after(() => clearInterval(alive));
    one.metrics.follow(slot);
    await until(undefined);
    assert.equal(one.tables, 0);
    register(t, first.provider);
    await until(first.provider);
    assert.deepEqual(await first.collect(), exchanges(3));
    api.disable();
    register(t, second.provider);
    await until(second.provider);
    one.served = 4;
    assert.deepEqual(await second.collect(), exchanges(4));
    assert.deepEqual(await first.collect(), exchanges(3), 'the one before is left as it was');
    api.disable();
    await until(undefined);
    one.served = 5;
    assert.deepEqual(await second.collect(), exchanges(4));
    assert.deepEqual([one.tables, one.errors], [2, []]);
  });

  test('a provider that is shut down does no harm, before and after', async (t) => {
    const { provider } = meterScene(t);
    const next = meterScene(t);
    const one = scene(t);
    one.metrics.use(provider);
    await provider.shutdown();
    one.metrics.use(next.provider);
    await next.provider.shutdown();
    one.metrics.use(undefined);
    one.metrics.use(next.provider);
    assert.deepEqual(one.errors, []);
  });

  const broken = new Error('broken');
  const fail = (): never => {
    throw broken;
  };
  const whole = (): MeterProvider => ({ getMeter: () => api.getMeter('noop') });
  const providers: readonly [what: string, provider: MeterProvider][] = [
    ['throws', { getMeter: fail }],
    [
      'has a meter that throws',
      { getMeter: () => ({ ...api.getMeter('noop'), createObservableCounter: fail }) },
    ],
    [
      'throws when it is left',
      {
        getMeter: () =>
          Object.assign(Object.create(api.getMeter('noop')), { removeBatchObservableCallback: fail }),
      },
    ],
  ];
  for (const [what, provider] of providers) {
    test(`a provider that ${what} is told once, and the next one is used`, async (t) => {
      const next = meterScene(t);
      const one = scene(t);
      one.metrics.use(provider);
      one.metrics.use(provider);
      one.metrics.use(whole());
      one.metrics.use(next.provider);
      assert.deepEqual(one.errors, [broken]);
      assert.deepEqual(await next.collect(), exchanges(3));
    });
  }

  test('what reading throws does not reach the SDK', async (t) => {
    const { provider, collectErrors, collect } = meterScene(t);
    const one = scene(t);
    one.metrics.use(provider);
    one.problem = broken;
    assert.deepEqual(await collectErrors(), []);
    assert.deepEqual(one.errors, [broken]);
    one.problem = undefined;
    assert.deepEqual(await collect(), exchanges(3));
  });
});
