// What a client can claim by text, seen in the records of a real service under the preload: that a request was another
// one, that it came from elsewhere, that it asked for something else, that its line says something else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp, spawnNode } from '../support/spawn-app.ts';

type Service = App & { readonly port: number; readonly receiver: TestReceiver };

async function startService(t: TestContext, env: NodeJS.ProcessEnv): Promise<Service> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, OTEL_BLRP_SCHEDULE_DELAY: '50', ...env },
  });
  return Object.assign(app, { receiver });
}

/** Sends each target as it is, which no HTTP client would, and waits for its answer. */
async function ask(t: TestContext, port: number, targets: readonly string[], head = ''): Promise<void> {
  for (const target of targets) {
    const client = await RawClient.connect(t, { port });
    await client.send(
      Buffer.from(`GET ${target} HTTP/1.1\r\nHost: shop.example:81\r\n${head}\r\n`, 'latin1'),
    );
    await client.responses(1);
    client.destroy();
  }
}

function targetOf({ attributes }: ReceivedRecord): string {
  const query = attributes['url.query'];
  return String(attributes['url.path']) + (query === undefined ? '' : `?${query}`);
}

test('a request does not hide behind the path of another one', async (t) => {
  const { port, receiver } = await startService(t, {
    ACCESS_LOG_IGNORE: 'GET /static/**,/healthz',
    ACCESS_LOG_NOISE: '/assets/**',
  });
  const long = `/static/${'x'.repeat(2100)}/../../admin/2`;
  const hiding = [
    ...['/static/../admin/2', '/static/%2e%2e/admin/2', '/static/.%2E/admin/2', '/static/..\\admin\\2'],
    ...['/static/..%2fadmin/2', '/static/..%5cadmin', '/static/%252e%252e/admin', '/static/a/../../admin'],
    ...['/static/x#/../../admin', '/static/..;/admin', '/healthz/../admin', '/assets/../admin/2', long],
    ...['/assets/%2e%2e/admin', 'http://shop.example/static/../admin/2'],
  ];
  const leftOut = [
    ...['/static/app.css', '/static/a/../b.css', '/static//b.css', '/static/my%20file.png', '/static'],
    ...['/healthz', '/healthz/', '/assets/a.js', 'http://shop.example/static/app.css', '/healthz?a=../../b'],
  ];
  await ask(t, port, [...leftOut, ...hiding, '/last']);
  const records = await receiver.waitForExchanges((all) => all.some((one) => targetOf(one) === '/last'));
  assert.deepEqual(records.map(targetOf), [
    ...hiding.map((target) => {
      const path = target.replace('http://shop.example', '').replace(/#.*/, '');
      return path.slice(0, 2048);
    }),
    '/last',
  ]);
});

test('a sensitive path is one in every spelling', async (t) => {
  const { port, receiver } = await startService(t, { ACCESS_LOG_SENSITIVE_PATHS: '/login,GET /reset/**' });
  const sensitive = [
    ...[
      '/login',
      '/LOGIN',
      '/%6cogin',
      '//login',
      '/x/../login',
      '/x/%2e%2e/login',
      '/x\\..\\login',
      '/login;a=b',
    ],
    ...['/login;/x', '/%256cogin', '/login%2f', '/login/.', '/reset/a', '/reset/../reset/a', '/x/..%2flogin'],
  ];
  await ask(
    t,
    port,
    [...sensitive, '/orders'].map((path) => `${path}?once=1`),
  );
  const records = await receiver.waitForExchanges(sensitive.length + 1);
  assert.deepEqual(records.map(targetOf), [...sensitive, '/orders?once=1']);
});

/** What a client sends through a proxy that appends to `X-Forwarded-For` and sets `X-Forwarded-Proto`. */
const FORGED =
  'Forwarded: for=9.9.9.9;host=evil.example;proto=http\r\nX-Forwarded-Host: evil.example\r\n' +
  'X-Forwarded-Port: 9\r\nX-Real-IP: 9.9.9.9\r\nCF-Connecting-IP: 9.9.9.9\r\n' +
  'X-Forwarded-For: 9.9.9.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n';
const SHOWN = [
  ...['client.address', 'access_log.client_address.source', 'network.peer.address'],
  ...['url.scheme', 'server.address', 'server.port'],
];

function claimsOf({ attributes }: ReceivedRecord): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    SHOWN.filter((name) => Object.hasOwn(attributes, name)).map((name) => [name, attributes[name]]),
  );
}

const believed = {
  'client.address': '198.51.100.7',
  'access_log.client_address.source': 'x-forwarded-for',
  'network.peer.address': '127.0.0.1',
  'url.scheme': 'https',
  'server.address': 'shop.example',
  'server.port': 81,
};

for (const [name, env, claims] of [
  ['a network', { ACCESS_LOG_TRUSTED_PROXIES: 'loopback' }, believed],
  ['one hop', { ACCESS_LOG_TRUSTED_PROXIES: '1' }, believed],
  ['two hops', { ACCESS_LOG_TRUSTED_PROXIES: '2' }, { ...believed, 'client.address': '9.9.9.9' }],
  [
    'nobody',
    {},
    {
      ...believed,
      'client.address': '127.0.0.1',
      'access_log.client_address.source': 'socket',
      'url.scheme': 'http',
    },
  ],
  [
    'a network, and about the origin another header',
    { ACCESS_LOG_TRUSTED_PROXIES: 'loopback', ACCESS_LOG_ORIGIN_HEADERS: 'x-forwarded-host' },
    { ...believed, 'url.scheme': 'http', 'server.address': 'evil.example', 'server.port': 80 },
  ],
] as const) {
  test(`of what a client forges nothing is believed but what it was told to believe: trusting ${name}`, async (t) => {
    const { port, receiver } = await startService(t, env);
    await ask(t, port, ['/'], FORGED);
    const [record] = await receiver.waitForExchanges(1);
    assert.ok(record);
    assert.deepEqual(claimsOf(record), claims);
  });
}

/** Listens on a path, and hands that socket to the service, as systemd does. Waits, so that it takes no connection. */
const LAUNCHER = `
  const [script, path, ...rest] = process.argv.slice(1);
  const server = require('node:net').createServer().listen(path, () => {
    const args = ['--import', 'otel-access-log/register', '-e', script, ...rest];
    const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd];
    require('node:child_process').spawnSync(process.execPath, args, { stdio });
    process.exit();
  });
`;
/** Listens on a path of its own and on the socket that it was handed; ends once each was asked. */
const SERVICE = `
  const { createServer } = require('node:http');
  const listen = (where) => new Promise((resolve) => {
    const server = createServer((request, response) => {
      response.end('hello');
      server.close();
    });
    server.listen(where, resolve);
  });
  Promise.all([listen(process.argv[1]), listen({ fd: 3 })]).then(() => console.log('serving as', process.pid));
`;

test('behind a proxy on a Unix domain socket, that of systemd too, the client comes from the header', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = [join(folder, 'inherited.sock'), join(folder, 'own.sock')];
  const receiver = await startTestReceiver(t);
  const app = spawnNode(t, {
    args: ['-e', LAUNCHER, SERVICE, ...paths],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_TRUSTED_PROXIES: 'unix',
    },
  });
  const [, pid] = await app.waitFor(/^serving as (\d+)$/m, 30_000);
  t.after(() => {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has come to its end, as it should.
    }
  });
  for (const path of paths) {
    const client = connect(path);
    client.end(`GET / HTTP/1.1\r\nHost: shop.example:81\r\nConnection: close\r\n${FORGED}\r\n`);
    await once(client.resume(), 'close');
  }
  const records = await receiver.waitForExchanges(paths.length);
  const { 'network.peer.address': _peer, ...withoutPeer } = believed;
  assert.deepEqual(records.map(claimsOf), [withoutPeer, withoutPeer]);
  await app.exited;
});

/** What a widely copied configuration of the Collector does: the braces of a body, as JSON, over the attributes. */
function parsedOver({ attributes, body }: ReceivedRecord, braces: RegExp): Readonly<Record<string, unknown>> {
  const [json] = braces.exec(String(body)) ?? [];
  if (json === undefined) return attributes;
  try {
    return { ...attributes, ...JSON.parse(json) };
  } catch {
    return attributes;
  }
}

const CLAIM =
  '{"client.address":"1.2.3.4","http.response.status_code":200,"url.path":"/harmless","forged":1}';
const CLAIMING: readonly (readonly [target: string, head: string])[] = [
  [`/boom/${CLAIM}`, ''],
  [`/boom?${CLAIM}`, ''],
  [`/${CLAIM}?${CLAIM}`, `User-Agent: ${CLAIM}\r\nReferer: ${CLAIM}\r\n`],
  [`http://shop.example/${CLAIM}`, ''],
  [`/${encodeURI(CLAIM)}`, ''],
];

for (const format of ['line', 'json', 'combined']) {
  test(`bodies in the format ${format} forge no attributes`, async (t) => {
    const service = await startService(t, {
      ACCESS_LOG_BODY: format,
      ACCESS_LOG_STDOUT: format,
      ACCESS_LOG_REQUEST_HEADERS: 'referer',
    });
    for (const [target, head] of CLAIMING) await ask(t, service.port, [target], head);
    const records = await service.receiver.waitForExchanges(CLAIMING.length);
    await service.stop();
    const lines = service.stdout.split('\n').slice(1, 1 + CLAIMING.length);
    assert.deepEqual(
      records.map(({ body }) => body),
      lines,
    );
    // What was asked for stands in the attributes as it was.
    assert.deepEqual(
      records.map(targetOf),
      CLAIMING.map(([target]) => target.replace('http://shop.example', '')),
    );
    for (const record of records) {
      for (const braces of [/\{.*\}/s, /\{.*?\}/s, /\{[^{}]*\}/s]) {
        const { attributes } = record;
        const seen = parsedOver(record, braces);
        for (const [name, value] of Object.entries(attributes)) assert.deepEqual(seen[name], value, name);
        assert.ok(!Object.hasOwn(seen, 'forged'), String(record.body));
      }
      if (format === 'line') assert.match(String(record.body), /^GET [^\s{}"<>\\^`|]+ 200 5B [\d.]+ms$/);
      if (format === 'json')
        assert.equal(JSON.parse(String(record.body)).path, record.attributes['url.path']);
    }
  });
}
