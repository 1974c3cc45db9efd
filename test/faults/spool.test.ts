// Real processes with a spool: outages longer than memory, many processes on one directory, threads, a disk that stalls.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_ADMITTED } from '../support/all-admitted.ts';
import { polled } from '../support/polled.ts';
import { inRepo } from '../support/repo-root.ts';
import {
  accept,
  hang,
  refuse,
  reset,
  type ScriptedReceiver,
  startScriptedReceiver,
} from '../support/scripted-receiver.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { arrivals, expireLeases, spoolDirectory, startApp } from './support/kill-rounds.ts';
import { request } from './support/requests.ts';
import { checkHeartbeats, settledAt, type Totals } from './support/totals.ts';

const paths = (count: number, prefix: string, bytes = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `/${prefix}-${index}${'x'.repeat(bytes)}`);
/** A line of standard error that speaks of records that are lost. */
const LOST = /records? lost/;
const IN_TIME_MS = 60_000;

type Counts = ReadonlyMap<string, number>;
const once = (all: readonly string[]): Counts => new Map(all.map((path) => [path, 1]));
const sorted = (counts: Counts): readonly unknown[] => [...counts].sort();

describe('with a spool', { concurrency: true }, () => {
  test('an outage through a whole memory limit costs nothing, though the receiver was never there before', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const app = await startApp(t, receiver, await spoolDirectory(t), { ACCESS_LOG_MEMORY_LIMIT_MIB: '2' });
    // Some 6 MiB of records.
    const all = paths(5_000, 'outage', 600);
    await request(app.port, all, 750);
    await receiver.up();
    await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all', IN_TIME_MS);
    assert.deepEqual(sorted(arrivals(receiver)), sorted(once(all)));
    await delivers(receiver, app, all.length);
    await app.stop('SIGINT');
    assert.doesNotMatch(app.stderr, LOST);
  });

  test('and memory for 1 MiB only, 5,000 requests a second cost what the disk is too slow for, counted', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const directory = await spoolDirectory(t);
    const app = await startApp(t, receiver, directory, { ACCESS_LOG_MEMORY_LIMIT_MIB: '1' });
    const first = paths(1, 'first');
    await request(app.port, first);
    // Before the spool is open, memory holds 0.3 s of this load.
    await polled(() => filesOf(directory).length > 0, 'a file');
    const all = [...first, ...paths(10_000, 'pressed')];
    await request(app.port, all.slice(1), 5_000);
    await receiver.up();
    const { lost } = await settledAt(receiver, app, all.length);
    const counts = arrivals(receiver);
    const arrived = all.filter((path) => counts.has(path));
    assert.ok(arrived.every((path) => counts.get(path) === 1));
    assert.equal(lost, all.length - arrived.length);
    // None where the process has a processor: half of the memory is 0.15 s of this load.
    assert.ok(lost < all.length / 10, `${lost} lost`);
    await app.stop('SIGINT');
  });

  test('a receiver that refuses, hangs, resets and is gone in turn costs nothing', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const app = await startApp(t, receiver, await spoolDirectory(t), { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' });
    const all: string[] = [];
    const moods = [() => refuse(503), () => hang(), () => reset('head'), () => reset('body'), () => accept()];
    for (const [index, mood] of [...moods, ...moods].entries()) {
      receiver.always(mood());
      const some = paths(300, `mood-${index}`);
      all.push(...some);
      await request(app.port, some, 500);
      if (index % 3 === 0) {
        await receiver.down();
        await receiver.up();
      }
    }
    receiver.always(accept());
    await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all', IN_TIME_MS);
    assert.deepEqual([...arrivals(receiver).keys()].sort(), [...all].sort());
    await delivers(receiver, app, all.length);
    await app.stop('SIGINT');
    assert.doesNotMatch(app.stderr, LOST);
  });

  test('processes on one directory that are killed or end are taken over once, by those that live', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const directory = await spoolDirectory(t);
    const all: string[] = [];
    const before = await Promise.all(Array.from({ length: 4 }, () => startApp(t, receiver, directory)));
    for (const [index, app] of before.entries()) {
      const some = paths(200, `process-${index}`);
      all.push(...some);
      await request(app.port, some);
    }
    await polled(() => filesOf(directory).length >= before.length, 'a file of each process');
    await sleep(500);
    await Promise.all(before.map((app, index) => app.stop(index % 2 === 0 ? 'SIGKILL' : 'SIGINT')));
    expireLeases(directory);
    const left = readdirSync(join(directory, 'otel-access-log'));
    await receiver.up();
    const next = await Promise.all(Array.from({ length: 3 }, () => startApp(t, receiver, directory)));
    await Promise.all(next.map((app, index) => request(app.port, [`/next-${index}`])));
    all.push(...next.map((_, index) => `/next-${index}`));
    await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all', IN_TIME_MS);
    // The events of the processes before too. A file of a process that lives stays until it is full.
    await polled(
      () => !filesOf(directory).some((file) => left.some((owner) => file.includes(owner))),
      'no file of the processes before',
    );
    await Promise.all(next.map((app) => app.stop('SIGINT')));
    assert.deepEqual(sorted(arrivals(receiver)), sorted(once(all)));
    checkHeartbeats(receiver);
    // Not those of the processes before, which are in their spools.
    const finals = receiver.accepted.filter(
      ({ attributes }) =>
        attributes['access_log.final'] === true && attributes['access_log.total.served'] === 1,
    );
    const total = (name: string): number =>
      finals.reduce((sum, { attributes }) => sum + Number(attributes[`access_log.total.${name}`] ?? 0), 0);
    // The acknowledgement of the last ones may come after the final heartbeat was made.
    assert.deepEqual([total('adopted'), total('delivered') + total('pending'), total('lost')], [800, 803, 0]);
  });

  test('worker threads each have a directory, and what they leave is delivered', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const directory = await spoolDirectory(t);
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/threads.mjs')],
      env: { ...receiver.environment, ...ALL_ADMITTED, ACCESS_LOG_SPOOL_DIR: directory },
    });
    const [, listed = ''] = await app.waitFor(/^ports (.+)$/m);
    const ports = listed.split(' ').map(Number);
    const all = ports.flatMap((_, thread) => paths(50, `thread-${thread}`));
    for (const [thread, port] of ports.entries()) await request(port, paths(50, `thread-${thread}`));
    await polled(() => filesOf(directory).length >= ports.length, 'a file of each thread');
    await sleep(500);
    await app.stop('SIGKILL');
    expireLeases(directory);
    await receiver.up();
    const next = await startApp(t, receiver, directory);
    await request(next.port, ['/next']);
    const expected = [...all, '/next'];
    await receiver.until(() => arrivals(receiver).size === expected.length || undefined, 'all', IN_TIME_MS);
    assert.deepEqual(sorted(arrivals(receiver)), sorted(once(expected)));
    assert.equal((await delivers(receiver, next, 1)).adopted, all.length);
    await next.stop('SIGINT');
  });

  test('that cannot be used, the service serves, and records are delivered from memory', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const file = join(await spoolDirectory(t), 'file');
    writeFileSync(file, '');
    const app = await startApp(t, receiver, file);
    const all = paths(100, 'no-spool');
    await request(app.port, all);
    await app.waitFor(/the spool cannot be used: .+/);
    await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all');
    await delivers(receiver, app, all.length);
    await app.stop('SIGINT');
    assert.deepEqual([app.stderr.match(/the spool/g)?.length, LOST.test(app.stderr)], [1, false]);
  });

  test('whose disk stalls, the service serves and delivers as without', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const directory = await spoolDirectory(t);
    receiver.always(refuse(14));
    const app = await spawnApp(t, {
      args: [
        '--import',
        inRepo('test/faults/fixtures/stalled-disk.mjs'),
        '--import',
        'otel-access-log/register',
        inRepo('test/faults/fixtures/app.mjs'),
      ],
      env: { ...receiver.environment, ...ALL_ADMITTED, ACCESS_LOG_SPOOL_DIR: directory },
    });
    await request(app.port, paths(100, 'refused'));
    await app.waitFor(/^stalled$/m);
    receiver.always(accept());
    const more = paths(100, 'later');
    await request(app.port, more);
    const all = [...paths(100, 'refused'), ...more];
    await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all', IN_TIME_MS);
    assert.deepEqual(sorted(arrivals(receiver)), sorted(once(all)));
    await delivers(receiver, app, all.length);
    await app.stop('SIGINT');
    assert.doesNotMatch(app.stderr, LOST);
  });
});

/** Totals of an application that has settled: nothing is lost, and what arrived is what it has delivered. */
async function delivers(
  receiver: ScriptedReceiver,
  app: { readonly port: number },
  sent: number,
): Promise<Totals> {
  const totals = await settledAt(receiver, app, sent);
  // The record of the last question may still be on its way.
  await receiver.until(
    () => arrivals(receiver).size === totals.delivered + totals.pending || undefined,
    'what is delivered',
  );
  assert.equal(totals.lost, 0);
  return totals;
}

/** Files of records. */
function filesOf(directory: string): readonly string[] {
  const root = join(directory, 'otel-access-log');
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'));
}
