// Real processes under the preload, and an embedded OTLP receiver in place of a Collector.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { isExchange, startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp, spawnNode } from '../support/spawn-app.ts';

const APP = inRepo('test/e2e/fixtures/app.mjs');
/** Which delivery the services have: `register-sdk.test.ts` runs the same tests with the other one. */
const PIPELINE = process.env.TEST_PIPELINE ?? 'stream';
const PRELOAD = ['--import', 'otel-access-log/register'];
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

interface Service {
  readonly app: App & { readonly port: number };
  readonly url: string;
  readonly receiver: TestReceiver;
}

async function start(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [...PRELOAD, APP],
): Promise<Service> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_PIPELINE: PIPELINE,
      ...env,
    },
  });
  return { app, url: `http://127.0.0.1:${app.port}`, receiver };
}

async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close', ...headers } })).text();
}

const eventNames = (records: readonly ReceivedRecord[]): (string | undefined)[] =>
  records.map(({ eventName }) => eventName);

test('exchanges that are recorded together have the times of their ends, suppressed ones between them or not', async (t) => {
  const { app, url, receiver } = await start(t, {
    ACCESS_LOG_RATE: '0',
    ACCESS_LOG_BURST: '1',
    ACCESS_LOG_ERROR_RATE: '1',
    ACCESS_LOG_ERROR_BURST: '1',
    ACCESS_LOG_SHARE: '1',
    OTEL_BLRP_SCHEDULE_DELAY: '1000',
  });
  // The second is suppressed, and counted with a timestamp; the third, an error, has a token of the reserve.
  for (const path of ['/orders/1', '/orders/2', '/error']) await get(url + path);
  const answeredMs = Date.now();
  const [, record] = await receiver.waitForExchanges(2);
  assert.equal(record?.attributes['http.response.status_code'], 500);
  const recordMs = Number(BigInt(record?.timeUnixNano ?? 0) / 1_000_000n);
  // Recorded 100 ms after the end of the first; the clocks of the two processes are the same but for milliseconds.
  assert.ok(recordMs <= answeredMs + 20, `${recordMs - answeredMs} ms after the answer`);
  await app.stop();
});

describe('variables that are set after the preload', () => {
  const startLate = (
    t: TestContext,
    env: Readonly<Record<string, string>>,
    late: Readonly<Record<string, string>>,
  ): Promise<Service> => {
    const fixture = inRepo('test/e2e/fixtures/late-environment.mjs');
    return start(t, { ...env, LATE: JSON.stringify(late) }, [...PRELOAD, '--import', fixture, APP]);
  };

  test('count: where records go, and what is in them', async (t) => {
    const elsewhere = await startTestReceiver(t);
    const { app, url, receiver } = await startLate(
      t,
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: elsewhere.grpcEndpoint,
        ACCESS_LOG_CLIENT_IP: 'none',
        ACCESS_LOG_IGNORE: '/live',
        ACCESS_LOG_REQUEST_HEADERS: 'x-late',
      },
    );
    for (const path of ['/live', '/orders/1']) await get(url + path, { 'x-late': path });
    await app.stop();
    assert.equal(app.stderr, '');
    assert.deepEqual(receiver.records, []);
    const [record, heartbeat] = elsewhere.records;
    assert.equal(record?.attributes['url.path'], '/orders/1');
    assert.deepEqual(record?.attributes['http.request.header.x-late'], ['/orders/1']);
    assert.equal(record?.attributes['client.address'], undefined);
    assert.equal(record?.attributes['network.peer.address'], undefined);
    assert.equal(heartbeat?.attributes['access_log.total.served'], 2);
    assert.equal(elsewhere.records.length, 2);
  });

  for (const [name, early, late] of [
    ['switch it off', 'true', 'false'],
    ['switch it on', 'false', 'true'],
  ] as const) {
    test(name, async (t) => {
      const { app, url, receiver } = await startLate(
        t,
        { ACCESS_LOG_ENABLED: early },
        { ACCESS_LOG_ENABLED: late },
      );
      for (const path of ['/a', '/b']) await get(url + path);
      await app.stop();
      assert.equal(app.stderr, '');
      assert.equal(receiver.records.filter(isExchange).length, late === 'true' ? 2 : 0);
    });
  }

  test('with a mistake end it, in one message: nothing is written with other options than were meant', async (t) => {
    const { app, url, receiver } = await startLate(t, {}, { ACCESS_LOG_CLIENT_IP: 'nobody' });
    for (const path of ['/a', '/b']) assert.equal(await get(url + path), 'hello');
    await app.stop();
    assert.match(app.stderr, /^otel-access-log: no access log: ACCESS_LOG_CLIENT_IP: expected one of .*\n$/);
    assert.deepEqual(receiver.records, []);
  });
});

describe('preloading', () => {
  const lanes: readonly { name: string; args: readonly string[]; env?: Readonly<Record<string, string>> }[] =
    [
      { name: '--import, ES module', args: [...PRELOAD, APP] },
      { name: '--import, CommonJS', args: [...PRELOAD, inRepo('test/e2e/fixtures/app.cjs')] },
      { name: '--require, ES module', args: ['--require', 'otel-access-log/register', APP] },
      {
        name: '--require, CommonJS',
        args: ['--require', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.cjs')],
      },
      { name: 'NODE_OPTIONS', args: [APP], env: { NODE_OPTIONS: '--import otel-access-log/register' } },
    ];
  for (const { name, args, env } of lanes) {
    test(name, async (t) => {
      const { app, url, receiver } = await start(t, env, args);
      await get(`${url}/orders/42?token=secret&page=2`, { traceparent: TRACEPARENT, 'user-agent': 'test/1' });
      const [record] = await receiver.waitForExchanges(1);
      assert.ok(record !== undefined);
      const { attributes } = record;
      const duration = attributes['http.server.request.duration'];
      const toHeaders = attributes['access_log.time_to_headers'];
      assert.ok(typeof duration === 'number' && typeof toHeaders === 'number' && toHeaders <= duration);
      assert.ok(Number(attributes['http.request.size']) > 100);
      assert.match(record.spanId ?? '', /^[0-9a-f]{16}$/);
      assert.match(String(record.body), /^GET \/orders\/42 200 5B \d+(\.\d+)?ms$/);
      assert.deepEqual(
        {
          ...record,
          body: undefined,
          spanId: undefined,
          timeUnixNano: undefined,
          observedTimeUnixNano: undefined,
        },
        {
          timeUnixNano: undefined,
          observedTimeUnixNano: undefined,
          severityNumber: 9,
          severityText: 'INFO',
          body: undefined,
          eventName: 'access_log.request',
          traceId: TRACEPARENT.slice(3, 35),
          spanId: undefined,
          flags: 1,
          attributes: {
            'http.request.method': 'GET',
            'url.path': '/orders/42',
            'url.query': 'token=REDACTED&page=2',
            'url.scheme': 'http',
            'http.response.status_code': 200,
            'client.address': '127.0.0.1',
            'access_log.client_address.source': 'socket',
            'network.peer.address': '127.0.0.1',
            'network.peer.port': attributes['network.peer.port'],
            'network.protocol.version': '1.1',
            'server.address': '127.0.0.1',
            'server.port': app.port,
            'user_agent.original': 'test/1',
            'http.request.body.size': 0,
            'http.request.size': attributes['http.request.size'],
            'http.response.body.size': 5,
            'http.response.size': attributes['http.response.size'],
            'http.server.request.duration': duration,
            'access_log.time_to_headers': toHeaders,
            'access_log.outcome': 'completed',
          },
          resource: { 'service.name': 'shop' },
          scope: { name: 'otel-access-log', version: '0.1.0' },
        },
      );
      assert.equal(app.stderr, '');
    });
  }

  test('a second copy in the process says so once and does nothing', async (t) => {
    const { app, url, receiver } = await start(t, {}, [
      ...PRELOAD,
      '--import',
      `${inRepo('dist/register.js')}?second`,
      APP,
    ]);
    await get(url);
    await get(`${url}/2`);
    await app.stop();
    assert.equal(eventNames(receiver.records).filter((name) => name === 'access_log.request').length, 2);
    assert.equal(
      app.stderr,
      'otel-access-log: otel-access-log/register 0.1.0 observes this process already; this copy does nothing\n',
    );
  });

  test('http/protobuf by the standard variable, and by the port', async (t) => {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      args: [...PRELOAD, APP],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      },
    });
    await get(`http://127.0.0.1:${app.port}/`);
    await app.stop();
    assert.deepEqual(eventNames(receiver.records), ['access_log.request', 'access_log.heartbeat']);
    assert.equal(receiver.records[0]?.resource['service.name'], 'unknown_service:node');
  });
});

describe('configuration', () => {
  test('a mistake is told once, and the service starts and serves', async (t) => {
    const { app, url, receiver } = await start(t, { ACCESS_LOG_RATE: 'fast', ACCESS_LOG_BURST: 'all' });
    assert.equal(await get(url), 'hello');
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.match(
      app.stderr,
      /^otel-access-log: no access log: .*ACCESS_LOG_RATE: expected a number ≥ 0, got "fast"/,
    );
    assert.match(app.stderr, /ACCESS_LOG_BURST: expected a whole number ≥ 1, got "all"/);
    assert.equal(app.stderr.trimEnd().split('\n').length, 1);
    assert.deepEqual(receiver.records, []);
  });

  test('a variable of somebody else does not take the log away', async (t) => {
    const { app, url, receiver } = await start(t, {
      // What Kubernetes sets in every pod beside a Service named `access-log`.
      ACCESS_LOG_PORT: 'tcp://10.96.7.7:4317',
      ACCESS_LOG_SERVICE_HOST: '10.96.7.7',
      ACCESS_LOG_LEVLE: 'info',
    });
    assert.equal(await get(url), 'hello');
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    const names = ['ACCESS_LOG_LEVLE', 'ACCESS_LOG_PORT', 'ACCESS_LOG_SERVICE_HOST'];
    const lines = app.stderr.trimEnd().split('\n').sort();
    assert.deepEqual(
      lines.map((line) => /^otel-access-log: (\w+): no such option\b.*; ignored$/.exec(line)?.[1]),
      names,
    );
    assert.match(lines[0] ?? '', /did you mean ACCESS_LOG_LEVEL\?/);
    assert.deepEqual(eventNames(receiver.records), ['access_log.request', 'access_log.heartbeat']);
  });

  for (const env of [
    { ACCESS_LOG_ENABLED: 'false' },
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_LOGS_EXPORTER: 'none' },
  ]) {
    test(`${Object.entries(env).join(' ')}: no access log`, async (t) => {
      const { app, url, receiver } = await start(t, env);
      await get(url);
      assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
      assert.equal(app.stderr, '');
      assert.deepEqual(receiver.records, []);
    });
  }

  test('lines on standard output beside OTLP', async (t) => {
    const { app, url, receiver } = await start(t, { ACCESS_LOG_STDOUT: 'json' });
    await get(`${url}/x?a=1`, { traceparent: TRACEPARENT });
    await receiver.waitForExchanges(1);
    const [line = ''] = await app.waitFor(/^\{.*\}$/m);
    const { time, duration_ms, span_id, ...rest } = JSON.parse(line);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.ok(duration_ms > 0 && span_id.length === 16);
    assert.deepEqual(rest, {
      level: 'info',
      method: 'GET',
      path: '/x',
      query: 'a=1',
      status_code: 200,
      outcome: 'completed',
      bytes: 5,
      ip: '127.0.0.1',
      user_agent: 'node',
      trace_id: TRACEPARENT.slice(3, 35),
      service: 'shop',
    });
  });

  test('an unreachable endpoint: the service is unaffected, one line says what is wrong', async (t) => {
    const { app, url } = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    for (let index = 0; index < 20; index += 1) assert.equal(await get(`${url}/${index}`), 'hello');
    await app.waitFor(/cannot deliver/);
    await app.stop();
    assert.match(
      app.stderr,
      /^otel-access-log: cannot deliver to http:\/\/127\.0\.0\.1:1 \(grpc\)( now, and tries again)?: .*ECONNREFUSED/,
    );
    const lost = [...app.stderr.matchAll(/(\d+) records? lost/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    assert.equal(lost, 20);
    assert.ok(app.stderr.trimEnd().split('\n').length <= 2, app.stderr);
  });
});

describe('the end of the process', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) {
    test(`${signal}: everything is delivered, and the signal ends the process`, async (t) => {
      const { app, url, receiver } = await start(t, { OTEL_BLRP_SCHEDULE_DELAY: '60000' });
      for (let index = 0; index < 5; index += 1) await get(`${url}/${index}`);
      assert.deepEqual(await app.stop(signal), { code: null, signal });
      assert.deepEqual(eventNames(receiver.records), [
        ...Array(5).fill('access_log.request'),
        'access_log.heartbeat',
      ]);
      const heartbeat = receiver.records.at(-1)?.attributes;
      assert.deepEqual(heartbeat, {
        'access_log.event': 'heartbeat',
        'access_log.total.served': 5,
        'access_log.total.ignored': 0,
        'access_log.total.suppressed': 0,
        'access_log.total.kept': 5,
        'access_log.total.delivered': 0,
        'access_log.total.lost': 0,
        'access_log.total.pending': 5,
        'access_log.mode': 'normal',
        'access_log.process_id': heartbeat?.['access_log.process_id'],
        'access_log.final': true,
      });
      assert.equal(app.stderr, '');
    });
  }

  for (const [how, isLate] of [
    ['on', false],
    ['once', false],
    // Called before us, as Deno calls whoever listened before.
    ['prependOnceListener', true],
  ] as const)
    test(`an application that handles SIGTERM itself (${how}): what ends while it drains is delivered at once`, async (t) => {
      const { app, url, receiver } = await start(t, {
        APP_SIGTERM: 'close',
        APP_LISTENS: how,
        ...(isLate ? { APP_LISTENS_LATE: 'true' } : {}),
        OTEL_BLRP_SCHEDULE_DELAY: '60000',
      });
      const first = isLate ? '/listen' : '/before';
      await get(url + first);
      const slow = get(`${url}/slow?ms=200`);
      const client = await RawClient.connect(t, { port: app.port });
      await client.send(requestText('/ping'));
      await client.responses(1);
      client.destroy();
      app.child.kill('SIGTERM');
      await app.waitFor(/closing/);
      assert.equal(await slow, 'slow');
      await receiver.waitForExchanges(3);
      assert.deepEqual(await app.exited, { code: 0, signal: null });
      assert.deepEqual(
        receiver.records
          .filter(({ eventName }) => eventName === 'access_log.request')
          .map(({ attributes }) => attributes['url.path']),
        [first, '/ping', '/slow'],
      );
      assert.equal(receiver.records.at(-1)?.attributes['access_log.total.served'], 3);
      assert.equal(app.stderr, '');
    });

  for (const how of ['exit', 'exit at once']) {
    test(`an application that calls process.exit() on SIGTERM (${how}): everything is delivered all the same`, async (t) => {
      const { app, url, receiver } = await start(t, { APP_SIGTERM: how, OTEL_BLRP_SCHEDULE_DELAY: '60000' });
      for (let index = 0; index < 20; index += 1) await get(`${url}/${index}`);
      assert.deepEqual(await app.stop(), { code: 0, signal: null });
      const paths = receiver.records.filter(isExchange).map(({ attributes }) => attributes['url.path']);
      // An export that was on its way may arrive a second time; Loki keeps one of identical lines.
      assert.deepEqual(
        [...new Set(paths)].sort(),
        Array.from({ length: 20 }, (_, index) => `/${index}`).sort(),
      );
      const last = receiver.records.at(-1)?.attributes;
      assert.equal(last?.['access_log.total.served'], 20);
      assert.equal(last?.['access_log.final'], true);
      assert.equal(app.stderr, '');
    });
  }

  test('process.exit() in a handler: the exit code is its own, and everything is delivered', async (t) => {
    const { app, url, receiver } = await start(t, { OTEL_BLRP_SCHEDULE_DELAY: '60000' });
    await get(`${url}/1`);
    await get(`${url}/exit`);
    assert.deepEqual(await app.exited, { code: 4, signal: null });
    assert.deepEqual(eventNames(receiver.records), [
      'access_log.request',
      'access_log.request',
      'access_log.heartbeat',
    ]);
    assert.equal(app.stderr, '');
  });

  test('an application that handles SIGTERM and goes on: its heartbeats stay what they were', async (t) => {
    const { app, url, receiver } = await start(t, { APP_SIGTERM: 'go on' });
    await get(`${url}/before`);
    app.child.kill('SIGTERM');
    await app.waitFor(/closing/);
    for (let index = 0; index < 20; index += 1) await get(`${url}/${index}`);
    await receiver.waitForExchanges(21);
    const heartbeats = receiver.records.filter(({ eventName }) => eventName === 'access_log.heartbeat');
    assert.deepEqual(
      heartbeats.map(({ attributes }) => attributes['access_log.final']),
      [undefined],
    );
    assert.equal(app.stderr, '');
  });

  test('a reader of standard output that never reads holds up neither requests nor process.exit()', async (t) => {
    const { app, url, receiver } = await start(t, { ACCESS_LOG_STDOUT: 'line' });
    app.child.stdout?.pause();
    for (let index = 0; index < 50; index += 1) {
      await Promise.all(
        Array.from({ length: 40 }, (_, part) => get(`${url}/${'x'.repeat(200)}/${index}-${part}`)),
      );
    }
    await receiver.waitForExchanges(2_000);
    await get(`${url}/exit`);
    const exit = new Promise((resolve) => app.child.once('exit', (code) => resolve(code)));
    assert.equal(await exit, 4);
    app.child.stdout?.resume();
  });

  for (const version of ['3', '4']) {
    test(`signal-exit ${version} in the process: neither waits for the other`, async (t) => {
      const { app, url, receiver } = await start(t, {
        APP_SIGNAL_EXIT: version,
        OTEL_BLRP_SCHEDULE_DELAY: '60000',
      });
      await get(url);
      assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
      assert.match(app.stdout, /signal-exit ran/);
      assert.deepEqual(eventNames(receiver.records), ['access_log.request', 'access_log.heartbeat']);
    });
  }

  test('a process that comes to its end delivers first, with its own exit code', async (t) => {
    const { app, url, receiver } = await start(t, { OTEL_BLRP_SCHEDULE_DELAY: '60000' });
    await get(`${url}/close`);
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.deepEqual(eventNames(receiver.records), ['access_log.request', 'access_log.heartbeat']);
  });

  test('a receiver that never answers: the process ends at the deadline and says what is missing', async (t) => {
    const { app, url, receiver } = await start(t, { ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '200' });
    receiver.answerWith(() => new Promise(() => undefined));
    await get(`${url}/1`);
    await get(`${url}/2`);
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.equal(
      app.stderr,
      'otel-access-log: the process ended before everything was delivered (2 records lost)\n',
    );
  });

  test('the same where the process comes to its end by itself', async (t) => {
    const { app, url, receiver } = await start(t, {
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '200',
      // The official exporters hold the process for that long.
      ...(PIPELINE === 'sdk' && { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' }),
    });
    receiver.answerWith(() => new Promise(() => undefined));
    await get(`${url}/close`);
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.match(
      app.stderr,
      PIPELINE === 'sdk'
        ? /^otel-access-log: cannot deliver to .*DEADLINE_EXCEEDED.* \(1 record lost\)\n$/
        : /^otel-access-log: cannot deliver to .*no answer in the time that the end of the process has\notel-access-log: the process ended before everything was delivered \(1 record lost\)\n$/,
    );
  });

  test('the same where nobody listens', async (t) => {
    const { app, url } = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    await get(`${url}/close`);
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.match(app.stderr, /ECONNREFUSED.*\b1 record lost/s);
  });

  test('a worker thread that goes on when it has come to its end delivers everything', async (t) => {
    const receiver = await startTestReceiver(t);
    const app = spawnNode(t, {
      args: [...PRELOAD, inRepo('test/e2e/fixtures/before-exit.mjs')],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, ACCESS_LOG_PIPELINE: PIPELINE },
    });
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.equal(app.stderr, '');
    assert.equal(receiver.records.filter(isExchange).length, 5);
  });

  test('a process that serves nothing sends nothing and holds nothing open', async (t) => {
    const receiver = await startTestReceiver(t);
    const app = spawnNode(t, {
      args: [
        ...PRELOAD,
        '--eval',
        'console.log(process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|CloseReq/.test(name)).join())',
      ],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint },
    });
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.deepEqual([app.stdout, app.stderr], ['\n', '']);
    assert.deepEqual(receiver.requests, []);
  });
});

describe('trace context without an SDK', () => {
  interface Ids {
    readonly traceId: string;
    readonly spanId: string;
  }

  test('auto: ids on the record only, in the trace of the caller', async (t) => {
    const { url, receiver } = await start(t);
    assert.deepEqual(JSON.parse(await get(`${url}/ids`, { traceparent: TRACEPARENT })), {
      now: null,
      later: null,
    });
    await get(`${url}/ids`);
    const [first, second] = await receiver.waitForExchanges(2);
    assert.equal(first?.traceId, TRACEPARENT.slice(3, 35));
    assert.notEqual(first?.spanId, TRACEPARENT.slice(36, 52));
    assert.match(second?.traceId ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(second?.traceId, first?.traceId);
  });

  for (const mode of ['context', 'spans']) {
    test(`${mode}: the handlers see the ids of the record`, async (t) => {
      const { app, url, receiver } = await start(t, { ACCESS_LOG_TRACING: mode });
      const bodies = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          get(`${url}/ids`, index % 2 === 0 ? { traceparent: TRACEPARENT } : {}),
        ),
      );
      const client = await RawClient.connect(t, { port: app.port });
      await client.pipeline([requestText('/ids'), requestText('/ids'), requestText('/ids')]);
      for (const { body } of await client.responses(3)) bodies.push(body.toString());
      const records = await receiver.waitForExchanges(15);
      const inHandlers = bodies.map((body) => JSON.parse(body) as { now: Ids; later: Ids });
      for (const { now, later } of inHandlers) assert.deepEqual(later, now);
      const id = ({
        traceId,
        spanId,
      }: {
        traceId?: string | undefined;
        spanId?: string | undefined;
      }): string => `${traceId}-${spanId}`;
      assert.deepEqual(records.map(id).sort(), inHandlers.map(({ now }) => id(now)).sort());
      assert.equal(records.filter(({ traceId }) => traceId === TRACEPARENT.slice(3, 35)).length, 6);
      assert.equal(app.stderr, '');
    });
  }

  test('off: no ids, not even those of the caller', async (t) => {
    const { url, receiver } = await start(t, { ACCESS_LOG_TRACING: 'off' });
    await get(url, { traceparent: TRACEPARENT });
    const [record] = await receiver.waitForExchanges(1);
    assert.deepEqual([record?.traceId, record?.spanId], [undefined, undefined]);
  });

  const major = Number(process.versions.node.split('.')[0]);
  for (const [mode, propagate] of [
    ['context', 'true'],
    ['context', 'false'],
    ['spans', 'true'],
    ['spans', 'false'],
  ] as const) {
    test(`${mode}, propagate ${propagate}: traceparent on outgoing requests`, async (t) => {
      const { url, receiver } = await start(t, { ACCESS_LOG_TRACING: mode, ACCESS_LOG_PROPAGATE: propagate });
      const seen = JSON.parse(await get(`${url}/downstream?to=${url}`, { traceparent: TRACEPARENT }));
      await receiver.waitForExchanges(3);
      const carries = (header: unknown): boolean =>
        typeof header === 'string' && header.startsWith(TRACEPARENT.slice(0, 35));
      assert.deepEqual(
        { byFetch: carries(seen.byFetch), byHttp: carries(seen.byHttp) },
        // With `context`, Node 20 tells of a request of `http.request` only after its head was made.
        { byFetch: propagate === 'true', byHttp: propagate === 'true' && (mode === 'spans' || major >= 22) },
      );
    });
  }
});
