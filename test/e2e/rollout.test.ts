// Which exchanges of a service under the preload are recorded, with `ACCESS_LOG_ROLLOUT`.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { describe, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import type { TestOwner } from '../support/owner.ts';
import { isExchange, startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';
import { configMap } from './support/config-map.ts';
import { serveMetrics } from './support/metrics.ts';

type Env = Readonly<Record<string, string>>;

interface Service {
  readonly receiver: TestReceiver;
  readonly app: App;
  ask(path: string, headers?: Env): Promise<void>;
  /** Paths of the records so far. */
  recorded(): readonly string[];
  /** Ends it. @returns its last heartbeat */
  stop(): Promise<ReceivedRecord['attributes']>;
}

/** A service whose peers are trusted, unless the test says otherwise. */
async function serve(owner: TestOwner, env: Env): Promise<Service> {
  const receiver = await startTestReceiver(owner);
  const app = await spawnApp(owner, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
      // A machine that is busy makes no exchange a slow one, which would be WARN.
      ACCESS_LOG_SLOW_MS: '60000',
      ...env,
    },
  });
  return {
    receiver,
    app,
    ask: (path, headers = {}) =>
      new Promise((resolve, reject) => {
        get({ port: app.port, path, headers, agent: false }, (response) =>
          response.resume().once('end', resolve),
        ).once('error', reject);
      }),
    recorded: () =>
      receiver.records.filter(isExchange).map(({ attributes }) => String(attributes['url.path'])),
    stop: async () => {
      await app.stop();
      return receiver.records.findLast(isFinal)?.attributes ?? assert.fail('no last heartbeat');
    },
  };
}

const isFinal = ({ attributes }: ReceivedRecord): boolean => attributes['access_log.final'] === true;
const isRules = ({ eventName }: ReceivedRecord): boolean => eventName === 'access_log.rules';

/** Numbers of a heartbeat, by the ends of their names. */
function numbers(heartbeat: ReceivedRecord['attributes'], ...names: readonly string[]): readonly unknown[] {
  return names.map((name) => heartbeat[`access_log.${name}`]);
}

const TOTALS = ['total.served', 'total.ignored', 'total.suppressed', 'total.kept'];

/** Trace ids of which the last 56 bits are evenly spread. */
const TRACES = Array.from({ length: 100 }, (_, at) => {
  const spread = Math.floor(((at + 0.5) / 100) * 2 ** 28);
  return `0af7651916cd43dd80${spread.toString(16).padStart(7, '0')}${'8'.repeat(7)}`;
});

describe('rollout', { concurrency: true }, () => {
  test('shadow: nothing but heartbeats arrives, with what would have been kept', async (t) => {
    const { receiver, ask, stop } = await serveMetrics(
      t,
      {
        APP_SDK: 'early',
        ACCESS_LOG_ROLLOUT: 'shadow',
        ACCESS_LOG_RATE: '0.001',
        ACCESS_LOG_BURST: '3',
        ACCESS_LOG_SHARE: '1',
        ACCESS_LOG_SLOW_MS: '60000',
      },
      { script: inRepo('test/e2e/fixtures/metrics.cjs') },
    );
    for (const path of ['/a', '/b', '/c', '/d', '/e', '/error']) await ask(path);
    const { metrics } = await stop();
    assert.deepEqual(
      new Set(receiver.records.map(({ eventName }) => eventName)),
      new Set(['access_log.heartbeat']),
    );
    const { attributes } = receiver.records.findLast(isFinal) ?? assert.fail('no last heartbeat');
    assert.deepEqual(numbers(attributes, ...TOTALS, 'shadow.kept', 'shadow.suppressed', 'mode'), [
      6,
      6,
      0,
      0,
      4,
      2,
      'shadow',
    ]);
    const [bytes] = numbers(attributes, 'shadow.bytes');
    // As much as four records of this service have.
    assert.ok(Number(bytes) > 4 * 200 && Number(bytes) < 4 * 2000, String(bytes));
    assert.deepEqual(metrics['otel_access_log.mode']?.points, [
      [{ state: 'shadow' }, 1],
      [{ state: 'normal' }, 0],
      [{ state: 'errors' }, 0],
    ]);
  });

  test('a canary is recorded at 0 % and in the shadow, if its peer is trusted', async (t) => {
    for (const rollout of ['0', 'shadow']) {
      const { ask, recorded, stop } = await serve(t, {
        ACCESS_LOG_ROLLOUT: rollout,
        ACCESS_LOG_CANARY: 'X-Canary:true',
      });
      await ask('/none');
      await ask('/false', { 'x-canary': 'false' });
      await ask('/true', { 'x-canary': 'true' });
      const heartbeat = await stop();
      assert.deepEqual(recorded(), ['/true'], rollout);
      assert.deepEqual(numbers(heartbeat, ...TOTALS), [3, 2, 0, 1], rollout);
    }
    const untrusted = await serve(t, {
      ACCESS_LOG_ROLLOUT: '0',
      ACCESS_LOG_CANARY: 'x-canary:true',
      ACCESS_LOG_TRUSTED_PROXIES: '',
    });
    await untrusted.ask('/true', { 'x-canary': 'true' });
    assert.deepEqual(numbers(await untrusted.stop(), ...TOTALS), [1, 1, 0, 0]);
    assert.deepEqual(untrusted.recorded(), []);
  });

  test('a percentage: the same traces in two services, and every error', async (t) => {
    const services = await Promise.all([1, 2].map(() => serve(t, { ACCESS_LOG_ROLLOUT: '30' })));
    for (const { ask, recorded, stop } of services) {
      for (const [at, traceId] of TRACES.entries()) {
        await ask(`/${at}`, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
      }
      await ask('/error', { traceparent: `00-${TRACES[0]}-b7ad6b7169203331-01` });
      // Of the lowest ids, with other randomness.
      await ask('/rv', {
        traceparent: `00-${TRACES[1]}-b7ad6b7169203331-01`,
        tracestate: 'congo=t61,ot=rv:ffffffffffffff',
      });
      const heartbeat = await stop();
      const highest = Array.from({ length: 30 }, (_, at) => `/${70 + at}`);
      assert.deepEqual(recorded(), [...highest, '/error', '/rv']);
      assert.deepEqual(numbers(heartbeat, ...TOTALS, 'mode'), [102, 70, 0, 32, 'normal']);
    }
  });

  test('changes at run time, by the rules file', { timeout: 120_000 }, async (t) => {
    const runtime = (rollout: string): string => `version: 1\nruntime: { rollout: ${rollout} }\n`;
    const { path, swap } = configMap(t, runtime('shadow'));
    const { receiver, app, ask, recorded, stop } = await serve(t, { ACCESS_LOG_RULES: path });
    const rules = (count: number): Promise<unknown> =>
      receiver.waitForRecords((all) => all.filter(isRules).length >= count, 30_000);
    await ask('/shadow');
    await rules(1);
    swap(runtime('100'));
    await rules(2);
    await ask('/all');
    swap(runtime('101'));
    await app.waitFor(
      /the rules stay as they are; .*runtime\.rollout: expected shadow, sampled, or a percentage from 0 to 100, got 101/,
      30_000,
    );
    await ask('/still-all');
    swap(runtime('0'));
    await rules(4);
    await ask('/none');
    await ask('/error');
    const heartbeat = await stop();
    assert.deepEqual(recorded(), ['/all', '/still-all', '/error']);
    assert.deepEqual(numbers(heartbeat, ...TOTALS, 'shadow.kept', 'mode'), [5, 2, 0, 3, 1, 'normal']);
    assert.deepEqual(heartbeat['access_log.rules.runtime'], ['rollout=0']);
  });

  test('what cannot be used is told in one message, and the service runs', async (t) => {
    const { receiver, app, ask, recorded } = await serve(t, {
      ACCESS_LOG_ROLLOUT: '101',
      ACCESS_LOG_DEGRADE: 'never',
      ACCESS_LOG_SHARE: '2',
      ACCESS_LOG_CANARY: 'x-canary',
    });
    await ask('/');
    await app.stop();
    assert.deepEqual([receiver.records, recorded()], [[], []]);
    assert.equal(app.stderr.match(/otel-access-log: /g)?.length, 1, app.stderr);
    for (const problem of [
      'ACCESS_LOG_ROLLOUT: expected shadow, sampled, or a percentage from 0 to 100, got "101"',
      'ACCESS_LOG_DEGRADE: expected one of on, delivery, off, got "never"',
      'ACCESS_LOG_SHARE: expected a number from 0.001 to 1, got "2"',
      'ACCESS_LOG_CANARY: expected the name of a header, a colon, and its value, got "x-canary"',
    ])
      assert.ok(app.stderr.includes(problem), `${problem}, got\n${app.stderr}`);
  });
});
