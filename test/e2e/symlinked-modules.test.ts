// pnpm keeps packages behind symbolic links. After `fstatSync` without `bigint` Node 20 looks for what such a package
// requires beside the link, so whatever the preload does at the start must not call it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

const FILES = {
  'preloaded.cjs': "console.log(require('outer'));",
  'app.cjs': '',
  'node_modules/.pnpm/outer/node_modules/outer/index.js': "module.exports = require('inner');",
  'node_modules/.pnpm/outer/node_modules/inner/index.js': "module.exports = 'found';",
};

test('modules behind symbolic links are found after a notice at the start', async (t) => {
  mkdirSync(inRepo('build'), { recursive: true });
  const directory = mkdtempSync(join(inRepo('build'), 'symlinked-modules-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  symlinkSync('.pnpm/outer/node_modules/outer', join(directory, 'node_modules', 'outer'));
  const app = spawnNode(t, {
    args: ['--require', 'otel-access-log/register', '--require', './preloaded.cjs', 'app.cjs'],
    cwd: directory,
    env: { ACCESS_LOG_UNKNOWN: '1' },
  });
  assert.deepEqual(await app.exited, { code: 0, signal: null }, app.stderr);
  // Twice where Node runs what is preloaded in the thread of loader hooks too.
  assert.match(app.stdout, /^(?:found\n)+$/);
  assert.match(app.stderr, /ACCESS_LOG_UNKNOWN/);
});
