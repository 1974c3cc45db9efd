// The image for the Node.js slot of the OpenTelemetry Operator, as its pods meet it; see docker/operator.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';
import { nodeBinary } from './support/node-binary.ts';
import { operatorEnv, podVolume, useOperatorImage } from './support/operator.ts';

const MODULES = ['plain-http.cjs', 'plain-http.mjs'] as const;
/** Of each line that was supported for long the newest one, and the last ones below those that the package supports. */
const TOO_OLD = ['14.21.3', '16.20.2', '18.20.8', '20.18.3', '22.11.0'];
const SUPPORTED = [process.versions.node, '22.23.3', '24.21.0', '26.10.0'];
/** `sizeLimit` of the volume where the Instrumentation names none. */
const VOLUME_MIB = 200;

type Running = App & { readonly port: number };

describe('the image for the Operator', () => {
  const image = useOperatorImage();

  interface Pod {
    readonly volume: string;
    readonly receiver: TestReceiver;
    /** Folder of the application: nothing in it but its one file. */
    readonly folder: string;
    readonly env: Record<string, string>;
  }

  /** @param volume of its own where the test damages it */
  async function pod(t: TestContext, volume = image.volume()): Promise<Pod> {
    const receiver = await startTestReceiver(t);
    const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-pod-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const file of MODULES) copyFileSync(inRepo('test/lanes/fixtures', file), join(folder, file));
    return { volume, receiver, folder, env: operatorEnv(volume, receiver) };
  }

  async function serves({ port }: Running): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${port}/orders?id=1`);
    assert.deepEqual([response.status, await response.text()], [200, 'served /orders?id=1']);
  }

  /** One request, its one record, the end by SIGTERM; and nothing was said that the application did not say. */
  async function assertRecorded(app: Running, receiver: TestReceiver): Promise<void> {
    await serves(app);
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    const records = await receiver.waitForExchanges(1);
    assert.deepEqual(
      records.map(({ attributes, resource }) => [
        attributes['url.path'],
        attributes['access_log.outcome'],
        resource['service.name'],
        resource['k8s.pod.name'],
      ]),
      [['/orders', 'completed', 'shop', 'shop-0']],
    );
    assert.equal(app.stdout, `listening ${app.port}\n`);
  }

  async function assertUnrecorded(app: Running, receiver: TestReceiver, said: RegExp): Promise<void> {
    await serves(app);
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.equal(app.stdout, `listening ${app.port}\n`);
    assert.match(app.stderr, said);
    assert.deepEqual(receiver.records, []);
  }

  test(`is smaller than a volume of ${VOLUME_MIB} MiB`, (t) => {
    const [kib] = execFileSync('du', ['-sk', image.folder()], { encoding: 'utf8' }).split('\t');
    t.diagnostic(`${Math.round(Number(kib) / 1024)} MiB`);
    assert.ok(Number(kib) / 1024 < VOLUME_MIB / 2);
  });

  test('has nothing in it that is built for one platform', () => {
    const found = execFileSync('find', [image.folder(), '-name', '*.node', '-o', '-name', '*.so'], {
      encoding: 'utf8',
    });
    assert.equal(found, '');
  });

  for (const version of new Set(SUPPORTED))
    for (const file of MODULES)
      test(`Node ${version}, ${file}: the exchange has its record`, async (t) => {
        const { receiver, folder, env } = await pod(t);
        const app = await spawnApp(t, { node: await nodeBinary(version), cwd: folder, args: [file], env });
        await assertRecorded(app, receiver);
        assert.equal(app.stderr, '');
      });

  for (const version of TOO_OLD)
    for (const file of MODULES)
      test(`Node ${version}, ${file}: it serves, and one line says that it is too old`, async (t) => {
        const { receiver, folder, env } = await pod(t);
        const app = await spawnApp(t, { node: await nodeBinary(version), cwd: folder, args: [file], env });
        await assertUnrecorded(app, receiver, /^otel-access-log: no access log: Node \S+ is too old\n$/);
      });

  for (const file of MODULES) {
    test(`${file}: the package is missing in the volume`, async (t) => {
      const { volume, receiver, folder, env } = await pod(t, podVolume(t, image.folder()));
      rmSync(join(volume, 'node_modules'), { recursive: true });
      const app = await spawnApp(t, { cwd: folder, args: [file], env });
      await assertUnrecorded(
        app,
        receiver,
        /^otel-access-log: no access log: Error: Cannot find module 'otel-access-log\/register'\n$/,
      );
    });

    test(`${file}: a file of the package is torn`, async (t) => {
      const { volume, receiver, folder, env } = await pod(t, podVolume(t, image.folder()));
      truncateSync(join(volume, 'node_modules/otel-access-log/dist/register.js'), 10_000);
      const app = await spawnApp(t, { cwd: folder, args: [file], env });
      await assertUnrecorded(app, receiver, /^otel-access-log: no access log: SyntaxError: .*\n$/);
    });

    test(`${file}: the whole file system is read-only`, async (t) => {
      const readOnly =
        'mount --make-rprivate / && mount --bind / / && mount -o remount,bind,ro / && exec "$@"';
      const unshare = ['--mount', 'sh', '-c', readOnly, 'sh'];
      if (spawnSync('unshare', [...unshare, 'true']).status !== 0) return t.skip('no right to mount');
      const { volume, receiver, folder, env } = await pod(t);
      assert.notEqual(spawnSync('unshare', [...unshare, 'touch', join(volume, 'written')]).status, 0);
      const args = [...unshare, process.execPath, file];
      const app = await spawnApp(t, { node: 'unshare', cwd: folder, args, env });
      await assertRecorded(app, receiver);
      assert.equal(app.stderr, '');
    });

    test(`${file}: the application brings a copy of its own: one record, one line`, async (t) => {
      const { volume, receiver, env } = await pod(t);
      const app = await spawnApp(t, {
        args: [inRepo('test/lanes/fixtures', file)],
        env: {
          ...env,
          NODE_OPTIONS: operatorEnv(volume, receiver, '--import otel-access-log/register').NODE_OPTIONS,
        },
      });
      await assertRecorded(app, receiver);
      assert.match(app.stderr, /^otel-access-log: .*\n$/);
    });
  }

  test('`npm start` says what it says without it, and the service is recorded', async (t) => {
    const { receiver, folder, env } = await pod(t);
    const manifest = { name: 'shop', version: '1.0.0', scripts: { start: 'exec node plain-http.cjs' } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const npm = join(dirname(process.execPath), 'npm');
    const app = await spawnApp(t, {
      node: npm,
      cwd: folder,
      args: ['start'],
      env: { ...env, npm_config_update_notifier: 'false' },
    });
    await serves(app);
    await app.stop();
    await receiver.waitForExchanges(1);
    assert.equal(app.stderr, '');
    assert.equal(app.stdout, `\n> shop@1.0.0 start\n> exec node plain-http.cjs\n\nlistening ${app.port}\n`);
  });
});
