// Streams of HTTP/2 that are open when the process ends: one record each, of what ended it. Exit code, signal and all
// that Node prints are compared with those of the same end without the access log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { clientOf } from '../http/http2/support/servers.ts';
import { inRepo } from '../support/repo-root.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { spawnApp } from '../support/spawn-app.ts';
import {
  type Attributes,
  type End,
  type Ended,
  ended,
  PRELOAD,
  recordsOf,
} from './support/open-exchanges.ts';

const APP = inRepo('test/e2e/fixtures/open-streams.mjs');
const TRACES: Readonly<Record<string, string>> = {
  '/stream': '1'.repeat(32),
  '/wait': '2'.repeat(32),
  '/upload': '3'.repeat(32),
  '/api': '4'.repeat(32),
};

function open(client: ClientHttp2Session, path: string, method = 'GET'): ClientHttp2Stream {
  const traceparent = `00-${TRACES[path] ?? 'f'.repeat(32)}-b7ad6b7169203331-01`;
  const headers = { ':path': path, ':method': method, traceparent };
  const stream = client.request(headers, { endStream: method === 'GET' });
  return stream.on('error', () => undefined);
}

async function complete(client: ClientHttp2Session, path: string): Promise<void> {
  await once(open(client, path).resume(), 'close');
}

/** Opens four streams in two sessions, beside one that has ended, and ends the process. */
async function run(t: TestContext, { by, env }: End, preload: readonly string[]): Promise<Ended> {
  const app = await spawnApp(t, { args: [...preload, APP], env: env ?? {} });
  const served = { origin: `http://127.0.0.1:${app.port}` };
  const first = await clientOf(t, served);
  await complete(first, '/whole');
  await once(open(first, '/stream'), 'data');
  const second = await clientOf(t, served);
  open(second, '/wait');
  const upload = open(second, '/upload', 'POST');
  upload.write('hello');
  await once(upload, 'continue');
  await once(open(second, '/api'), 'data');
  if (by.startsWith('SIG')) app.child.kill(by as NodeJS.Signals);
  else await complete(first, encodeURI(`/${by}`));
  return ended(app);
}

/** What differs from run to run. */
const VARYING = /duration$|time_to_headers$|\.port$/;

function shown(receiver: ScriptedReceiver): readonly Attributes[] {
  return recordsOf(receiver)
    .filter(({ attributes }) => String(attributes['url.path']) in TRACES)
    .map(({ attributes, severityText, traceId }) => ({
      severity: severityText,
      traceId,
      ...Object.fromEntries(Object.entries(attributes).filter(([name]) => !VARYING.test(name))),
    }));
}

/** Records of the four. */
function cutOff(severity: string, how: Attributes): readonly Attributes[] {
  const common = (path: string): Attributes => ({
    severity,
    traceId: TRACES[path],
    'http.request.method': 'GET',
    ...how,
    'http.request.body.size': 0,
    'network.peer.address': '127.0.0.1',
    'server.address': '127.0.0.1',
    'network.protocol.version': '2',
    'url.scheme': 'http',
    'client.address': '127.0.0.1',
    'access_log.client_address.source': 'socket',
    'url.path': path,
  });
  return [
    { ...common('/stream'), 'http.response.status_code': 200, 'http.response.body.size': 9 },
    common('/wait'),
    { ...common('/upload'), 'http.request.method': 'POST', 'http.request.body.size': 5 },
    { ...common('/api'), 'http.response.status_code': 202, 'http.response.body.size': 8 },
  ];
}

const crashed = (type: string): Attributes => ({ 'access_log.outcome': 'crashed', 'error.type': type });
const crashedBy = (type: string): Attributes => ({ ...crashed(type), 'exception.type': type });
const aborted = (type: string): Attributes => ({ 'access_log.outcome': 'aborted', 'error.type': type });

describe('a process that ends while streams of HTTP/2 are open', { concurrency: 2 }, () => {
  for (const [by, exit, severity, how] of [
    ['throw', 1, 'FATAL', crashedBy('OrderError')],
    ['reject', 1, 'FATAL', crashedBy('RangeError')],
    ['exit 3', 3, 'FATAL', crashed('process_exit')],
    ['exit 0', 0, 'WARN', aborted('process_exit')],
    ['SIGTERM', 'SIGTERM', 'WARN', aborted('SIGTERM')],
    ['SIGINT', 'SIGINT', 'WARN', aborted('SIGINT')],
  ] as const) {
    test(by, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const env = { ...receiver.environment, OTEL_BLRP_SCHEDULE_DELAY: '60000' };
      const [without, withIt] = await Promise.all([run(t, { by }, []), run(t, { by, env }, PRELOAD)]);
      assert.equal(withIt.code ?? withIt.signal, exit);
      assert.deepEqual(withIt, without);
      assert.deepEqual(shown(receiver), cutOff(severity, how));
      const all = recordsOf(receiver).length;
      const { attributes } = receiver.accepted.at(-1) ?? assert.fail('a final heartbeat expected');
      assert.deepEqual(
        [
          attributes['access_log.final'],
          attributes['access_log.total.served'],
          attributes['access_log.total.kept'],
        ],
        [true, all, all],
      );
      assert.equal(all, by.startsWith('SIG') ? 5 : 6);
      assert.doesNotMatch(inspect(receiver.accepted, { depth: null }), /card 4111/);
    });
  }
});
