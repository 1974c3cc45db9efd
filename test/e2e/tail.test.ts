// The command as a process: piped, in a pseudo-terminal, under load, and with a real service.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Changes } from '../support/changes.ts';
import { ExportLogsServiceRequest } from '../support/otlp-schema.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, cleanEnv, spawnApp, spawnNode } from '../support/spawn-app.ts';

const COMMAND = inRepo('build/src/cli.js');
const RECEIVING =
  /^receiving: OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:(\d+) \(gRPC\) or (\S+) \(HTTP\)/m;

interface Tail {
  readonly app: App;
  readonly grpc: string;
  readonly http: string;
}

async function startTail(
  t: TestContext,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<Tail> {
  const app = spawnNode(t, { args: [...flags, COMMAND, 'tail', '--port', '0', ...args] });
  const [, port, http = ''] = await app.waitFor(RECEIVING);
  return { app, grpc: `http://127.0.0.1:${port}`, http };
}

/** As many exchanges with these paths, as an exporter sends them. */
function protobuf(paths: readonly string[]): Buffer {
  const pair = (key: string, value: object) => ({ key, value });
  const logRecords = paths.map((path, index) => ({
    timeUnixNano: String(1_795_442_587_123_456_789n + BigInt(index)),
    traceId: Buffer.from('4bf92f3577b34da6a3ce929d0e0e4736', 'hex'),
    attributes: [
      pair('access_log.outcome', { stringValue: 'completed' }),
      pair('http.request.method', { stringValue: 'GET' }),
      pair('url.path', { stringValue: path }),
      pair('http.response.status_code', { intValue: index % 4 === 3 ? 500 : 200 }),
      pair('http.server.request.duration', { doubleValue: 0.0124 }),
    ],
  }));
  const resource = { attributes: [pair('service.name', { stringValue: 'shop' })] };
  const request = { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
  return Buffer.from(ExportLogsServiceRequest.encode(ExportLogsServiceRequest.fromObject(request)).finish());
}

async function post(origin: string, body: Buffer, headers: Record<string, string> = {}): Promise<number> {
  const type = { 'content-type': 'application/x-protobuf' };
  const response = await fetch(`${origin}/v1/logs`, {
    method: 'POST',
    body,
    headers: { ...type, ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

function run(args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    env: cleanEnv(),
  });
  return { code: status, stdout, stderr };
}

describe('the command', () => {
  const usage = /^usage: otel-access-log <tail \| doctor \| mask>/m;
  const rows: readonly (readonly [args: string, code: number, stdout: RegExp, stderr: RegExp])[] = [
    ['--help', 0, usage, /^$/],
    ['--version', 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    ['', 2, /^$/, usage],
    ['toString', 2, /^$/, /no such command: "toString"\nusage: /],
    ['tail --help', 0, /^usage: otel-access-log tail .*\nExamples:\n.*\nKeys, in a terminal:\n/s, /^$/],
    [
      'tail --status 6xx',
      2,
      /^$/,
      /^otel-access-log tail: --status: expected .*\nusage: otel-access-log tail .*\n$/,
    ],
    ['tail --nonsense', 2, /^$/, /^otel-access-log tail: .*--nonsense.*\nusage: otel-access-log tail .*\n$/],
    [
      'tail --host 192.0.2.1',
      1,
      /^$/,
      /^otel-access-log tail: --host: expected an address of this machine, got/,
    ],
  ];
  for (const [args, code, stdout, stderr] of rows) {
    test(`otel-access-log ${args}`, () => {
      const ended = run(args.split(' ').filter(Boolean));
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stdout, stdout);
      assert.match(ended.stderr, stderr);
    });
  }

  for (const option of ['--grpc-port', '--http-port']) {
    test(`${option} in use`, async (t) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => server.close());
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      const { port } = address;
      const { code, stderr } = run(['tail', '--port', '0', option, String(port)]);
      assert.equal(
        stderr,
        `otel-access-log tail: port ${port} on 127.0.0.1 is in use. Which process: \`lsof -i :${port}\` or ` +
          '`ss -ltnp`; other ports: --port 14317 (HTTP takes the next one)\n',
      );
      assert.equal(code, 1);
    });
  }
});

describe('tail into a pipe', () => {
  test('one plain line per record, and the totals at the end', async (t) => {
    const { app, http } = await startTail(t, ['--status', '5xx']);
    assert.equal(await post(http, protobuf(['/1', '/2', '/3', '/4\u001b[2J\n'])), 200);
    await app.waitFor(/\/4/);
    assert.deepEqual(await app.stop(), { code: 0, signal: null });
    assert.equal(
      app.stdout,
      '14:03:07.123Z  500   12.4ms            4bf92f35  -          GET   -             /4\\x1b[2J\\x0a\n',
    );
    assert.match(app.stderr, /\nrequests 4, errors 1 \(25\.0%\), suppressed 0, lost 0\n$/);
  });

  test('garbage is answered, counted, and ends nothing', async (t) => {
    const { app, http, grpc } = await startTail(t, []);
    assert.equal(await post(http, Buffer.from('garbage')), 400);
    assert.equal(await post(http, Buffer.from('garbage'), { 'content-encoding': 'gzip' }), 400);
    assert.equal(await post(http, Buffer.from('garbage'), { 'content-type': 'text/plain' }), 415);
    for (const origin of [http, grpc]) {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => undefined);
      socket.end('\u0000garbage\r\n\r\n').resume();
      await once(socket, 'close');
    }
    const spans = await fetch(`${http}/v1/traces`, { method: 'POST' });
    assert.equal(spans.status, 404);
    assert.equal(await post(http, gzipSync(protobuf(['/after'])), { 'content-encoding': 'gzip' }), 200);
    await app.waitFor(/\/after/);
    await app.stop();
    assert.match(app.stderr, /\nrequests 1, errors 0 \(0\.0%\), suppressed 0, lost 0, unreadable 4\n$/);
  });

  test('a reader that has gone ends it quietly', async (t) => {
    const { app, http } = await startTail(t, ['--json']);
    app.child.stdout?.destroy();
    await post(http, protobuf(['/1']));
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.match(app.stderr, /^receiving: [^\n]*\n$/);
  });

  test('100,000 records within a heap that could not hold them, none left out', async (t) => {
    const { app, http } = await startTail(t, ['--json'], ['--max-old-space-size=48']);
    let lines = 0;
    const arrivals = new Changes();
    app.child.stdout?.removeAllListeners('data').on('data', (text: string) => {
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
      arrivals.notify();
    });
    const batch = protobuf(Array.from({ length: 1000 }, (_, index) => `/orders/${index}/${'x'.repeat(500)}`));
    for (let i = 0; i < 25; i++) {
      const statuses = await Promise.all(Array.from({ length: 4 }, () => post(http, batch)));
      assert.deepEqual(statuses, [200, 200, 200, 200]);
    }
    await arrivals.until(
      () => lines === 100_000 || undefined,
      30_000,
      () => `100000 lines expected, got ${lines}`,
    );
    assert.deepEqual(await app.stop(), { code: 0, signal: null });
  });
});

describe('tail of a file', () => {
  const file = inRepo('test/e2e/fixtures/records.jsonl');

  test('lines of all three forms, and the totals at the end', () => {
    const { code, stdout, stderr } = run(['tail', '--from', file]);
    assert.equal(
      stdout,
      [
        '14:03:07.123Z  200   12.4ms            4bf92f35  -          GET   -             /tail/json',
        '14:03:08.123Z  404    1.2ms            4bf92f35  203.0.113.7  GET   -             /stdout/json?page=2',
        '14:03:09.123Z  200    5.0ms            -         -            collector  POST  -             /collector',
        '',
      ].join('\n'),
    );
    assert.equal(stderr, 'requests 3, errors 0 (0.0%), suppressed 0, lost 0, unreadable 1\n');
    assert.equal(code, 0);
  });

  test('its own lines of JSON again, chosen by filters', () => {
    const first = run(['tail', '--from', file, '--json', '--status', '404']);
    const { status, stdout } = spawnSync(process.execPath, [COMMAND, 'tail', '--from', '-', '--json'], {
      encoding: 'utf8',
      input: first.stdout,
      env: cleanEnv(),
    });
    assert.equal(stdout, first.stdout);
    assert.equal(JSON.parse(stdout).attributes['url.path'], '/stdout/json');
    assert.equal(status, 0);
  });

  test('one that is not there', () => {
    const { code, stderr } = run(['tail', '--from', '/nowhere/access.jsonl']);
    assert.equal(code, 1);
    assert.match(stderr, /^otel-access-log tail: --from: ENOENT: [^\n]*'\/nowhere\/access\.jsonl'\n$/);
  });
});

describe('tail with a real service', () => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    test(`its end is no error of the application: ${protocol}`, async (t) => {
      const tail = await startTail(t, []);
      const service = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? tail.grpc : tail.http,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_BLRP_SCHEDULE_DELAY: '50',
          ACCESS_LOG_IGNORE: '/ignored',
        },
      });
      const get = async (path: string): Promise<string> =>
        (await fetch(`http://127.0.0.1:${service.port}${path}`)).text();
      await get('/orders/42');
      await tail.app.waitFor(/\/orders\/42/);
      assert.deepEqual(await tail.app.stop('SIGINT'), { code: 0, signal: null });
      // The application has seen the end of the connection when it answers this.
      await get('/ignored');
      await get('/ignored');
      assert.equal(service.stderr, '');
    });
  }

  test('the record of a request, by gRPC and as JSON', async (t) => {
    const tail = await startTail(t, ['--json', '--route', '/orders/*', '--service', 'shop']);
    const service = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: tail.grpc,
        OTEL_SERVICE_NAME: 'shop',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
      },
    });
    for (const path of ['/other', '/orders/42']) {
      await (
        await fetch(`http://127.0.0.1:${service.port}${path}`, { headers: { connection: 'close' } })
      ).text();
    }
    await tail.app.waitFor(/^\{.*\n/m);
    await tail.app.stop();
    const { service: name, attributes } = JSON.parse(tail.app.stdout);
    assert.equal(name, 'shop');
    assert.equal(attributes['url.path'], '/orders/42');
    assert.match(tail.app.stderr, /\nrequests 2, errors 0/);
  });
});
