import assert from 'node:assert/strict';
import { get } from 'node:http';
import { allMetrics } from '../../../src/telemetry/metrics-table.ts';
import { VERSION } from '../../../src/version.ts';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver, type TestReceiver } from '../../support/receiver.ts';
import { spawnApp } from '../../support/spawn-app.ts';

type Points = readonly (readonly [attributes: Record<string, unknown>, value: number])[];
type Metrics = Readonly<Record<string, { readonly points: Points }>>;

interface Service {
  readonly receiver: TestReceiver;
  /** The body of the response. */
  ask(path: string): Promise<string>;
  /** Ends it. @returns its metrics, and the totals of its last heartbeat */
  stop(): Promise<{ readonly metrics: Metrics; readonly totals: Record<string, unknown> }>;
}

/** @param place where the fixture `metrics.cjs` is, and the Node that runs it; default: this one */
export async function serveMetrics(
  owner: TestOwner,
  env: Readonly<Record<string, string>>,
  { script, cwd, node }: { readonly script: string; readonly cwd?: string; readonly node?: string },
): Promise<Service> {
  const receiver = await startTestReceiver(owner);
  const app = await spawnApp(owner, {
    args: ['--import', 'otel-access-log/register', script],
    ...(cwd === undefined ? {} : { cwd }),
    ...(node === undefined ? {} : { node }),
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
function expectedMetrics(points: Readonly<Record<string, Points>>): unknown {
  const all = allMetrics().flatMap(({ name, unit, description, kind }) => {
    const found = points[name];
    return found === undefined ? [] : [[name, { scope: VERSION, unit, description, kind, points: found }]];
  });
  assert.equal(all.length, Object.keys(points).length);
  return Object.fromEntries(all);
}

/** Every metric of a service whose provider is there from the start, or later, equals the totals of its last heartbeat. */
export async function tryAllMetrics(
  owner: TestOwner,
  start: 'early' | 'late',
  place: Parameters<typeof serveMetrics>[2],
): Promise<void> {
  const { receiver, ask, stop } = await serveMetrics(
    owner,
    {
      APP_SDK: start,
      ACCESS_LOG_RATE: '0.001',
      ACCESS_LOG_BURST: '2',
      ACCESS_LOG_IGNORE: '/health',
      ACCESS_LOG_MEMORY_LIMIT_MIB: '16',
      OTEL_BLRP_MAX_QUEUE_SIZE: '100',
    },
    place,
  );
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
    expectedMetrics({
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
}
