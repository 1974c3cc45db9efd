// Servers in worker threads: every record is delivered or counted, however the thread or the process ends.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { request } from '../faults/support/requests.ts';
import { lostInWords } from '../faults/support/service.ts';
import { deadline } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { hang, type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';

const PRELOAD = ['--import', 'otel-access-log/register'];
const APP = inRepo('test/e2e/fixtures/threads.mjs');
/** Paths after which there may be nothing more to wait for. */
const ENDS = /^\/(?:exit|throw|terminate|unref|worker-.+)$/;
const IN_TIME_MS = 15_000;

type Env = Readonly<Record<string, string>>;

interface Scene {
  readonly app: App;
  readonly receiver: ScriptedReceiver;
  readonly ports: readonly number[];
  /** Paths of all requests so far. */
  readonly sent: string[];
  /** To each thread one request for each path. */
  readonly ask: (...paths: readonly string[]) => Promise<void>;
  /** To one thread. */
  readonly askOne: (path: string) => Promise<void>;
}

async function start(t: TestContext, env: Env = {}, flags: readonly string[] = PRELOAD): Promise<Scene> {
  const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
  const app = await spawnApp(t, {
    args: [...flags, APP],
    env: {
      ...receiver.environment,
      OTEL_BLRP_SCHEDULE_DELAY: '60000',
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      ...env,
    },
  });
  const [, listed = ''] = await app.waitFor(/^ports (.+)$/m);
  const ports = listed.split(' ').map(Number);
  const sent: string[] = [];
  const get = async (port: number, path: string): Promise<void> => {
    sent.push(path);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    await answer.text();
    // The main thread knows by then that the other one serves.
    if (!ENDS.test(path)) await app.waitFor(new RegExp(`^served ${path}$`, 'm'));
  };
  return {
    app,
    receiver,
    ports,
    sent,
    ask: async (...paths) => {
      for (const path of paths)
        await Promise.all(ports.map((port, thread) => get(port, `${path}-${thread}`)));
    },
    askOne: (path) => get(ports[0] ?? 0, path),
  };
}

function end({ exited }: App): ReturnType<App['stop']> {
  return deadline(exited, IN_TIME_MS, () => 'an end expected');
}

const pathsOf = ({ accepted }: ScriptedReceiver): unknown[] =>
  accepted
    .filter(({ eventName }) => eventName === 'access_log.request')
    .map(({ attributes }) => attributes['url.path']);

/** All arrived once, and each thread that served has said its last. */
function assertDelivered({ app, receiver, sent }: Scene, threads: number): void {
  assert.deepEqual(pathsOf(receiver).sort(), [...sent].sort(), app.stderr);
  assert.doesNotMatch(app.stderr, /otel-access-log:/);
  const finals = receiver.accepted.filter(({ attributes }) => attributes['access_log.final'] === true);
  const served = new Map(
    finals.map(({ attributes }) => [
      attributes['access_log.process_id'],
      Number(attributes['access_log.total.served']),
    ]),
  );
  assert.equal(served.size, threads);
  assert.equal(
    [...served.values()].reduce((sum, count) => sum + count, 0),
    sent.length,
  );
}

describe('threads that serve', { concurrency: 3 }, () => {
  for (const ACCESS_LOG_PIPELINE of ['stream', 'sdk']) {
    test(`SIGTERM: their records are delivered, and the signal ends the process, ${ACCESS_LOG_PIPELINE}`, async (t) => {
      const scene = await start(t, { ACCESS_LOG_PIPELINE });
      await scene.ask('/a', '/b');
      assert.deepEqual(await scene.app.stop(), { code: null, signal: 'SIGTERM' });
      assertDelivered(scene, 2);
    });

    test(`process.exit() in the main thread, which serves too, ${ACCESS_LOG_PIPELINE}`, async (t) => {
      const scene = await start(t, { ACCESS_LOG_PIPELINE, APP_MAIN: 'serves' });
      assert.equal(scene.ports.length, 3);
      await scene.ask('/a', '/b');
      await scene.askOne('/exit');
      assert.deepEqual(await end(scene.app), { code: 4, signal: null });
      assertDelivered(scene, 3);
    });
  }

  test('a second SIGTERM does not wait for them', async (t) => {
    const scene = await start(t, { ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '60000' });
    scene.receiver.always(hang());
    await scene.ask('/a', '/b');
    scene.app.child.kill('SIGTERM');
    await scene.receiver.until(() => (scene.receiver.requests.length >= 2 ? true : undefined), 'two exports');
    scene.app.child.kill('SIGTERM');
    assert.deepEqual(await end(scene.app), { code: null, signal: 'SIGTERM' });
    assert.equal(lostInWords(scene.app.stderr), scene.sent.length, scene.app.stderr);
  });

  test('process.exit() does not wait where the receiver was not there before', async (t) => {
    const scene = await start(t, {
      OTEL_BLRP_SCHEDULE_DELAY: '10',
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '60000',
    });
    await scene.receiver.down();
    await scene.ask('/a', '/b');
    await scene.app.waitFor(/cannot deliver to .*(?:\n.*)*cannot deliver to /);
    await scene.askOne('/exit');
    assert.deepEqual(await end(scene.app), { code: 4, signal: null });
    assert.equal(lostInWords(scene.app.stderr), scene.sent.length, scene.app.stderr);
  });

  test('a thread that waits for its receiver in process.exit() can be terminated', async (t) => {
    const scene = await start(t, {
      APP_THREADS: '1',
      APP_SIGUSR2: 'terminate',
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '60000',
    });
    scene.receiver.always(hang());
    await scene.ask('/a');
    await scene.askOne('/worker-exit');
    await scene.receiver.until(() => (scene.receiver.requests.length > 0 ? true : undefined), 'an export');
    scene.app.child.kill('SIGUSR2');
    assert.deepEqual(await end(scene.app), { code: 0, signal: null });
    assert.equal(lostInWords(scene.app.stderr), 2, scene.app.stderr);
  });

  test('SIGTERM that the application answers with process.exit()', async (t) => {
    const scene = await start(t, { APP_SIGTERM: 'exit' });
    await scene.ask('/a', '/b');
    assert.deepEqual(await scene.app.stop(), { code: 4, signal: null });
    assert.deepEqual(new Set(pathsOf(scene.receiver)), new Set(scene.sent), scene.app.stderr);
    assert.doesNotMatch(scene.app.stderr, /otel-access-log:/);
  });

  for (const [path, code] of [
    ['/exit', 4],
    ['/throw', 1],
  ] as const)
    for (const threads of path === '/exit' ? ['1', '8'] : ['2'])
      test(`the main thread ends by ${path}, with ${threads}`, async (t) => {
        const scene = await start(t, { APP_THREADS: threads });
        await scene.ask('/a', '/b');
        await scene.askOne(path);
        assert.deepEqual(await end(scene.app), { code, signal: null });
        assertDelivered(scene, Number(threads));
      });

  test('the main thread has nothing more to do, and does not wait for them', async (t) => {
    const scene = await start(t);
    await scene.ask('/a');
    await scene.askOne('/unref');
    assert.deepEqual(await end(scene.app), { code: 0, signal: null });
    assertDelivered(scene, 2);
  });

  for (const [path, code] of [
    ['/worker-exit', 5],
    ['/worker-throw', 1],
    ['/worker-close', 0],
  ] as const)
    test(`a thread ends by itself: ${path}`, async (t) => {
      const scene = await start(t, { APP_THREADS: '1' });
      await scene.ask('/a', '/b');
      await scene.askOne(path);
      assert.deepEqual(await end(scene.app), { code: 0, signal: null });
      assert.match(scene.app.stdout, new RegExp(`thread exited ${code}`));
      assertDelivered(scene, 1);
    });

  test('a thread that is terminated: its records are counted, once', async (t) => {
    const scene = await start(t, { APP_THREADS: '1' });
    await scene.ask('/a', '/b');
    await scene.askOne('/terminate');
    assert.deepEqual(await end(scene.app), { code: 0, signal: null });
    assert.deepEqual(pathsOf(scene.receiver), []);
    assert.equal(
      scene.app.stderr,
      'otel-access-log: a worker thread was terminated before everything was delivered (3 records lost)\n',
    );
  });

  test('what a thread has delivered before it is terminated is not lost', async (t) => {
    const scene = await start(t, { APP_THREADS: '1', OTEL_BLRP_SCHEDULE_DELAY: '10' });
    await scene.ask('/a', '/b');
    await scene.receiver.until(() => (pathsOf(scene.receiver).length === 2 ? true : undefined), 'both');
    // The thread knows of it when the next export is sent.
    await scene.ask('/c');
    await scene.receiver.until(() => (pathsOf(scene.receiver).length === 3 ? true : undefined), 'the third');
    await scene.askOne('/terminate');
    assert.deepEqual(await end(scene.app), { code: 0, signal: null });
    const lost = lostInWords(scene.app.stderr);
    assert.ok(lost === 1 || lost === 2, scene.app.stderr);
  });

  for (const how of ['SIGTERM', '/exit'])
    for (const APP_NESTED of [undefined, 'yes'])
      test(`threads${APP_NESTED ? ' within threads' : ''} whose receiver hangs: counted at the deadline, ${how}`, async (t) => {
        const scene = await start(t, {
          ...(APP_NESTED && { APP_NESTED }),
          ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '400',
        });
        scene.receiver.always(hang());
        await scene.ask('/a', '/b');
        const startMs = performance.now();
        if (how === 'SIGTERM') scene.app.child.kill('SIGTERM');
        else await scene.askOne('/exit');
        const ended = how === 'SIGTERM' ? { code: null, signal: 'SIGTERM' } : { code: 4, signal: null };
        assert.deepEqual(await end(scene.app), ended);
        assert.ok(performance.now() - startMs < 5_000);
        assert.equal(lostInWords(scene.app.stderr), scene.sent.length, scene.app.stderr);
      });

  test('a thread in an endless loop holds the end up to the deadline, and what it had is counted', async (t) => {
    const scene = await start(t, { ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '2500' });
    await scene.ask('/a', '/b');
    await scene.askOne('/busy');
    assert.deepEqual(await scene.app.stop(), { code: null, signal: 'SIGTERM' });
    const delivered = pathsOf(scene.receiver);
    assert.deepEqual(delivered.sort(), ['/a-1', '/b-1']);
    assert.equal(lostInWords(scene.app.stderr), 3, scene.app.stderr);
  });

  for (const how of ['SIGTERM', '/exit', '/terminate'])
    test(`threads within threads: ${how}`, async (t) => {
      const scene = await start(t, { APP_NESTED: 'yes', APP_THREADS: '1' });
      await scene.ask('/a', '/b');
      if (how !== 'SIGTERM') await scene.askOne(how);
      const ended = {
        SIGTERM: { code: null, signal: 'SIGTERM' },
        '/exit': { code: 4, signal: null },
        '/terminate': { code: 0, signal: null },
      };
      const exit = how === 'SIGTERM' ? scene.app.stop() : end(scene.app);
      assert.deepEqual(await exit, ended[how as keyof typeof ended]);
      if (how === '/terminate') assert.equal(lostInWords(scene.app.stderr), 3, scene.app.stderr);
      else assertDelivered(scene, 1);
    });

  test('lines on standard output are written at the end', async (t) => {
    const scene = await start(t, { ACCESS_LOG_STDOUT: 'json', OTEL_LOGS_EXPORTER: 'none' });
    await scene.ask('/a', '/b');
    await scene.askOne('/exit');
    assert.deepEqual(await end(scene.app), { code: 4, signal: null });
    const lines = scene.app.stdout.split('\n').filter((line) => line.startsWith('{'));
    assert.equal(lines.length, scene.sent.length, scene.app.stdout);
    assert.equal(scene.app.stderr, '');
  });

  test('lines that standard output had not taken from a thread that is terminated are counted', async (t) => {
    const { app, ports } = await start(t, {
      APP_THREADS: '1',
      ACCESS_LOG_STDOUT: 'json',
      OTEL_LOGS_EXPORTER: 'none',
      ACCESS_LOG_RATE: '100000',
      ACCESS_LOG_BURST: '100000',
    });
    app.child.stdout?.pause();
    // More than the system takes for a reader that reads nothing.
    const paths = Array.from({ length: 500 }, (_, index) => `/${'x'.repeat(1_000)}${index}`);
    await request(ports[0] ?? 0, [...paths, '/terminate']);
    await app.waitFor(/terminated before everything was delivered to standard output/);
    app.child.stdout?.resume();
    assert.deepEqual(await end(app), { code: 0, signal: null });
    const lines = app.stdout.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    assert.ok(lines.length > 10);
    assert.equal(lines.length + lostInWords(app.stderr), paths.length + 1, app.stderr);
  });
});
