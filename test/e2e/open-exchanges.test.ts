// Exchanges that are open when the process or its thread ends: one record each, of what ended it. Exit code, signal and
// everything that Node and the application print are compared with those of the same end without the access log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-record.ts';
import { deadline } from '../support/owner.ts';
import { RawClient } from '../support/raw-client.ts';
import { inRepo } from '../support/repo-root.ts';
import { hang, type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';

const PRELOAD = ['--import', 'otel-access-log/register'];
const APP = inRepo('test/e2e/fixtures/open-exchanges.mjs');
const IN_CODE = inRepo('test/e2e/fixtures/in-code.mjs');
const IN_TIME_MS = 15_000;

type Env = Readonly<Record<string, string>>;
type Attributes = ReceivedRecord['attributes'];
type RunningApp = App & { readonly port: number };

/** One way to end. */
interface End {
  /** A signal that is sent to the process, or the path of a request. */
  readonly by: string;
  readonly env?: Env;
  readonly flags?: readonly string[];
}

type Row = readonly [name: string, end: End, exit: number | string, expected: readonly Attributes[]];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TRACES: Readonly<Record<string, string>> = {
  '/stream': '1'.repeat(32),
  '/wait': '2'.repeat(32),
  '/queued': '3'.repeat(32),
};

function requestOf(path: string): string {
  const trace = TRACES[path];
  const headers = trace === undefined ? '' : `traceparent: 00-${trace}-b7ad6b7169203331-01\r\n`;
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`;
}

/** Opens a stream, a request whose handler waits, and behind it one whose response is queued. */
async function openThree(t: TestContext, app: RunningApp): Promise<void> {
  const stream = await RawClient.connect(t, app);
  await stream.send(requestOf('/stream'));
  await stream.receive(100);
  const pipelining = await RawClient.connect(t, app);
  await pipelining.pipeline([requestOf('/wait'), requestOf('/queued')]);
  await app.waitFor(/^all open$/m);
}

async function ask(t: TestContext, app: RunningApp, path: string): Promise<void> {
  const client = await RawClient.connect(t, app);
  await client.send(requestOf(encodeURI(path)));
  await client.responses(1);
}

function start(t: TestContext, { env, flags = [] }: End, preload: readonly string[]): Promise<RunningApp> {
  return spawnApp(t, { args: [...flags, ...preload, APP], env: env ?? {} });
}

async function endBy(t: TestContext, app: RunningApp, { by }: End): Promise<void> {
  if (by.startsWith('SIG')) app.child.kill(by as NodeJS.Signals);
  else await ask(t, app, `/${by}`);
}

async function ended(app: RunningApp): Promise<Ended> {
  const exit = await deadline(app.exited, IN_TIME_MS, () => 'an end expected');
  // The port differs from run to run.
  const stdout = app.stdout.replace(/^listening \d+$/m, 'listening');
  // Node calls several listeners of an event from another line of its code than a single one.
  const stderr = app.stderr.replaceAll(/\(node:events:[\d:]+\)/g, '(node:events)');
  return { ...exit, stdout, stderr };
}

/** The same end without the access log. */
async function endedWithout(t: TestContext, end: End): Promise<Ended> {
  const app = await start(t, end, []);
  await openThree(t, app);
  await endBy(t, app, end);
  return ended(app);
}

async function endedWith(t: TestContext, end: End, receiver: ScriptedReceiver): Promise<Ended> {
  const env = { ...receiver.environment, OTEL_BLRP_SCHEDULE_DELAY: '60000', ...end.env };
  const app = await start(t, { ...end, env }, PRELOAD);
  await openThree(t, app);
  await endBy(t, app, end);
  return ended(app);
}

/** What differs from run to run: that it is there is shown, not its value. */
const VARYING = new Set([
  'http.server.request.duration',
  'access_log.time_to_headers',
  'network.peer.port',
  'server.port',
]);

function shown({ attributes, severityText, traceId }: ReceivedRecord): Attributes {
  const shownOnes = Object.entries(attributes).filter(([name]) => !VARYING.has(name));
  return { severity: severityText, traceId, ...Object.fromEntries(shownOnes) };
}

function recordsOf({ accepted }: ScriptedReceiver): readonly ReceivedRecord[] {
  return accepted.filter(({ eventName }) => eventName === 'access_log.request');
}

/** Records of the three open exchanges. */
function cutOff(severity: string, outcome: string, errorType: string): readonly Attributes[] {
  const common = (path: string): Attributes => ({
    severity,
    traceId: TRACES[path],
    'http.request.method': 'GET',
    'access_log.outcome': outcome,
    'error.type': errorType,
    'http.request.body.size': 0,
    'network.peer.address': '127.0.0.1',
    'server.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'url.scheme': 'http',
    'client.address': '127.0.0.1',
    'access_log.client_address.source': 'socket',
    'url.path': path,
  });
  const streamed = {
    'http.response.status_code': 200,
    'http.response.body.size': 9,
    'http.request.size': requestOf('/stream').length,
  };
  return [{ ...common('/stream'), ...streamed }, common('/wait'), common('/queued')];
}

const crashed = (errorType: string): readonly Attributes[] => cutOff('FATAL', 'crashed', errorType);
const aborted = (errorType: string): readonly Attributes[] => cutOff('WARN', 'aborted', errorType);

/** The records of the three, each once; the last event of the process counts them. */
function assertRecorded(receiver: ScriptedReceiver, expected: readonly Attributes[]): void {
  const records = recordsOf(receiver);
  const three = records.filter(({ attributes }) => String(attributes['url.path']) in TRACES);
  assert.deepEqual(three.map(shown), expected);
  for (const { attributes } of three) assert.ok(Number(attributes['http.server.request.duration']) > 0);
  const { attributes } = receiver.accepted.at(-1) ?? assert.fail('a final heartbeat expected');
  assert.deepEqual(
    [
      attributes['access_log.final'],
      attributes['access_log.total.served'],
      attributes['access_log.total.kept'],
    ],
    [true, records.length, records.length],
  );
  assert.doesNotMatch(inspect(receiver.accepted, { depth: null }), /card 4111/);
}

describe('a process that ends while exchanges are open', { concurrency: 2 }, () => {
  const rows: readonly Row[] = [
    ['an uncaught exception', { by: 'throw' }, 1, crashed('OrderError')],
    ['an uncaught exception that is no Error', { by: 'throw text' }, 1, crashed('_OTHER')],
    ['an unhandled rejection', { by: 'reject' }, 1, crashed('RangeError')],
    [
      'an unhandled rejection without an Error',
      { by: 'reject text' },
      1,
      crashed('UnhandledPromiseRejection'),
    ],
    ...['strict', 'throw'].map(
      (mode) =>
        [
          `--unhandled-rejections=${mode}`,
          { by: 'reject', flags: [`--unhandled-rejections=${mode}`] },
          1,
          crashed('RangeError'),
        ] as const,
    ),
    ['process.exit(0)', { by: 'exit 0' }, 0, aborted('process_exit')],
    ['process.exit(3)', { by: 'exit 3' }, 3, crashed('process_exit')],
    ['nothing more to do', { by: 'idle' }, 0, aborted('process_exit')],
    ['nothing more to do, with an exit code', { by: 'idle with code 2' }, 2, crashed('process_exit')],
    [
      'a handler of uncaught exceptions that ends the process',
      { by: 'throw, and exit in the handler' },
      9,
      crashed('OrderError'),
    ],
    [
      'a handler of uncaught exceptions that ends the process later',
      { by: 'throw, and exit after the handler' },
      9,
      crashed('process_exit'),
    ],
    ['an error in an exit listener of the application', { by: 'throw in exit' }, 0, aborted('process_exit')],
    ...['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'].map(
      (signal) => [signal, { by: signal }, signal, aborted(signal)] as const,
    ),
    [
      'SIGTERM that the application answers with exit(0)',
      { by: 'SIGTERM', env: { APP_SIGTERM: 'exit 0' } },
      0,
      aborted('process_exit'),
    ],
    [
      'SIGTERM that the application answers with exit(1)',
      { by: 'SIGTERM', env: { APP_SIGTERM: 'exit 1' } },
      1,
      crashed('process_exit'),
    ],
    [
      'SIGTERM that the application answers with exit(143)',
      { by: 'SIGTERM', env: { APP_SIGTERM: 'exit 143' } },
      143,
      aborted('SIGTERM'),
    ],
  ];
  for (const [name, end, exit, expected] of rows) {
    test(name, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
      assert.equal(withIt.code ?? withIt.signal, exit);
      assert.deepEqual(withIt, without);
      assertRecorded(receiver, expected);
    });
  }

  test('an end by the official parts', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const end = { by: 'throw', env: { ACCESS_LOG_PIPELINE: 'sdk' } };
    await endedWith(t, end, receiver);
    assertRecorded(receiver, crashed('OrderError'));
  });

  for (const [by, code, severity, outcome, errorType] of [
    ['throw', 1, 'FATAL', 'crashed', 'OrderError'],
    ['exit 0', 0, 'WARN', 'aborted', 'process_exit'],
  ] as const) {
    test(`an end of a process whose SDK is set up in code: ${by}`, async (t) => {
      const app = await start(t, { by }, ['--import', IN_CODE]);
      await openThree(t, app);
      await endBy(t, app, { by });
      assert.equal((await ended(app)).code, code);
      const lines = app.stdout.split('\n').filter((line) => line.startsWith('{'));
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)).filter(({ path }) => path in TRACES),
        Object.keys(TRACES).map((path) => ({ path, severity, outcome, errorType })),
      );
    });
  }

  const upgrade = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n`;
  const read = ({ accepted }: ScriptedReceiver): unknown =>
    accepted
      .filter(({ attributes }) => ['/socket', '/refused'].includes(String(attributes['url.path'])))
      .map(({ severityText, attributes: of }) => [
        severityText,
        of['access_log.outcome'],
        of['error.type'],
        of['http.response.status_code'],
        of['http.response.body.size'],
      ]);

  test('an upgraded connection is cut off too', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const app = await start(t, { by: '', env: receiver.environment }, PRELOAD);
    const client = await RawClient.connect(t, app);
    await client.send(upgrade('/socket'));
    await client.receive(56);
    await ask(t, app, '/throw');
    assert.equal((await ended(app)).code, 1);
    assert.deepEqual(read(receiver), [['FATAL', 'crashed', 'OrderError', 101, 5]]);
  });

  test('an upgrade that was refused before is completed', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const app = await start(t, { by: '', env: receiver.environment }, PRELOAD);
    const client = await RawClient.connect(t, app);
    await client.send(upgrade('/refused'));
    assert.equal((await ended(app)).code, 3);
    assert.deepEqual(read(receiver), [['WARN', 'completed', undefined, 403, 0]]);
  });

  test('a response that was whole is completed', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const app = await start(t, { by: '', env: receiver.environment }, PRELOAD);
    const client = await RawClient.connect(t, app);
    await client.send(requestOf('/whole'));
    const [response] = await client.responses(1);
    assert.equal(response?.body.toString(), 'whole');
    assert.equal((await ended(app)).code, 3);
    const [record, ...others] = recordsOf(receiver);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [record?.attributes['access_log.outcome'], record?.attributes['http.response.body.size']],
      ['completed', 5],
    );
  });
});

describe('a process that does not end', { concurrency: 2 }, () => {
  const rows: readonly End[] = [
    { by: 'throw to a handler' },
    { by: 'throw to a capture callback' },
    { by: 'throw to a domain' },
    { by: 'reject to a handler' },
    { by: 'reject', flags: ['--unhandled-rejections=warn'] },
    { by: 'reject', flags: ['--unhandled-rejections=none'] },
  ];
  for (const end of rows) {
    test([end.by, ...(end.flags ?? [])].join(' '), async (t) => {
      const run = async (env: Env, preload: readonly string[]): Promise<Ended> => {
        const app = await start(t, { ...end, env }, preload);
        await openThree(t, app);
        await ask(t, app, `/${end.by}`);
        if (end.flags?.[0]?.endsWith('none') !== true) await app.waitFor(/handled Error|RangeError/);
        await ask(t, app, '/afterwards');
        app.child.kill('SIGTERM');
        const exit = await ended(app);
        // The number of the process.
        return { ...exit, stderr: exit.stderr.replaceAll(/^\(node:\d+\)/gm, '(node)') };
      };
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const [without, withIt] = await Promise.all([run({}, []), run(receiver.environment, PRELOAD)]);
      assert.deepEqual(withIt, without);
      // Nothing was recorded of the error: the signal has ended them.
      assertRecorded(receiver, aborted('SIGTERM'));
    });
  }

  test('a service that closes in good order: what completes is completed', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const end = { by: 'SIGTERM', env: { APP_SIGTERM: 'close' } };
    const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
    assert.deepEqual(withIt, without);
    assert.deepEqual(
      recordsOf(receiver).map(({ attributes, severityText }) => [
        attributes['url.path'],
        attributes['access_log.outcome'],
        severityText,
      ]),
      ['/stream', '/wait', '/queued'].map((path) => [path, 'completed', 'INFO']),
    );
  });
});

describe('records that cannot be delivered go to standard error', { concurrency: 2 }, () => {
  /** Its lines of JSON, and the rest. */
  function split(stderr: string): { readonly lines: readonly Attributes[]; readonly rest: string } {
    const all = stderr.split('\n');
    const lines = all.filter((line) => line.startsWith('{'));
    return {
      lines: lines.map((line) => JSON.parse(line)),
      rest: all.filter((line) => !line.startsWith('{')).join('\n'),
    };
  }

  for (const [name, end, severity, outcome, errorType] of [
    ['a crash', { by: 'throw' }, 'fatal', 'crashed', 'OrderError'],
    ['a signal', { by: 'SIGTERM' }, 'warn', 'aborted', 'SIGTERM'],
  ] as const) {
    test(`${name}, and no receiver`, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      await receiver.down();
      const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
      const { lines, rest } = split(withIt.stderr);
      assert.deepEqual(
        lines.map(({ level, path, trace_id, status_code, outcome: how, error_type }) => ({
          level,
          path,
          trace_id,
          status_code,
          outcome: how,
          error_type,
        })),
        Object.entries(TRACES).map(([path, trace_id]) => ({
          level: severity,
          path,
          trace_id,
          status_code: path === '/stream' ? 200 : undefined,
          outcome,
          error_type: errorType,
        })),
      );
      const served = end.by === 'throw' ? 4 : 3;
      assert.equal(
        rest,
        `otel-access-log: the process ended before everything was delivered (${served} records lost)\n${without.stderr}`,
      );
      assert.deepEqual({ ...withIt, stderr: '' }, { ...without, stderr: '' });
    });
  }

  test('a thousand of them at most', async (t) => {
    const app = await start(
      t,
      { by: '', env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ACCESS_LOG_ERROR_BURST: '5000' } },
      PRELOAD,
    );
    const client = await RawClient.connect(t, app);
    await client.pipeline(
      ['/wait', ...Array.from({ length: 1_199 }, () => '/other'), '/queued'].map(requestOf),
    );
    await app.waitFor(/^all open$/m);
    await ask(t, app, '/exit 3');
    const { code, stderr } = await ended(app);
    assert.equal(code, 3);
    const { lines, rest } = split(stderr);
    assert.equal(lines.length, 1_000);
    assert.match(rest, /\(1202 records lost\)/);
  });

  test('a reader that reads nothing does not hold the end', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    receiver.always(hang());
    const env = { ...receiver.environment, ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '300', ACCESS_LOG_BURST: '5000' };
    const app = await start(t, { by: '', env }, PRELOAD);
    app.child.stderr?.pause();
    const client = await RawClient.connect(t, app);
    await client.pipeline(
      ['/wait', ...Array.from({ length: 998 }, () => '/other'), '/queued'].map(requestOf),
    );
    await app.waitFor(/^all open$/m);
    app.child.kill('SIGTERM');
    await once(app.child, 'exit');
    app.child.stderr?.resume();
    assert.equal((await ended(app)).signal, 'SIGTERM');
    const { lines } = split(app.stderr);
    assert.ok(lines.length > 10 && lines.length < 1_000, `${lines.length} lines`);
  });
});

describe('a thread that ends while exchanges are open in it', { concurrency: 2 }, () => {
  const rows: readonly Row[] = [
    ['an uncaught exception in it', { by: 'throw' }, 0, crashed('OrderError')],
    ['an unhandled rejection in it', { by: 'reject' }, 0, crashed('RangeError')],
    ['process.exit(3) in it', { by: 'exit 3' }, 0, crashed('process_exit')],
    ['process.exit(0) in it', { by: 'exit 0' }, 0, aborted('process_exit')],
    ['an uncaught exception in the main thread', { by: 'main: throw' }, 1, crashed('OrderError')],
    ['process.exit(3) in the main thread', { by: 'main: exit 3' }, 3, crashed('process_exit')],
    ['process.exit(0) in the main thread', { by: 'main: exit 0' }, 0, aborted('process_exit')],
    ['SIGTERM', { by: 'SIGTERM' }, 'SIGTERM', aborted('SIGTERM')],
  ];
  for (const [name, { by }, exit, expected] of rows) {
    test(name, async (t) => {
      const end = { by, env: { APP_THREAD: 'yes' } };
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const [without, withIt] = await Promise.all([endedWithout(t, end), endedWith(t, end, receiver)]);
      assert.equal(withIt.code ?? withIt.signal, exit);
      assert.deepEqual(withIt, without);
      assertRecorded(receiver, expected);
    });
  }

  test('worker.terminate(): they are counted', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const withIt = await endedWith(t, { by: 'terminate', env: { APP_THREAD: 'yes' } }, receiver);
    assert.equal(withIt.code, 0);
    assert.deepEqual(recordsOf(receiver), []);
    assert.equal(
      withIt.stderr,
      'otel-access-log: a worker thread was terminated before everything was delivered (4 records lost)\n',
    );
  });

  test('without a receiver, when the main thread ends: on standard error', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const { code, stderr } = await endedWith(t, { by: 'main: exit 3', env: { APP_THREAD: 'yes' } }, receiver);
    assert.equal(code, 3);
    const paths = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).path] : []));
    assert.deepEqual(paths, ['/stream', '/wait', '/queued']);
    assert.match(stderr, /the process ended before everything was delivered \(4 records lost\)/);
  });
});
