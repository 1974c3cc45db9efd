// What the lanes cannot show of the layouts.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { cleanEnv, spawnApp } from '../support/spawn-app.ts';
import { packPackage } from './application.ts';
import { succeed } from './command.ts';
import { FACTORS } from './lane-table.ts';
import { nodeBinary } from './node-binary.ts';
import { PLUG_N_PLAY } from './package-managers.ts';
import { useApplications } from './suite.ts';
import { toolFile } from './tools.ts';

const [OLDEST_NODE] = FACTORS.node;

describe('layouts', () => {
  const kind = { line: 'none', layout: 'yarn-pnp' } as const;
  const applicationOf = useApplications([kind], [OLDEST_NODE]);

  test("Plug'n'Play, --require and Node 20: no access log, the application runs, and one line says why", async (t) => {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      node: await nodeBinary(OLDEST_NODE),
      cwd: applicationOf(kind).folder,
      args: [...PLUG_N_PLAY, '--require', 'otel-access-log/register', 'express.cjs'],
      env: { LANE_LINE: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint },
    });
    assert.equal((await fetch(`http://127.0.0.1:${app.port}/items/1`)).status, 200);
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.match(
      app.stderr,
      /^otel-access-log: no access log: .*Cannot find .*; with Yarn's Plug'n'Play and this version of Node use --import\n$/,
    );
    assert.deepEqual(receiver.records, []);
  });

  test('no package that this one brings wants a newer Node: yarn 1 would refuse it', async (t) => {
    const { path } = await packPackage(t);
    const cwd = mkdtempSync(join(tmpdir(), 'otel-access-log-yarn1-'));
    t.after(() => rmSync(cwd, { recursive: true, force: true }));
    copyFileSync(path, join(cwd, 'package.tgz'));
    writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
    const flags = ['--non-interactive', '--cache-folder', join(cwd, 'cache')];
    await succeed({
      command: await nodeBinary(OLDEST_NODE),
      args: [await toolFile('yarn1'), 'add', ...flags, 'file:./package.tgz'],
      cwd,
      env: cleanEnv(),
    });
  });
});
