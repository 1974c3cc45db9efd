import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { buildStack } from './build.ts';
import {
  assertOrder,
  type Shop,
  SLOW_SECONDS,
  serveFromProcesses,
  serveRequests,
} from './support/receivers.ts';
import { type Collector, startCollectorWith } from './support/stack.ts';
import { describeWithGo, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';
import { startVictoriaLogs, type VictoriaLogs } from './support/victorialogs.ts';

const STREAM_FIELDS = {
  OTEL_EXPORTER_OTLP_HEADERS:
    'VL-Stream-Fields=service.name%2Cservice.namespace%2Cdeployment.environment.name',
};
const ROW = ['http.route', 'http.response.status_code', 'severity_text', 'severity_number'];
const PROCESSES = 4;

describeWithGo('VictoriaLogs', () => {
  let victoria: VictoriaLogs;
  let collector: Collector;
  before(async () => {
    victoria = await startVictoriaLogs();
    collector = await startCollectorWith((await buildStack()).collector, {
      configs: [inRepo('docker/receivers/victorialogs.yaml')],
      env: { VICTORIALOGS_LOGS_ENDPOINT: `${victoria.otlpEndpoint}/v1/logs` },
    });
  });
  after(async () => {
    await collector?.stop();
    await victoria?.stop();
  });

  const routes = [
    { title: 'without a Collector', endpoint: () => victoria.otlpEndpoint, env: STREAM_FIELDS },
    { title: 'behind the Collector', endpoint: () => collector.grpcEndpoint, env: {} },
  ];
  for (const { title, endpoint, env } of routes) {
    test(`${title}: the record is whole, and found by trace, status, route, level and duration`, async (t) => {
      const shop = await serveRequests(t, endpoint(), env);
      const { name } = shop.service;
      // The heartbeat at the end is the last to be sent.
      await victoria.query(`{service.name="${name}"} access_log.final:=true`, 1);

      const [found, ...others] = await victoria.query(`trace_id:=${shop.order.traceId}`, 1);
      assert.deepEqual(others, []);
      const { _msg: line = '', _time, _stream: stream, _stream_id, ...fields } = found ?? {};
      assertOrder(shop, line, fields);
      const { 'service.name': service } = fields;
      assert.equal(
        stream,
        `{deployment.environment.name="test",service.name="${service}",service.namespace="store"}`,
      );
      await assertSelections(victoria, shop);
      assert.deepEqual(await victoria.streams(`service.name:=${name}`), [stream]);
    });

    test(`${title}: many processes of a service are one stream`, async (t) => {
      const fleet = await serveFromProcesses(t, endpoint(), PROCESSES, env);
      await victoria.query(`{service.name="${fleet}"} access_log.final:=true`, PROCESSES);
      assert.deepEqual(await victoria.streams(`service.name:="${fleet}"`), [
        `{service.name="${fleet}",service.namespace="store"}`,
      ]);
    });
  }

  test('without VL-Stream-Fields each process makes streams; the id in heartbeats is in no stream', async (t) => {
    const fleet = await serveFromProcesses(t, victoria.otlpEndpoint, 2);
    await victoria.query(`service.name:="${fleet}" access_log.final:=true`, 2);
    const streams = await victoria.streams(`service.name:="${fleet}"`);
    // Requests and heartbeats apart, since the event name makes streams too.
    assert.equal(streams.length, 2 * 2, streams.join('\n'));
    for (const stream of streams) {
      assert.match(stream, /service\.instance\.id="instance-\d"/);
      assert.doesNotMatch(stream, /process_id/);
    }
  });

  test('http/json is refused, and standard error says so', async (t) => {
    const service = await startService(t, {
      endpoint: victoria.otlpEndpoint,
      env: { ...STREAM_FIELDS, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    });
    assert.deepEqual(await send(service.port, ['/orders/1']), [200]);
    await service.stop();
    assert.match(service.stderr, /cannot deliver to .*\/v1\/logs .*\b400\b/);
    assert.match(service.stderr, /1 record lost/);
  });
});

async function assertSelections(victoria: VictoriaLogs, { service }: Shop): Promise<void> {
  const of = `{service.name="${service.name}"} access_log.outcome:*`;
  const rows = await victoria.query(`${of} | sort by (_time) | fields ${ROW.join(', ')}`, 3);
  assert.deepEqual(
    rows.map((row) => ROW.map((name) => row[name]).join(' ')),
    ['/orders/:id 200 INFO 9', '/orders/:id 503 ERROR 17', '/items/:name 404 WARN 13'],
  );
  const [errors] = await victoria.query(
    `${of} http.response.status_code:>=500 http.route:="/orders/:id" | stats count() n`,
    1,
  );
  assert.deepEqual(errors, { n: '1' });
  // As text 0.21 were not greater than 0.200: these compare numbers.
  const [slow] = await victoria.query(
    `${of} http.server.request.duration:>${SLOW_SECONDS.toFixed(3)} | stats count() n, max(http.server.request.duration) slowest`,
    1,
  );
  assert.equal(slow?.n, '1');
  assert.ok(Number(slow?.slowest) >= SLOW_SECONDS, slow?.slowest);
}
