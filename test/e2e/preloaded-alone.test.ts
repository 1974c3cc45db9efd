// The package preloaded, or imported, under its own name, which starts no access log.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { type SpawnOptions, spawnNode } from '../support/spawn-app.ts';

const SAID =
  'otel-access-log: no access log: --import otel-access-log starts nothing; use --import otel-access-log/register\n';
const PRINT = "console.log(typeof (await import('otel-access-log')).HttpAccessLogInstrumentation)";
const IMPORTS = ['--input-type=module', '--eval', PRINT];

describe('standard error', () => {
  const rows: readonly [what: string, options: SpawnOptions, stderr: string][] = [
    ['--import', { args: ['--import', 'otel-access-log', ...IMPORTS] }, SAID],
    ['--require', { args: ['--require', 'otel-access-log', ...IMPORTS] }, SAID],
    ['NODE_OPTIONS', { args: IMPORTS, env: { NODE_OPTIONS: '--import otel-access-log' } }, SAID],
    [
      'beside register',
      { args: ['--import', 'otel-access-log', '--import', 'otel-access-log/register', ...IMPORTS] },
      '',
    ],
    ['imported by an application', { args: IMPORTS }, ''],
    [
      'imported by a preload of the application',
      { args: ['--import', inRepo('dist/index.js'), ...IMPORTS] },
      '',
    ],
  ];
  for (const [what, options, stderr] of rows) {
    test(`${what}: ${stderr === '' ? 'nothing' : 'one line'}`, async (t) => {
      const app = spawnNode(t, options);
      assert.deepEqual(await app.exited, { code: 0, signal: null });
      assert.deepEqual([app.stdout, app.stderr], ['function\n', stderr]);
    });
  }
});
