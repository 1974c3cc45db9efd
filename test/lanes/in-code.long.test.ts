import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { bundle } from './support/bundle.ts';
import { checkTypes, runInCode, type Setup, setupName, tryBucket, tryInCode } from './support/in-code.ts';
import { useApplications } from './support/suite.ts';

const OLDEST: Setup = {
  node: '20.20.2',
  line: '2.0.1',
  args: ['--import', './sdk-in-code-2.0.1.mjs', 'express.mjs'],
};

const SETUPS: readonly Setup[] = [
  OLDEST,
  { node: '26.10.0', line: '2.0.1', args: ['--require', './sdk-in-code-2.0.1.mjs', 'express.cjs'] },
  { node: '22.23.3', line: '2.x', args: ['--require', './sdk-in-code.mjs', 'express.cjs'] },
  { node: '26.10.0', line: '3.x', args: ['--import', './sdk-in-code.mjs', 'express.mjs'] },
  { node: '22.23.3', line: '3.x', args: ['in-code.mjs'] },
];

describe('an SDK that is set up in code', { concurrency: 2 }, () => {
  const applicationOf = useApplications(
    SETUPS.map(({ line }) => ({ line, layout: 'npm' })),
    SETUPS.map(({ node }) => node),
  );

  for (const setup of SETUPS) {
    const { line } = setup;
    test(`${setupName(setup)}: every exchange, and nothing else changes`, (t) =>
      tryInCode(t, setup, applicationOf({ line, layout: 'npm' })));
    test(`${setupName(setup)}: the token bucket`, (t) =>
      tryBucket(t, setup, applicationOf({ line, layout: 'npm' })));
  }

  // What its own declarations say of each other is not for us to judge.
  test('types: OpenTelemetry 2.0.1', () =>
    checkTypes(applicationOf({ line: '2.0.1', layout: 'npm' }), 'sdk-in-code-2.0.1.mjs', true));

  // esbuild makes no CommonJS of OpenTelemetry 3.x: what is imported of it asks for `import.meta.url`.
  for (const [node, line, format] of [
    ['20.20.2', '2.x', 'cjs'],
    ['26.10.0', '2.x', 'mjs'],
    ['24.21.0', '3.x', 'mjs'],
  ] as const) {
    const name = `Node ${node}, OpenTelemetry ${line}, esbuild to ${format}`;
    test(`all in one file, far from node_modules: ${name}`, async (t) => {
      const application = applicationOf({ line, layout: 'npm' });
      const file = await bundle(application, 'in-code.mjs', format);
      const { folder, setup } = alone(t, { node, line }, join(application.folder, file));
      await tryInCode(t, setup, application, folder);
    });
  }

  test('all in one file: a configuration file needs the package yaml beside it', async (t) => {
    const kind = { node: '20.20.2', line: '2.x' } as const;
    const application = applicationOf({ line: '2.x', layout: 'npm' });
    const file = await bundle(application, 'in-code.mjs', 'cjs');
    writeFileSync(join(application.folder, 'access-log.yaml'), 'level: error\n');
    const env = { LANE_ACCESS_LOG: 'yes', ACCESS_LOG_CONFIG: join(application.folder, 'access-log.yaml') };
    const [, { records }] = await runInCode(t, { ...kind, args: [file] }, application, env);
    assert.deepEqual(
      records.map(
        ({ attributes }) => attributes['http.response.status_code'] ?? attributes['access_log.event'],
      ),
      [500, 'heartbeat'],
    );
    const { folder, setup } = alone(t, kind, join(application.folder, file));
    await assert.rejects(runInCode(t, setup, application, env, folder), /Cannot find module 'yaml'/);
  });
});

/** The file in a folder of its own. */
function alone(
  t: TestContext,
  kind: Omit<Setup, 'args'>,
  file: string,
): { readonly folder: string; readonly setup: Setup } {
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-alone-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(file, join(folder, basename(file)));
  return { folder, setup: { ...kind, args: [basename(file)] } };
}
