// Copies of the package in one process, and what other code may have put in the place that they share.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { build } from 'esbuild';
import { RawClient, requestText } from '../support/raw-client.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp, spawnNode } from '../support/spawn-app.ts';

const PRELOAD = ['--import', 'otel-access-log/register'];

/** A copy of the package as CommonJS, in a folder that is gone with the test. */
async function bundle(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'fields-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'fields.cjs');
  await build({
    entryPoints: [inRepo('src/fields/fields.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  return outfile;
}

test('the preload, an ES module and a CommonJS bundle agree', async (t) => {
  const copy = await bundle(t);
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: [...PRELOAD, inRepo('test/fields/fixtures/two-copies.mjs')],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, COPY: copy },
  });
  const client = await RawClient.connect(t, { port: app.port });
  await client.send(requestText('/', { headers: { Connection: 'close' } }));
  const [response] = await client.responses(1);
  assert.deepEqual(JSON.parse(String(response?.body)), {
    seenByTheOther: 'acme',
    refused: 'TypeError: createField("app.tenant"): created before, with another definition',
  });
  await app.stop();
  assert.equal(app.stderr, '');
  const [record, heartbeat] = receiver.records;
  const { attributes = {} } = record ?? {};
  assert.equal(attributes['app.tenant'], 'acme');
  assert.equal(attributes['app.count'], 2);
  assert.equal(heartbeat?.attributes['access_log.total.dropped_fields'], 1);
});

describe('what other code has put in the place that copies share', () => {
  for (const [name, content] of [
    ['a text', "'foreign'"],
    ['null', 'null'],
    [
      'a frozen object',
      'Object.freeze({ version: 1, definitions: new Map(), isUsed: false, host: undefined })',
    ],
    ['another version', '{ version: 2, definitions: new Map(), isUsed: false }'],
    ['a map that is none', '{ version: 1, definitions: {}, isUsed: false }'],
    [
      'a proxy that throws',
      'new Proxy({}, { get() { throw new Error("no"); }, has() { throw new Error("no"); } })',
    ],
    [
      'a host that throws',
      '{ version: 1, definitions: new Map(), isUsed: false, host: { begin() { throw 1; }, set() { throw 2; }, note: 3 } }',
    ],
    [
      'a host that cannot be replaced',
      '{ version: 1, definitions: new Map(), isUsed: false, get host() { throw 1; } }',
    ],
    [
      'definitions that are none',
      '{ version: 1, definitions: new Map([["app.tenant", null]]), isUsed: true, host: undefined }',
    ],
  ] as const) {
    test(`${name}: requests are answered and recorded`, async (t) => {
      const receiver = await startTestReceiver(t);
      const app = await spawnApp(t, {
        args: [...PRELOAD, inRepo('test/fields/fixtures/foreign-content.mjs')],
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, CONTENT: content },
      });
      const client = await RawClient.connect(t, { port: app.port });
      await client.send(requestText('/', { headers: { Connection: 'close' } }));
      const [response] = await client.responses(1);
      assert.equal(String(response?.body), 'done');
      await app.stop();
      assert.equal(app.stderr, '');
      assert.equal(receiver.records[0]?.attributes['http.response.status_code'], 200);
    });
  }
});

test('the subpath loads its own files only', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fields-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(folder, 'main.mjs');
  writeFileSync(main, `export { createField } from ${JSON.stringify(inRepo('dist/fields/fields.js'))};`);
  const { metafile } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    absWorkingDir: inRepo('.'),
    packages: 'bundle',
  });
  const loaded = Object.keys(metafile.inputs).filter((file) => !file.endsWith('main.mjs'));
  assert.deepEqual(loaded.sort(), [
    'dist/fields/definition.js',
    'dist/fields/field.js',
    'dist/fields/fields.js',
    'dist/fields/note.js',
    'dist/fields/registry.js',
    'dist/fields/reserved-names.js',
    'dist/options/rules/strategy.js',
  ]);
});

test('the subpath can be imported and required by name', async (t) => {
  const text = `
    import { createRequire } from 'node:module';
    import { createField } from 'otel-access-log/fields';
    import { createField as ofMain } from 'otel-access-log';
    const required = createRequire(process.cwd() + '/x.js')('otel-access-log/fields');
    process.stdout.write(String(createField === ofMain && createField === required.createField));`;
  const app = spawnNode(t, { args: ['--no-warnings', '--input-type=module', '--eval', text] });
  assert.deepEqual(await app.exited, { code: 0, signal: null });
  assert.equal(app.stdout, 'true', app.stderr);
});
