// Exchanges that are open when the process or its thread ends: one record each, of what ended it. Exit code, signal and
// everything that Node and the application print are compared with those of the same end without the access log.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawClient } from '../support/raw-client.ts';
import { inRepo } from '../support/repo-root.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import {
  aborted,
  ask,
  assertRecorded,
  crashed,
  crashedBy,
  type End,
  type Ended,
  type Env,
  endBy,
  ended,
  endedWith,
  endedWithout,
  openThree,
  PRELOAD,
  type Row,
  recordsOf,
  requestOf,
  start,
  TRACES,
} from './support/open-exchanges.ts';

const IN_CODE = inRepo('test/e2e/fixtures/in-code.mjs');

describe('a process that ends while exchanges are open', { concurrency: 2 }, () => {
  const rows: readonly Row[] = [
    ['an uncaught exception', { by: 'throw' }, 1, crashedBy('OrderError')],
    ['an uncaught exception that is no Error', { by: 'throw text' }, 1, crashed('_OTHER')],
    ['an unhandled rejection', { by: 'reject' }, 1, crashedBy('RangeError')],
    [
      'an unhandled rejection without an Error',
      { by: 'reject text' },
      1,
      crashedBy('UnhandledPromiseRejection'),
    ],
    ...['strict', 'throw'].map(
      (mode) =>
        [
          `--unhandled-rejections=${mode}`,
          { by: 'reject', flags: [`--unhandled-rejections=${mode}`] },
          1,
          crashedBy('RangeError'),
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
      crashedBy('OrderError'),
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
    assertRecorded(receiver, crashedBy('OrderError'));
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
