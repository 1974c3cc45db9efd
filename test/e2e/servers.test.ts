// A service whose servers are in other processes, in threads, or there before the access log: whole records, each once.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { requestText } from '../support/raw-client.ts';
import { isExchange, startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

const APP = inRepo('test/e2e/fixtures/servers.mjs');
const PRELOAD = ['--import', 'otel-access-log/register'];
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

const REQUEST = requestText('/?a=1', { headers: { Connection: 'close', traceparent } });
const UPGRADE = requestText('/up', { headers: { Connection: 'Upgrade', Upgrade: 'echo', traceparent } });
const MALFORMED = 'GET /bad HTTP/1.1\r\nno colon\r\n\r\n';

/** Sends, answers the first bytes with `then`, and resolves with all that came when the connection is closed. */
function exchange(to: NetConnectOpts, text: string, then?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = connect(to, () => client.write(text));
    let got = '';
    client.setEncoding('latin1').on('data', (chunk) => {
      if (got === '' && then !== undefined) client.write(then);
      got += chunk;
    });
    client.on('error', reject).on('close', () => resolve(got));
  });
}

const PEER = {
  'client.address': '127.0.0.1',
  'network.peer.address': '127.0.0.1',
  'access_log.client_address.source': 'socket',
};

/** What differs from run to run, and what the sizes of the heads decide. */
const VARYING = [
  'http.server.request.duration',
  'access_log.time_to_headers',
  'network.peer.port',
  'http.response.size',
  'http.request.size',
  'server.port',
];

function expected(peer: object): object[] {
  const common = {
    ...peer,
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
  };
  return [
    {
      severity: 'INFO',
      traceId: TRACE,
      'url.path': '/',
      'url.query': 'a=1',
      'http.response.status_code': 200,
      'http.request.body.size': 0,
      'http.response.body.size': 5,
      'access_log.outcome': 'completed',
      'server.address': 'test.example',
      ...common,
    },
    {
      severity: 'INFO',
      traceId: TRACE,
      'url.path': '/up',
      'http.response.status_code': 101,
      'http.request.body.size': 4,
      'http.response.body.size': 4,
      'access_log.outcome': 'upgraded',
      'server.address': 'test.example',
      ...common,
    },
    {
      severity: 'WARN',
      traceId: 'own',
      'url.path': '/bad',
      'http.response.status_code': 400,
      'http.response.body.size': 0,
      'access_log.outcome': 'rejected',
      'error.type': 'HPE_INVALID_HEADER_TOKEN',
      // Without a Host it is the address of the socket, where that has one.
      ...('client.address' in peer && { 'server.address': '127.0.0.1' }),
      ...common,
    },
  ];
}

async function assertRecords(
  t: TestContext,
  shape: string,
  { preload = PRELOAD, socket, processes = 1 }: { preload?: string[]; socket?: string; processes?: number },
): Promise<void> {
  const receiver = await startTestReceiver(t);
  const app = spawnNode(t, {
    args: [...preload, APP],
    env: {
      APP_SHAPE: shape,
      APP_SOCKET: socket,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
    },
  });
  const [, listed = ''] = await app.waitFor(/^ports(.*)$/m, 30_000);
  const ports = listed.trim().split(' ').filter(Boolean);
  const servers = socket === undefined ? ports.map((port) => ({ port: Number(port) })) : [{ path: socket }];
  // Workers of a cluster take turns at their port.
  for (const to of servers) {
    for (const [text, then] of [[REQUEST], [UPGRADE, 'ping'], [MALFORMED]] as const) {
      const got = await exchange({ ...to, host: '127.0.0.1' } as NetConnectOpts, text, then);
      assert.match(got, /^HTTP\/1\.1 (?:200|101|400) /);
    }
  }
  await app.stop();
  await receiver.waitForRecords(
    (records) =>
      records.filter(({ attributes }) => attributes['access_log.final'] === true).length === processes,
  );
  const records = receiver.records.filter(isExchange);
  const bare = records.map(({ attributes, severityText, traceId }) => {
    const kept = Object.entries(attributes).filter(([name]) => !VARYING.includes(name));
    return {
      severity: severityText,
      traceId: traceId === TRACE ? TRACE : 'own',
      ...Object.fromEntries(kept),
    };
  });
  const byPath = (one: object): string => String(Reflect.get(one, 'url.path'));
  const inOrder = (list: readonly object[]): object[] =>
    list.toSorted((a, b) => byPath(a).localeCompare(byPath(b)));
  const all = servers.flatMap(() => expected(socket === undefined ? PEER : {}));
  assert.deepEqual(inOrder(bare), inOrder(all), app.stderr);
  const served = receiver.records
    .filter(({ attributes }) => attributes['access_log.final'] === true)
    .map(({ attributes }) => Number(attributes['access_log.total.served']));
  assert.equal(
    served.reduce((sum, count) => sum + count, 0),
    all.length,
  );
  assert.doesNotMatch(app.stderr, /otel-access-log/);
}

describe('whole records, each once', { concurrency: 2 }, () => {
  test('two servers in one process', (t) => assertRecords(t, 'several', {}));

  test('workers of a cluster', (t) => assertRecords(t, 'cluster', { processes: 2 }));

  test('servers in worker threads', (t) => assertRecords(t, 'threads', { processes: 2 }));

  test('servers that listened before the application imported the access log', (t) =>
    assertRecords(t, 'late', { preload: [] }));

  test('a Unix domain socket: no address of a peer', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
    t.after(() => rmSync(folder, { recursive: true }));
    await assertRecords(t, 'unix', { socket: join(folder, 'app.sock') });
  });
});
