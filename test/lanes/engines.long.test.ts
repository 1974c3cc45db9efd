// What the lanes cannot show: yarn 1 judges `engines`, and their applications are installed on another Node.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnv } from '../support/spawn-app.ts';
import { FACTORS } from './lane-table.ts';
import { packPackage } from './support/application.ts';
import { succeed } from './support/command.ts';
import { nodeBinary } from './support/node-binary.ts';
import { toolFile } from './support/tools.ts';

const [OLDEST_NODE] = FACTORS.node;

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
