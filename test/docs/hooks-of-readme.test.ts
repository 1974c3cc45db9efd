// The module of hooks and the middleware, as the README has them, in an Express service.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { readPage } from './support/markdown.ts';

const blocks = readPage('README.md').blocks.filter(({ heading }) => heading === 'Hooks');
const scripts = blocks.filter(({ language }) => language === 'js').map(({ text }) => text);

test('the hooks of the README are called, and its middleware puts the tenant on the line', async (t) => {
  const [hooks = '', middleware = ''] = scripts;
  assert.match(hooks, /^\/\/ hooks\.mjs\n/);
  mkdirSync(inRepo('build'), { recursive: true });
  // Below the repository, so that the package finds itself by name.
  const directory = mkdtempSync(join(inRepo('build'), 'hooks-of-readme-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'hooks.mjs'), hooks);
  const [imports = '', ...rest] = middleware.split('\n\n');
  writeFileSync(
    join(directory, 'app.mjs'),
    [
      imports,
      "import express from 'express';",
      'const app = express();',
      "app.use((req, res, next) => { req.user = { tenant: 'acme', plan: 'large' }; next(); });",
      ...rest,
      "app.get('/orders/:id', (req, res) => res.json({ id: req.params.id }));",
      "const server = app.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));",
    ].join('\n'),
  );
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', 'app.mjs'],
    cwd: directory,
    env: {
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      ACCESS_LOG_HOOKS: './hooks.mjs',
      ACCESS_LOG_STDOUT: 'json',
    },
  });
  const get = async (userAgent: string): Promise<void> => {
    const headers = { 'user-agent': userAgent };
    await (await fetch(`http://127.0.0.1:${app.port}/orders/42`, { headers })).text();
  };
  await get('kube-probe/1.34');
  await get('curl/8.14.1');
  const [record, ...more] = await receiver.waitForExchanges(1);
  await app.stop();
  assert.deepEqual(more, []);
  const { 'app.plan': plan, 'tenant.id': tenant, 'user_agent.original': agent } = record?.attributes ?? {};
  assert.deepEqual([plan, tenant, agent], ['large', 'acme', 'curl/8.14.1']);
  const lines = app.stdout.split('\n').filter((line) => line.startsWith('{'));
  const [line, ...otherLines] = lines.map((text): Record<string, unknown> => JSON.parse(text));
  assert.ok(line !== undefined);
  assert.deepEqual(otherLines, []);
  // The line of the README, but for what differs in every run.
  const shown = JSON.parse(blocks.find(({ language }) => language === 'json')?.text ?? '');
  for (const name of ['time', 'duration_ms', 'bytes', 'trace_id', 'span_id']) {
    assert.equal(typeof line[name], typeof shown[name], name);
    shown[name] = line[name];
  }
  assert.equal(JSON.stringify(line), JSON.stringify(shown));
  assert.equal(app.stderr, '');
});
