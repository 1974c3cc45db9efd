// How processes end, whatever their receiver does: as they would have without the access log, and in time.
import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { request } from '../faults/support/requests.ts';
import { lostInWords, PROTOCOLS, type Protocol } from '../faults/support/service.ts';
import { listen } from '../support/listen.ts';
import { deadline } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { accept, hang, type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';

const APP = ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/ending.mjs')];
const DEAF = fileURLToPath(new URL('../delivery/transport/fixtures/deaf-port.js', import.meta.url));
const PIPELINES = ['stream', 'sdk'] as const;
/** Long before an export times out, which is after a minute. */
const IN_TIME_MS = 10_000;

type Env = Readonly<Record<string, string>>;
type RunningApp = App & { readonly port: number };
type Exit = Awaited<App['exited']>;

interface Scene {
  readonly app: RunningApp;
  readonly receiver: ScriptedReceiver;
  readonly get: (path: string) => Promise<string>;
}

async function start(t: TestContext, protocol: Protocol, env: Env): Promise<Scene> {
  const receiver = await startScriptedReceiver(t, { protocol });
  const app = await startApp(t, { ...receiver.environment, ...env });
  return { app, receiver, get: (path) => get(app.port, path) };
}

function startApp(t: TestContext, env: Env, ipc = false): Promise<RunningApp> {
  return spawnApp(t, {
    args: APP,
    ipc,
    env: { OTEL_BLRP_SCHEDULE_DELAY: '50', OTEL_EXPORTER_OTLP_TIMEOUT: '60000', ...env },
  });
}

async function get(port: number, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return answer.text();
}

function end({ exited }: App): Promise<Exit> {
  return deadline(exited, IN_TIME_MS, () => 'an end expected');
}

const pathsOf = ({ accepted }: ScriptedReceiver): unknown[] =>
  accepted
    .filter(({ eventName }) => eventName === 'access_log.request')
    .map(({ attributes }) => attributes['url.path']);

const isFinal = ({ accepted }: ScriptedReceiver): unknown => accepted.at(-1)?.attributes['access_log.final'];

for (const protocol of PROTOCOLS) {
  describe(`over ${protocol}`, { concurrency: 4 }, () => {
    for (const pipeline of PIPELINES) {
      const env = {
        ACCESS_LOG_PIPELINE: pipeline,
        ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '300',
        // The official exporters hold the process for as long.
        ...(pipeline === 'sdk' && { OTEL_EXPORTER_OTLP_TIMEOUT: '1500' }),
      };
      for (const work of ['work', 'work later']) {
        for (const listens of pipeline === 'sdk' ? ['early'] : ['early', 'late']) {
          test(`${work} that is found in beforeExit (${listens}) runs to its end, ${pipeline}`, async (t) => {
            const { app, receiver, get } = await start(t, protocol, {
              ...env,
              APP_WORK: work,
              APP_LISTENS: listens,
            });
            receiver.always(hang());
            await get('/first');
            await get('/close');
            assert.deepEqual(await end(app), {
              code: 3,
              signal: null,
            });
            assert.match(app.stdout, /^done$/m);
            assert.equal(lostInWords(app.stderr), 2, app.stderr);
          });
        }
      }
      test(`exchanges after beforeExit are delivered when the receiver is back, ${pipeline}`, async (t) => {
        const { app, receiver, get: ask } = await start(t, protocol, { ...env, APP_WORK: 'serve later' });
        receiver.always(hang());
        await ask('/first');
        await ask('/close');
        const [, port] = await app.waitFor(/listening again (\d+)/);
        receiver.always(accept());
        await get(Number(port), '/again');
        await get(Number(port), '/close');
        assert.deepEqual(await end(app), { code: 0, signal: null });
        // What hung itself is tried again; but the official exporters give it up.
        const paths = pathsOf(receiver).filter((path) => pipeline === 'stream' || path === '/again');
        assert.deepEqual(
          new Set(paths),
          new Set(pipeline === 'stream' ? ['/first', '/close', '/again'] : ['/again']),
        );
        assert.equal(isFinal(receiver), true);
      });
    }
  });
}

/** Where a connection is waited for, and never made. */
async function deafEndpoint(t: TestContext): Promise<string> {
  const deaf = fork(DEAF, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  t.after(() => deaf.kill('SIGKILL'));
  assert.ok(deaf.stdout);
  const port = Number(await once(deaf.stdout, 'data'));
  // More than the system keeps for later. Those that it does are connected when the first one is told.
  const filling = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.after(() => {
    for (const socket of filling) socket.destroy();
  });
  await Promise.race(filling.map((socket) => once(socket, 'connect')));
  return `http://127.0.0.1:${port}`;
}

/** Where a connection is made, with all the room that HTTP/2 has for the client, and nothing that comes is read. */
async function unreadEndpoint(t: TestContext, protocol: Protocol): Promise<string> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    if (protocol === 'grpc') socket.write(Buffer.concat([MUCH_ROOM_PER_STREAM, MUCH_ROOM]));
  });
  return `http://${await listen(t, server)}`;
}

/** SETTINGS_INITIAL_WINDOW_SIZE and WINDOW_UPDATE (RFC 9113 sections 6.5.2 and 6.9). */
const MUCH_ROOM_PER_STREAM = Buffer.from('00000604000000000000047fffffff', 'hex');
const MUCH_ROOM = Buffer.from('0000040800000000007ffe0000', 'hex');

/** Where exports are read and not answered. */
async function hangingEndpoint(t: TestContext, protocol: Protocol): Promise<string> {
  const receiver = await startScriptedReceiver(t, { protocol });
  receiver.always(hang());
  return receiver.endpoint;
}

/** Where a connection is made, and the TLS handshake is not answered. */
async function handshakeEndpoint(t: TestContext): Promise<string> {
  return `https://${await listen(t, createServer({ pauseOnConnect: true }))}`;
}

describe('an export on its way holds no process beyond the deadline', { concurrency: 4 }, () => {
  const stages = {
    deaf: deafEndpoint,
    unread: unreadEndpoint,
    'no handshake': handshakeEndpoint,
    hanging: hangingEndpoint,
  };
  const ends = {
    'SIGTERM that the application handles': async ({ child }: RunningApp) => child.kill('SIGTERM'),
    'the end by itself': ({ port }: RunningApp) => get(port, '/close'),
    'the end by itself, later': ({ port }: RunningApp) => get(port, '/close-later'),
  };
  for (const protocol of PROTOCOLS) {
    for (const [stage, endpointOf] of Object.entries(stages)) {
      const skip =
        process.platform !== 'linux' &&
        stage === 'deaf' &&
        'another system keeps such connections differently';
      for (const [name, bringAbout] of Object.entries(ends)) {
        // A channel to a parent process on which nothing listens holds none either.
        for (const ipc of [false, true]) {
          test(`${stage}, ${protocol}: ${name}${ipc ? ', with an IPC channel' : ''}`, { skip }, async (t) => {
            const endpoint = await endpointOf(t, protocol);
            const env = {
              OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
              OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
              ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '500',
              ACCESS_LOG_RATE: '100000',
              APP_SIGTERM: 'close',
            };
            const app = await startApp(t, env, ipc);
            // Over one connection, that is more than the system takes for a receiver that reads nothing.
            const paths = Array.from({ length: 5_000 }, (_, index) => `/${'x'.repeat(2_000)}${index}`);
            await request(app.port, stage === 'unread' && protocol === 'grpc' ? paths : paths.slice(0, 2));
            await bringAbout(app);
            assert.deepEqual(await end(app), { code: 0, signal: null });
            assert.match(app.stderr, /the process ended before everything was delivered .*\d records? lost/);
          });
        }
      }
    }
  }
});

/** The first process of a namespace of its own, where this user may make one. */
function namespaced(): readonly string[] | undefined {
  const command = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
  const [name = '', ...args] = command;
  return spawnSync(name, [...args, 'true']).status === 0 ? command : undefined;
}

describe('signals', { concurrency: true }, () => {
  const command = namespaced();
  const skip = command === undefined && 'this user may not make a namespace of processes';
  const late: Env = { OTEL_BLRP_SCHEDULE_DELAY: '60000' };

  for (const signalExit of ['', '3', '4']) {
    const name = signalExit === '' ? '' : `, with signal-exit ${signalExit}`;
    test(`the kernel drops SIGTERM to process 1, which goes on${name}`, { skip }, async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
      const [node = '', ...flags] = command ?? [];
      const app = await spawnApp(t, {
        node,
        args: [...flags, process.execPath, ...APP],
        env: { ...receiver.environment, ...late, APP_SIGNAL_EXIT: signalExit },
      });
      assert.equal(await get(app.port, '/pid'), '1');
      await get(app.port, '/signal');
      await receiver.until(() => (pathsOf(receiver).length >= 2 ? true : undefined), 'both records');
      if (signalExit !== '') await app.waitFor(/signal-exit ran/);
      await get(app.port, '/after');
      await get(app.port, '/exit');
      assert.deepEqual(await end(app), { code: 4, signal: null });
      assert.deepEqual(pathsOf(receiver), ['/pid', '/signal', '/after', '/exit']);
      const finals = receiver.accepted.map(({ attributes }) => attributes['access_log.final']);
      assert.deepEqual(finals, [undefined, undefined, undefined, undefined, undefined, true]);
      assert.equal(receiver.accepted.at(-1)?.attributes['access_log.total.served'], 4);
      assert.equal(app.stderr, '');
    });
  }

  test('a second SIGTERM does not wait for the receiver', async (t) => {
    const { app, receiver, get } = await start(t, 'grpc', {
      ...late,
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '60000',
    });
    receiver.always(hang());
    await get('/first');
    app.child.kill('SIGTERM');
    await receiver.until(() => (receiver.requests.length > 0 ? true : undefined), 'an export');
    app.child.kill('SIGTERM');
    assert.deepEqual(await end(app), { code: null, signal: 'SIGTERM' });
    assert.equal(lostInWords(app.stderr), 1, app.stderr);
  });

  test('SIGUSR2 of nodemon, after which the application cleans up and sends it again', async (t) => {
    const { app, receiver, get } = await start(t, 'grpc', { ...late, APP_RESTART: 'clean' });
    await get('/first');
    assert.deepEqual(await app.stop('SIGUSR2'), { code: null, signal: 'SIGUSR2' });
    assert.deepEqual(pathsOf(receiver), ['/first']);
    assert.equal(isFinal(receiver), true);
  });

  for (const when of ['timer', 'immediate', 'promise'] as const) {
    // What NestJS does at its shutdown.
    test(`one that the application raises again without its listener, from a ${when}, ends it`, async (t) => {
      const { app, receiver, get } = await start(t, 'grpc', { ...late, APP_RAISE_AGAIN: when });
      await get('/first');
      assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
      assert.deepEqual(pathsOf(receiver), ['/first']);
    });
  }

  test('a signal that writes a report ends nothing', async (t) => {
    const { receiver, get, app } = await start(t, 'grpc', {
      ...late,
      NODE_OPTIONS: '--report-on-signal --report-filename=/dev/null',
    });
    await get('/first');
    app.child.kill('SIGUSR2');
    await receiver.until(() => (pathsOf(receiver).length > 0 ? true : undefined), 'the record');
    await get('/after');
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.deepEqual(pathsOf(receiver), ['/first', '/after']);
  });

  test('one that the application only emits ends nothing', async (t) => {
    const { app, receiver, get } = await start(t, 'grpc', late);
    await get('/emit');
    await receiver.until(() => (pathsOf(receiver).length > 0 ? true : undefined), 'the record');
    await get('/after');
    assert.deepEqual(await app.stop('SIGINT'), { code: null, signal: 'SIGINT' });
    assert.deepEqual(pathsOf(receiver), ['/emit', '/after']);
  });
});

describe('a listener of the application to exit, there before the first exchange', () => {
  for (const [how, code] of [
    ['exit', 4],
    ['throw', 4],
  ] as const) {
    test(`that does not let others run (${how}) keeps nothing from being delivered`, async (t) => {
      const { app, receiver, get } = await start(t, 'grpc', {
        OTEL_BLRP_SCHEDULE_DELAY: '60000',
        APP_EXIT: how,
      });
      await get('/before');
      await get('/exit');
      assert.deepEqual(await end(app), { code, signal: null });
      assert.deepEqual(pathsOf(receiver), ['/before', '/exit']);
      assert.equal(isFinal(receiver), true);
    });
  }
});
