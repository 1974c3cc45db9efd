import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { lostInWords } from '../faults/support/service.ts';
import { deafPort, noDeafPort } from '../support/deaf-port.ts';
import { listen } from '../support/listen.ts';
import { deadline } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { hang, held, type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';
import { FreezingPlatform } from './support/freezing-platform.ts';

const APP = inRepo('test/e2e/fixtures/frozen.mjs');
const PATHS = Array.from({ length: 100 }, (_, index) => `/${index}`);
/** Long enough that only a freeze is late by so much. */
const FREEZE_MS = 1_200;

type Env = Readonly<Record<string, string>>;

function startApp(
  t: TestContext,
  receiver: ScriptedReceiver,
  env: Env,
): Promise<App & { readonly port: number }> {
  return spawnApp(t, {
    args: ['--import', 'otel-access-log/register', APP],
    env: { ...receiver.environment, OTEL_BLRP_SCHEDULE_DELAY: '60000', ...env },
  });
}

/** Paths of the records that were accepted. */
function pathsOf({ accepted }: ScriptedReceiver): readonly unknown[] {
  return accepted
    .filter(({ eventName }) => eventName === 'access_log.request')
    .map(({ attributes }) => attributes['url.path']);
}

function allOf(receiver: ScriptedReceiver, paths: readonly string[]): Promise<true> {
  const isThere = (): true | undefined =>
    paths.every((path) => pathsOf(receiver).includes(path)) || undefined;
  return receiver.until(isThere, `records of ${paths.length} exchanges`);
}

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  describe(`a process that is frozen after each response (${protocol})`, () => {
    for (const env of [{ ACCESS_LOG_FREEZE: 'on' }, { AWS_LAMBDA_FUNCTION_NAME: 'shop' }] as const) {
      test(`delivers 100 of 100 records where SIGTERM thaws it at the end (${Object.keys(env)})`, async (t) => {
        const receiver = await startScriptedReceiver(t, { protocol });
        const platform = await FreezingPlatform.start(t, await startApp(t, receiver, env));
        for (const path of PATHS) await platform.request(path);
        await platform.terminate();
        assert.deepEqual([...pathsOf(receiver)].sort(), [...PATHS].sort());
      });
    }

    const skip = !existsSync('/proc/self/stat') && 'only Linux tells whether a process sleeps';
    test('delivers 100 of 100 where it is killed, and frozen only when it sleeps', { skip }, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const app = await startApp(t, receiver, { ACCESS_LOG_FREEZE: 'on' });
      const platform = await FreezingPlatform.start(t, app, 'asleep');
      for (const path of PATHS) await platform.request(path);
      await platform.kill();
      await allOf(receiver, PATHS);
    });

    // Over HTTP nothing connects before there is a record.
    const skipsCold = protocol === 'grpc' ? skip : 'a cold connection has to be made first';
    test('delivers the only record of a process that is killed, where the handler took its time', {
      skip: skipsCold,
    }, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const app = await startApp(t, receiver, { ACCESS_LOG_FREEZE: 'on' });
      const platform = await FreezingPlatform.start(t, app, 'asleep');
      await platform.request('/slow');
      await platform.kill();
      await allOf(receiver, ['/slow']);
    });

    test('delivers all but the last of 100 at least where it is killed, and frozen at once', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const platform = await FreezingPlatform.start(
        t,
        await startApp(t, receiver, { ACCESS_LOG_FREEZE: 'on' }),
      );
      for (const path of PATHS) await platform.request(path);
      await platform.kill();
      await allOf(receiver, PATHS.slice(0, -1));
    });

    test('sends again at once what a freeze has interrupted, without a word', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const app = await startApp(t, receiver, { ACCESS_LOG_FREEZE: 'on' });
      const platform = await FreezingPlatform.start(t, app);
      receiver.next(hang());
      platform.thaw();
      await platform.request('/interrupted');
      platform.thaw();
      await receiver.until(() => receiver.requests[0]?.records, 'an export');
      platform.freeze();
      await receiver.down();
      await receiver.up();
      await new Promise((resolve) => setTimeout(resolve, FREEZE_MS));
      platform.thaw();
      await allOf(receiver, ['/interrupted']);
      await app.stop();
      assert.equal(app.stderr, '');
    });

    test('takes a response that comes after a freeze in which the time-out passed', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const app = await startApp(t, receiver, {
        ACCESS_LOG_FREEZE: 'on',
        OTEL_EXPORTER_OTLP_TIMEOUT: '700',
      });
      const platform = await FreezingPlatform.start(t, app);
      const { answer, release } = held();
      receiver.next(answer);
      await platform.request('/answered');
      platform.thaw();
      await receiver.until(() => receiver.requests[0]?.records, 'an export');
      platform.freeze();
      await new Promise((resolve) => setTimeout(resolve, FREEZE_MS));
      platform.thaw();
      // The process has run its timers by then.
      await (await fetch(`http://127.0.0.1:${app.port}/next`)).text();
      release();
      await app.stop();
      assert.deepEqual([[...pathsOf(receiver)].sort(), app.stderr], [['/answered', '/next'], '']);
    });
  });
}

describe('a platform that takes a promise to wait on', () => {
  for (const name of ['@vercel/request-context', '@next/request-context']) {
    test(`waits until the record of its request is accepted (${name})`, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const app = await startApp(t, receiver, { REQUEST_CONTEXT: name });
      const { answer, release } = held();
      receiver.next(answer);
      assert.equal(await (await fetch(`http://127.0.0.1:${app.port}/one`)).text(), 'hello');
      await receiver.until(() => receiver.requests[0]?.records, 'an export');
      assert.equal(app.stdout.replace(/^listening.*\n/, ''), 'waiting for /one\n');
      release();
      await app.waitFor(/^resolved \/one$/m);
      assert.deepEqual(pathsOf(receiver), ['/one']);
    });
  }

  test('waits for a receiver that does not answer as long as an export may take', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    receiver.always(hang());
    const env = { REQUEST_CONTEXT: '@vercel/request-context', OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
    const app = await startApp(t, receiver, env);
    await (await fetch(`http://127.0.0.1:${app.port}/one`)).text();
    await app.waitFor(/^resolved \/one$/m);
    assert.deepEqual(pathsOf(receiver), []);
  });

  test('waits for nothing where there is no record', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const env = { REQUEST_CONTEXT: '@vercel/request-context', ACCESS_LOG_IGNORE: '/one' };
    const app = await startApp(t, receiver, env);
    await (await fetch(`http://127.0.0.1:${app.port}/one`)).text();
    await app.waitFor(/^resolved \/one$/m);
    assert.equal(receiver.requests.length, 0);
  });

  test('changes nothing for the client where it is broken', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const app = await startApp(t, receiver, { REQUEST_CONTEXT: '@vercel/request-context' });
    assert.equal(await (await fetch(`http://127.0.0.1:${app.port}/throws`)).text(), 'hello');
    await allOf(receiver, ['/throws']);
    await app.waitFor(/otel-access-log: .*the platform is broken/);
    assert.equal(app.child.exitCode, null);
  });

  test('is not asked with ACCESS_LOG_FREEZE=off', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const env = { REQUEST_CONTEXT: '@vercel/request-context', ACCESS_LOG_FREEZE: 'off' };
    const app = await startApp(t, receiver, env);
    await (await fetch(`http://127.0.0.1:${app.port}/one`)).text();
    await app.stop();
    assert.doesNotMatch(app.stdout, /waiting/);
    assert.deepEqual(pathsOf(receiver), ['/one']);
  });
});

describe('a connection that is opened while the handlers run, and is never made,', () => {
  const endings = inRepo('test/e2e/fixtures/ways-of-ending.mjs');
  /** Without a limit of ours the system goes on connecting for two minutes. */
  const WITHIN_MS = 30_000;
  const kinds = [
    ['of which no record is exported', { ACCESS_LOG_IGNORE: '/**' }],
    ['whose record waits for it', {}],
  ] as const;

  for (const [kind, env] of kinds) {
    for (const APP_END of ['close', 'idle', 'handled']) {
      test(`holds no process ${kind} (APP_END=${APP_END})`, { skip: noDeafPort }, async (t) => {
        const app = await spawnApp(t, {
          args: ['--import', 'otel-access-log/register', endings],
          env: {
            OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
            OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await deafPort(t)}`,
            OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
            ACCESS_LOG_FREEZE: 'on',
            ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '500',
            APP_END,
            ...env,
          },
        });
        const path = APP_END === 'handled' ? '/first' : '/end';
        await (
          await fetch(`http://127.0.0.1:${app.port}${path}`, { headers: { connection: 'close' } })
        ).text();
        if (APP_END === 'handled') app.child.kill('SIGTERM');
        const end = await deadline(app.exited, WITHIN_MS, () => `an end expected, got\n${app.stderr}`);
        assert.deepEqual(end, { code: 0, signal: null });
        assert.equal(lostInWords(app.stderr), kind.startsWith('whose') ? 1 : 0, app.stderr);
      });
    }
  }

  test('holds none where the receiver takes the connection and says nothing', async (t) => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', endings],
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${await listen(t, silent)}`,
        ACCESS_LOG_FREEZE: 'on',
        ACCESS_LOG_IGNORE: '/**',
        ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '500',
        APP_END: 'close',
      },
    });
    await (await fetch(`http://127.0.0.1:${app.port}/end`, { headers: { connection: 'close' } })).text();
    const end = await deadline(app.exited, WITHIN_MS, () => `an end expected, got\n${app.stderr}`);
    assert.deepEqual(end, { code: 0, signal: null });
  });
});
