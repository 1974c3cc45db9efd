// Ids of records beside an SDK that has no instrumentation of http, as they leave the process.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { VERSION } from '../../src/version.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS = {
  connection: 'close',
  'user-agent': 'test/1',
  traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
};

interface Served {
  readonly answer: string;
  readonly record: ReceivedRecord;
  /** The line on standard output. */
  readonly line: Readonly<Record<string, unknown>>;
}

/** What comes of one request. */
async function serve(t: TestContext, path: string, env: Readonly<Record<string, string>>): Promise<Served> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/own-server-spans.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_BODY: 'json',
      ACCESS_LOG_STDOUT: 'json',
      ...env,
    },
  });
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, { headers: HEADERS });
  const answer = await response.text();
  const [record] = await receiver.waitForExchanges(1);
  assert.ok(record !== undefined);
  const [line] = await app.waitFor(/^\{.*\}$/m);
  await app.stop();
  assert.equal(app.stderr, '');
  return { answer, record, line: JSON.parse(line) };
}

/** What a whole record says, without what differs from run to run. */
function steady({ attributes, ...record }: ReceivedRecord): object {
  const { 'network.peer.port': _port, 'server.port': _server, ...rest } = attributes;
  const {
    'http.server.request.duration': _duration,
    'access_log.time_to_headers': _head,
    // It differs with the number of digits of the port.
    'http.request.size': _requestSize,
    ...told
  } = rest;
  const { body: _body, timeUnixNano: _time, observedTimeUnixNano: _observed, ...others } = record;
  return { ...others, attributes: told };
}

const expected = (path: string, bodySize: number, size: number): object => ({
  severityNumber: 9,
  severityText: 'INFO',
  eventName: 'access_log.request',
  traceId: TRACE,
  spanId: undefined,
  flags: 1,
  attributes: {
    'http.request.method': 'GET',
    'url.path': path,
    'url.scheme': 'http',
    'http.response.status_code': 200,
    'http.request.body.size': 0,
    'http.response.body.size': bodySize,
    'http.response.size': size,
    'access_log.outcome': 'completed',
    'client.address': '127.0.0.1',
    'access_log.client_address.source': 'socket',
    'network.peer.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'server.address': '127.0.0.1',
    'user_agent.original': 'test/1',
  },
  resource: { 'service.name': 'shop' },
  scope: { name: 'otel-access-log', version: VERSION },
});

for (const pipeline of ['stream', 'sdk']) {
  describe(`beside an SDK, pipeline ${pipeline}`, () => {
    const env = { ACCESS_LOG_PIPELINE: pipeline };

    test('a server span that begins inside the handler, in every outlet', async (t) => {
      const { answer, record, line } = await serve(t, '/orders', env);
      assert.match(answer, /^[\da-f]{16}$/);
      assert.deepEqual(steady(record), { ...expected('/orders', 16, 111), spanId: answer });
      for (const json of [line, JSON.parse(String(record.body))]) {
        assert.deepEqual([json.trace_id, json.span_id], [TRACE, answer]);
      }
    });

    test('no span: the trace of the caller and no span id, in every outlet', async (t) => {
      const { record, line } = await serve(t, '/bare', env);
      assert.deepEqual(steady(record), expected('/bare', 4, 98));
      for (const json of [line, JSON.parse(String(record.body))]) {
        assert.equal(json.trace_id, TRACE);
        assert.ok(!('span_id' in json), JSON.stringify(json));
      }
    });
  });
}
