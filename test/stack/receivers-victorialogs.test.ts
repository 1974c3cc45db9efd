import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOf } from '../docs/support/markdown.ts';
import { inRepo } from '../support/repo-root.ts';
import { buildStack } from './build.ts';
import { blockQueriesOf } from './support/docs-queries.ts';
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

/** As the command of docs/receivers.md has it. */
const STREAM_FIELDS = {
  OTEL_EXPORTER_OTLP_HEADERS: headersOf(commandsOf('docs/receivers.md')),
};
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

/** The queries of docs/receivers.md, as they stand there but for the names of the service and the trace. */
async function assertSelections(victoria: VictoriaLogs, { service, order }: Shop): Promise<void> {
  const found = new Map<string, Record<string, string>[]>();
  for (const { title, logql } of blockQueriesOf('docs/receivers.md', 'logsql')) {
    const query = logql.replace('"shop"', `"${service.name}"`).replace(/(?<=trace_id:=")\w+/, order.traceId);
    found.set(title, await victoria.query(query, 1));
  }
  const shown = (title: string, ...names: string[]): string[] =>
    (found.get(title) ?? []).map((row) => names.map((name) => row[name]).join(' ')).sort();
  const row = ['http.route', 'http.response.status_code', 'severity_text', 'severity_number'];
  assert.deepEqual(shown('One request, by its trace', ...row), ['/orders/:id 200 INFO 9']);
  assert.deepEqual(shown('Server errors of a route', ...row), ['/orders/:id 503 ERROR 17']);
  assert.deepEqual(shown('Requests and p95 by route', 'http.route', 'requests'), [
    '/items/:name 1',
    '/orders/:id 2',
  ]);
  assert.deepEqual(shown('By level', 'severity_text', 'requests'), ['ERROR 1', 'INFO 1', 'WARN 1']);

  // What else takes its time on a busy machine is slow too; compared as text, 0.9e-3 would be.
  const slow = shown('Slower than 0.2 s', 'http.server.request.duration').map(Number);
  assert.ok(slow.length > 0 && slow.every((seconds) => seconds > SLOW_SECONDS), String(slow));
  const [, p95] = shown('Requests and p95 by route', 'p95').map(Number).sort();
  assert.ok(p95 !== undefined && p95 >= SLOW_SECONDS, String(p95));
  assert.equal(found.size, 5);
}

function headersOf(commands: readonly string[]): string {
  const [, headers] = /OTEL_EXPORTER_OTLP_HEADERS=(\S+)/.exec(commands.join('\n')) ?? [];
  assert.ok(headers, 'docs/receivers.md names the headers');
  return headers;
}
