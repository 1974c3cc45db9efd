import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Snapshot } from '../../src/cli/web/snapshot.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

test('npm start -- --once: every request of the tour has its record, one is shown in full, and all ends', async (t) => {
  const tour = spawnNode(t, { args: ['examples/tour/start.js', '--once'] });
  assert.deepEqual(await tour.exited, { code: 0, signal: null }, tour.stderr);
  assert.equal(tour.stderr, '');
  const lines = tour.stdout
    .split('\n')
    .filter((line) => /^\d{2}:\d{2}:\d{2}\.\d{3}Z {2}(?:\d{3}|---) /.test(line));
  const seen = lines.map((line) =>
    /^\S+ {2}(\S+).* 127\.0\.0\.1.* (GET|POST) +(\S+) *(.*)$/.exec(line)?.slice(1).join(' ').trimEnd(),
  );
  assert.deepEqual(seen, [
    '200 GET /orders/:id /orders/42',
    '201 POST /orders',
    '404 GET - /nowhere',
    '500 GET /broken',
    '200 GET /orders/:id /orders/7?token=REDACTED&page=2',
    '200 GET /orders/:id /orders/8',
    '--- GET /report /report?patience=none',
    '200 GET /report',
  ]);
  assert.match(tour.stdout, /^ {2}trace id +4bf92f3577b34da6a3ce929d0e0e4736$/m);
  const readme = readFileSync(inRepo('README.md'), 'utf8');
  assert.equal(recordIn(readme), recordIn(tour.stdout), 'the README shows the same record');
  assert.doesNotMatch(tour.stdout.slice(tour.stdout.indexOf('Records ')), /a-secret/);
  assert.match(tour.stdout, /heartbeat {2}8 served = 0 ignored \+ 0 suppressed \+ 8 kept/);
});

/** The record in full, without what differs from run to run and between machines. */
function recordIn(text: string): string {
  const [, record = ''] = /^(record\n(?:(?: {2}\S.*|attributes|resource|scope)\n)+)/m.exec(text) ?? [];
  return record
    .replace(/^ {2}(?:host\.name|container\.id) .*\n/gm, '')
    .replace(/^ {2}(time|observed|span id|network\.peer\.port|server\.port|version) .*$/gm, '  $1')
    .replace(/^( {2}\S+) +0\.\d+$/gm, '$1')
    .replace(/ [\d.]+ms"$/m, ' <time>"')
    .replaceAll(/ {2,}/g, '  ');
}

test('npm start: an unknown argument is answered by the usage and exit code 2', async (t) => {
  const tour = spawnNode(t, { args: ['examples/tour/start.js', '--twice'] });
  assert.deepEqual(await tour.exited, { code: 2, signal: null });
  assert.equal(
    tour.stderr,
    "Unknown option '--twice'\nusage: npm start [-- --once]    --once: end after the sample instead of staying up\n",
  );
});

test('npm start: stays up, records requests of others, and ends by SIGINT without leaving anything', async (t) => {
  const tour = spawnNode(t, { args: ['examples/tour/start.js'] });
  const [, url] = await tour.waitFor(/^ {2}curl (http:\S+)$/m, 30_000);
  assert.ok(url !== undefined);
  await (await fetch(url)).text();
  await tour.waitFor(/ \/orders\/1$/m);
  const [, page = ''] = await tour.waitFor(/^Page +(http:\S+)$/m);
  const { snapshot }: { snapshot?: Snapshot } = JSON.parse(await (await fetch(`${page}data`)).text());
  assert.equal(snapshot?.totals.requests, 9);
  assert.deepEqual(await tour.stop('SIGINT'), { code: 0, signal: null });
  assert.doesNotMatch(tour.stdout, /^Building/m, 'what is built is not built again');
  assert.match(tour.stdout, /9 served = 0 ignored \+ 0 suppressed \+ 9 kept/);
  await assert.rejects(fetch(url), 'the service is gone');
  await assert.rejects(fetch(page), 'and so is the page');
});
