// The metrics of a service under the preload, with a MeterProvider that is there from the start, or later, or never.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { allMetrics } from '../../src/telemetry/metrics-table.ts';
import { VERSION } from '../../src/version.ts';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

type Points = readonly (readonly [attributes: Record<string, unknown>, value: number])[];
type Metrics = Readonly<Record<string, { readonly points: Points }>>;

interface Service {
  readonly receiver: TestReceiver;
  /** The body of the response. */
  ask(path: string): Promise<string>;
  /** Ends it. @returns its metrics, and the totals of its last heartbeat */
  stop(): Promise<{ readonly metrics: Metrics; readonly totals: Record<string, unknown> }>;
}

async function serve(t: TestContext, env: Record<string, string>): Promise<Service> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/metrics.cjs')],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, OTEL_BLRP_SCHEDULE_DELAY: '50', ...env },
  });
  return {
    receiver,
    ask: (path) =>
      new Promise((resolve, reject) => {
        get({ port: app.port, path, agent: false }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        }).on('error', reject);
      }),
    stop: async () => {
      app.child.kill('SIGWINCH');
      const [, json = ''] = await app.waitFor(/^metrics (.*)$/m);
      await app.stop();
      assert.equal(app.stderr.replace(/^.* lost\)$\n/m, ''), '');
      const last = receiver.records.find(({ attributes }) => attributes['access_log.final'] === true);
      const totals = Object.entries(last?.attributes ?? {}).flatMap(([name, value]) =>
        name.startsWith('access_log.total.') ? [[name.slice('access_log.total.'.length), value]] : [],
      );
      return { metrics: JSON.parse(json), totals: Object.fromEntries(totals) };
    },
  };
}

/** As the table has them, with these points. */
function expected(points: Readonly<Record<string, Points>>): unknown {
  const all = allMetrics().flatMap(({ name, unit, description, kind }) => {
    const found = points[name];
    return found === undefined ? [] : [[name, { scope: VERSION, unit, description, kind, points: found }]];
  });
  assert.equal(all.length, Object.keys(points).length);
  return Object.fromEntries(all);
}

describe('metrics of a service under the preload', { concurrency: 2 }, () => {
  for (const start of ['early', 'late'] as const) {
    test(`a MeterProvider that is ${start}: every metric, equal to the last heartbeat`, async (t) => {
      const { receiver, ask, stop } = await serve(t, {
        APP_SDK: start,
        ACCESS_LOG_RATE: '0.001',
        ACCESS_LOG_BURST: '2',
        ACCESS_LOG_IGNORE: '/health',
        ACCESS_LOG_MEMORY_LIMIT_MIB: '16',
        OTEL_BLRP_MAX_QUEUE_SIZE: '100',
      });
      // Two are kept, three suppressed; and there is a reserve for errors.
      const paths = ['/a', start === 'late' ? '/start' : '/b', '/c', '/d', '/e', '/health', '/error'];
      for (const path of paths) await ask(path);
      await receiver.waitForExchanges(3);
      const { metrics, totals } = await stop();
      const type = 'otlp_grpc_log_exporter';
      const exporter = {
        'otel.component.type': type,
        'otel.component.name': `${type}/otel-access-log`,
        'server.address': '127.0.0.1',
        'server.port': receiver.grpcPort,
      };
      const processor = {
        'otel.component.type': 'OtlpStreamLogRecordProcessor',
        'otel.component.name': 'OtlpStreamLogRecordProcessor/otel-access-log',
      };
      const { points: exports = [] } = metrics['otel_access_log.exports'] ?? {};
      assert.ok(exports.length === 1 && Number(exports[0]?.[1]) >= 1, 'so many as the timing made them');
      assert.deepEqual(
        metrics,
        expected({
          'otel_access_log.exchanges': [
            [{ state: 'served' }, 7],
            [{ state: 'ignored' }, 1],
            [{ state: 'suppressed' }, 3],
            [{ state: 'kept' }, 3],
            [{ state: 'delivered' }, 3],
            [{ state: 'lost', 'error.type': '_OTHER' }, 0],
          ],
          'otel_access_log.exchanges.pending': [[{}, 0]],
          'otel_access_log.exports': exports,
          'otel_access_log.pending.usage': [[{}, 2 * 1024 * 1024]],
          'otel_access_log.pending.limit': [[{}, 16 * 1024 * 1024]],
          'otel_access_log.mode': [
            [{ state: 'shadow' }, 0],
            [{ state: 'normal' }, 1],
            [{ state: 'errors' }, 0],
          ],
          'otel.sdk.processor.log.processed': [[processor, 3]],
          'otel.sdk.processor.log.queue.capacity': [[processor, 100]],
          'otel.sdk.processor.log.queue.size': [[processor, 0]],
          'otel.sdk.exporter.log.exported': [[exporter, 3]],
          'otel.sdk.exporter.log.inflight': [[exporter, 0]],
        }),
      );
      const states = metrics['otel_access_log.exchanges']?.points.map(([{ state }, value]) => [state, value]);
      assert.deepEqual({ ...Object.fromEntries(states ?? []), pending: 0 }, totals);
    });
  }

  test('spool and rules', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'metrics-'));
    t.after(() => rm(folder, { recursive: true }));
    writeFileSync(join(folder, 'rules.yaml'), 'version: 1\n');
    const { receiver, ask, stop } = await serve(t, {
      APP_SDK: 'early',
      ACCESS_LOG_SPOOL_DIR: join(folder, 'spool'),
      ACCESS_LOG_SPOOL_LIMIT_MIB: '64',
      ACCESS_LOG_RULES: join(folder, 'rules.yaml'),
    });
    await ask('/a');
    const records = await receiver.waitForRecords((all) => all.length >= 2);
    const hash = records.find(({ eventName }) => eventName === 'access_log.rules')?.attributes[
      'access_log.rules.hash'
    ];
    const { metrics } = await stop();
    assert.match(String(hash), /^[0-9a-f]+$/);
    assert.deepEqual(metrics['otel_access_log.rules']?.points, [
      [{ hash, stale: false }, 1],
      [{ hash, stale: true }, 0],
    ]);
    assert.deepEqual(metrics['otel_access_log.spool.limit']?.points, [[{}, 64 * 1024 * 1024]]);
    assert.equal(typeof metrics['otel_access_log.spool.usage']?.points[0]?.[1], 'number');
  });

  test('losses, by error type', async (t) => {
    const { receiver, ask, stop } = await serve(t, { APP_SDK: 'early' });
    receiver.answerWith(() => ({ grpcCode: 3, message: 'no' }));
    await ask('/a');
    await receiver.waitForRequests(1);
    receiver.answerWith(undefined);
    const { metrics } = await stop();
    const lost = metrics['otel_access_log.exchanges']?.points.filter(([{ state }]) => state === 'lost');
    assert.deepEqual(lost, [
      [{ state: 'lost', 'error.type': 'INVALID_ARGUMENT' }, 1],
      [{ state: 'lost', 'error.type': '_OTHER' }, 0],
    ]);
  });

  test('without a MeterProvider nothing is loaded', async (t) => {
    const { receiver, ask, stop } = await serve(t, {});
    await ask('/a');
    await receiver.waitForExchanges(1);
    assert.equal(await ask('/loaded'), '[]');
    assert.deepEqual((await stop()).metrics, {});
  });
});
