// The module that ACCESS_LOG_HOOKS names, in real processes: each way to preload, to write the module, and to serve.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { RawClient, requestText } from '../support/raw-client.ts';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

const DIRECTORY = inRepo('test/e2e/fixtures');
const REGISTER = 'otel-access-log/register';
const CLOSE = { Connection: 'close' };

type App = Awaited<ReturnType<typeof spawnApp>>;

async function start(
  t: TestContext,
  hooks: string | undefined,
  { flag = '--import', env = {} }: { readonly flag?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly receiver: TestReceiver; readonly app: App }> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: [flag, REGISTER, './hooks-app.mjs'],
    cwd: DIRECTORY,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_HOOKS: hooks,
      ...env,
    },
  });
  return { receiver, app };
}

async function send(t: TestContext, port: number, path: string, headers = {}): Promise<void> {
  const client = await RawClient.connect(t, { port });
  await client.send(requestText(path, { headers: { ...CLOSE, ...headers } }));
  await client.closed();
}

/** What the hooks have added to the records. */
function added(receiver: TestReceiver): unknown[] {
  return receiver.records
    .filter(({ attributes }) => attributes['access_log.outcome'] !== undefined)
    .map(({ attributes }) => [
      attributes['url.path'],
      Object.fromEntries(Object.entries(attributes).filter(([name]) => name.startsWith('app.'))),
    ]);
}

const ADDED = {
  'app.tenant': 'acme',
  'app.served-by': 'me',
  'app.handed': ['IncomingMessage', 'ServerResponse', 'none'],
  'app.outcome': 'completed',
};

describe('hooks of a module are handed request and response', { concurrency: 2 }, () => {
  const ways: readonly [what: string, flag: string, hooks: string, env?: NodeJS.ProcessEnv][] = [
    ['an ES module under --import', '--import', './hooks.mjs'],
    ['CommonJS under --import', '--import', 'hooks.cjs'],
    ['an ES module under --require', '--require', join(DIRECTORY, 'hooks.mjs')],
    ['CommonJS under --require', '--require', './hooks.cjs'],
    ['in a worker thread', '--import', './hooks.mjs', { APP_IN: 'thread' }],
    ['in a worker of a cluster', '--require', './hooks.cjs', { APP_IN: 'cluster' }],
    ['with ACCESS_LOG_PIPELINE=sdk', '--import', './hooks.mjs', { ACCESS_LOG_PIPELINE: 'sdk' }],
  ];
  for (const [what, flag, hooks, env = {}] of ways) {
    test(what, async (t) => {
      const { receiver, app } = await start(t, hooks, { flag, env });
      await send(t, app.port, '/skipped', { 'X-Probe': 'yes' });
      await send(t, app.port, '/kept');
      await receiver.waitForExchanges(1);
      await app.stop();
      assert.deepEqual(added(receiver), [['/kept', ADDED]]);
      assert.equal(app.stderr, '');
      const totals = receiver.records.at(-1)?.attributes;
      const { 'access_log.total.served': served, 'access_log.total.ignored': ignored } = totals ?? {};
      assert.deepEqual([served, ignored], [2, 1]);
    });
  }

  test('of HTTP/2, from the configuration file', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'hooks-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const config = join(directory, 'access-log.yaml');
    writeFileSync(config, 'hooks: ./hooks.mjs\n');
    const { receiver, app } = await start(t, undefined, {
      env: { APP_HTTP: '2', ACCESS_LOG_CONFIG: config },
    });
    const session = connect(`http://127.0.0.1:${app.port}`);
    session.request({ ':path': '/kept' }).resume().end();
    await receiver.waitForExchanges(1);
    session.close();
    await app.stop();
    const handed = ['Http2ServerRequest', 'Http2ServerResponse', 'ServerHttp2Stream'];
    assert.deepEqual(added(receiver), [['/kept', { ...ADDED, 'app.handed': handed }]]);
  });
});

describe('a module that cannot be used: one line with the reason; the service runs, with records', () => {
  const hooks = (text: string, name = 'hooks.mjs') => [name, text] as const;
  const rows: readonly [what: string, module: readonly [name: string, text: string], reason: string][] = [
    ['a syntax error', hooks('export const = 1;'), "SyntaxError: Unexpected token '=' (hooks.mjs)"],
    [
      'an unknown export',
      hooks('export const skips = () => true;'),
      'hooks.mjs exports skips, which is no hook (did you mean skip?)',
    ],
    [
      'a wrong export',
      hooks('exports.skip = 5;', 'hooks.cjs'),
      'hooks.cjs: skip: expected a function, got 5',
    ],
    [
      'an error with a secret in it',
      hooks('throw new Error("refused: Bearer s3cret");'),
      'Error: refused: Bearer REDACTED (hooks.mjs)',
    ],
    [
      'a top-level await',
      hooks('await 1;'),
      'hooks.mjs, or a module that it imports, has a top-level await, which no access log waits for',
    ],
  ];
  for (const [what, [name, text], reason] of rows) {
    for (const APP_IN of what === 'a syntax error' ? [undefined, 'cluster'] : [undefined]) {
      test(`${what}${APP_IN === undefined ? '' : ', in each process of a cluster'}`, async (t) => {
        const directory = mkdtempSync(join(tmpdir(), 'hooks-'));
        t.after(() => rmSync(directory, { recursive: true }));
        const file = join(directory, name);
        writeFileSync(file, text);
        const { receiver, app } = await start(t, file, { env: { APP_IN } });
        await send(t, app.port, '/kept');
        await receiver.waitForExchanges(1);
        await app.stop();
        assert.deepEqual(added(receiver), [['/kept', {}]]);
        const line = `otel-access-log: ACCESS_LOG_HOOKS: no hook is called, since ${JSON.stringify(file)} cannot be used: ${reason}\n`;
        // Whether Node names the line of a syntax error differs between its versions.
        assert.equal(
          app.stderr.replaceAll('(hooks.mjs:1)', '(hooks.mjs)'),
          line.repeat(APP_IN === undefined ? 1 : 2),
        );
      });
    }
  }

  test('no such file: the working directory is named', async (t) => {
    const { receiver, app } = await start(t, './nowhere.mjs');
    await send(t, app.port, '/kept');
    await receiver.waitForExchanges(1);
    await app.stop();
    assert.equal(
      app.stderr,
      `otel-access-log: ACCESS_LOG_HOOKS: no hook is called, since "./nowhere.mjs" cannot be used: there is no such file in ${DIRECTORY}\n`,
    );
  });
});

test('a hook that throws is named in one line, without the secret that it quotes, and records go on', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'hooks-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'hooks.mjs');
  writeFileSync(
    file,
    'export function attributes(_exchange, { request }) {\n  throw new RangeError("no plan for " + request.headers.authorization);\n}\n',
  );
  const { receiver, app } = await start(t, file);
  for (const path of ['/0', '/1', '/2']) await send(t, app.port, path, { Authorization: 'Bearer s3cret' });
  await receiver.waitForExchanges(3);
  await app.stop();
  assert.match(
    app.stderr,
    /^otel-access-log: the attributes hook threw and is not called any more: RangeError: no plan for Bearer REDACTED at [^\n]*hooks\.mjs:2:9\)\n$/,
  );
});

test('onLost is told of what a receiver refuses, also at the end of the process', async (t) => {
  const { receiver, app } = await start(t, './hooks.mjs', { env: { OTEL_BLRP_SCHEDULE_DELAY: '60000' } });
  receiver.answerWith(() => ({ grpcCode: 3, message: 'no' }));
  await send(t, app.port, '/kept');
  await app.stop();
  const [, counts = ''] = /^lost (.*)$/m.exec(app.stdout) ?? [];
  assert.deepEqual(JSON.parse(counts), [
    { method: 'GET', statusClass: '2xx', errorType: 'INVALID_ARGUMENT', count: 1 },
  ]);
});
