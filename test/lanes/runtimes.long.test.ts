import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { VERSION } from '../../src/version.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { assertRecords } from './support/expected.ts';
import { watch } from './support/lane-process.ts';
import { runtimeBinary } from './support/runtime-binary.ts';
import { useApplications } from './support/suite.ts';
import { sendTraffic, TOGETHER } from './support/traffic.ts';

const ENV = { LANE_LINE: 'none', LANE_TOGETHER: String(TOGETHER), OTEL_SERVICE_NAME: 'from-environment' };
const ENDS = { default: { code: null, signal: 'SIGTERM' }, handled: { code: 0, signal: null } } as const;

describe('other runtimes than Node', () => {
  const applicationOf = useApplications([{ line: 'none', layout: 'npm' }]);

  /** The application as a user has it, who takes the package from the registry. */
  function install(t: TestContext): string {
    const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-runtime-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { folder: installed } = applicationOf({ line: 'none', layout: 'npm' });
    symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
    cpSync(inRepo('test', 'lanes', 'fixtures'), folder, { recursive: true });
    const dependencies = { express: '*', fastify: '*', 'otel-access-log': `^${VERSION}` };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    return folder;
  }

  for (const [file, protocol, sigterm] of [
    ['express.cjs', 'grpc', 'default'],
    ['fastify.mjs', 'http/protobuf', 'handled'],
  ] as const) {
    test(`Deno, ${file}, ${protocol}, SIGTERM ${sigterm}: every exchange has its record`, async (t) => {
      const receiver = await startTestReceiver(t);
      const app = await spawnApp(t, {
        node: await runtimeBinary('deno'),
        cwd: install(t),
        args: ['run', '--allow-all', '--preload', 'npm:otel-access-log/register', file],
        env: {
          ...ENV,
          LANE_SIGTERM: sigterm,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? receiver.grpcEndpoint : receiver.httpEndpoint,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        },
      });
      const { exchanges, stderr, exit } = await watch(app);
      await assertRecords(receiver, exchanges, 'from-environment');
      // Express writes the error that a handler throws.
      assert.doesNotMatch(stderr, /otel-access-log:/);
      assert.deepEqual(exit, ENDS[sigterm]);
      const last = receiver.records.at(-1)?.attributes ?? {};
      assert.deepEqual(
        [last['access_log.final'], last['access_log.total.served'], last['access_log.total.lost']],
        [true, exchanges.length, 0],
      );
    });
  }

  for (const [what, command, expected] of [
    ['ends it', 'exec "$@"', { code: null, signal: 'SIGHUP' }],
    [
      'that is ignored (nohup) goes on being ignored',
      'trap "" HUP; exec "$@"',
      { code: null, signal: 'SIGTERM' },
    ],
  ] as const)
    test(`Deno: SIGHUP ${what}`, async (t) => {
      const receiver = await startTestReceiver(t);
      const deno = await runtimeBinary('deno');
      const args = ['run', '--allow-all', '--preload', 'npm:otel-access-log/register', 'express.cjs'];
      const app = await spawnApp(t, {
        node: 'sh',
        cwd: install(t),
        args: ['-c', command, 'sh', deno, ...args],
        env: {
          ...ENV,
          LANE_SIGTERM: 'default',
          OTEL_BLRP_SCHEDULE_DELAY: '50',
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        },
      });
      await fetch(`http://127.0.0.1:${app.port}/first`);
      await receiver.waitForExchanges(1);
      app.child.kill('SIGHUP');
      if (expected.signal === 'SIGTERM') {
        await fetch(`http://127.0.0.1:${app.port}/after`);
        await receiver.waitForExchanges(2);
        app.child.kill('SIGTERM');
      }
      assert.deepEqual(await app.exited, expected);
    });

  test('Bun: it serves, and one line says that nothing is recorded', async (t) => {
    const app = await spawnApp(t, {
      node: await runtimeBinary('bun'),
      cwd: install(t),
      args: ['--preload', 'otel-access-log/register', 'express.cjs'],
      env: ENV,
    });
    await sendTraffic(app.port);
    await app.stop();
    const lines = app.stderr.split('\n').filter((line) => line.startsWith('otel-access-log:'));
    assert.equal(lines.length, 1, app.stderr);
    assert.match(
      lines[0] ?? '',
      /: Bun \S+ publishes nothing on http\.server\.request\.start: no request is recorded$/,
    );
  });
});
