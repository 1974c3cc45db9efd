// Real processes whose spool has an end: its limit, a full disk, a disk that cannot be written, damaged files.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotMount, makeReadOnly, temporaryTmpfs } from '../delivery/spool/support/tmpfs.ts';
import { polled } from '../support/polled.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { arrivals, expireLeases, spoolDirectory, startApp } from './support/kill-rounds.ts';
import { randomFrom } from './support/random.ts';
import { request } from './support/requests.ts';
import { settledAt } from './support/totals.ts';

const IN_TIME_MS = 60_000;
/** Requests whose records are a quarter of the memory limit. */
const PORTION = 250;
/** Records in the batch that asks whether the receiver is back. */
const MOST_IN_PROBE = 512;

const paths = (count: number, prefix: string, bytes: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `/${prefix}-${index}/${'x'.repeat(bytes)}`);

/** Exchanges that the service says it has lost, by reason. */
function lostBy({ accepted }: ScriptedReceiver): Readonly<Record<string, number>> {
  const lost: Record<string, number> = {};
  for (const { eventName, attributes } of accepted) {
    if (eventName !== 'access_log.lost') continue;
    const reason = String(attributes['error.type']);
    lost[reason] = (lost[reason] ?? 0) + Number(attributes['access_log.count']);
  }
  return lost;
}

/** Resolves when the record of that path is in a file of the directory. */
function untilStored(directory: string, path: string): Promise<void> {
  return polled(() => {
    const names = readdirSync(directory, { recursive: true, withFileTypes: true });
    return names.some((entry) => entry.isFile() && holds(join(entry.parentPath, entry.name), path));
  }, `${path} on disk`);
}

function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file).includes(text);
  } catch {
    // Gone since the directory was read: the oldest file gives way.
    return false;
  }
}

describe('with a spool', { concurrency: true }, () => {
  test('an outage through the whole limit of the disk costs the oldest, each counted', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const directory = await spoolDirectory(t);
    const app = await startApp(t, receiver, directory, {
      ACCESS_LOG_MEMORY_LIMIT_MIB: '2',
      ACCESS_LOG_SPOOL_LIMIT_MIB: '8',
    });
    // Some 16 MiB of records, no faster than the disk takes them: memory is not what gives way here.
    const all = paths(8_000, 'limit', 1_500);
    for (let sent = 0; sent < all.length; sent += PORTION) {
      const portion = all.slice(sent, sent + PORTION);
      await request(app.port, portion, 2_000);
      await untilStored(directory, portion.at(-1) ?? '');
    }
    await receiver.up();
    const totals = await settledAt(receiver, app, all.length);
    const arrived = arrivals(receiver);
    const missing = all.filter((path) => !arrived.has(path));
    assert.ok(missing.length > 1_000 && missing.length < all.length - 1_000, `${missing.length} missing`);
    // The oldest batch waits in memory too, as a probe of the receiver: it may outlive the oldest file.
    const oldest = all.indexOf(missing[0] ?? '');
    assert.ok(oldest <= MOST_IN_PROBE, `the first one missing is ${oldest}`);
    assert.deepEqual(missing, all.slice(oldest, oldest + missing.length));
    const { spool_limit: onDisk = 0, memory_limit: inMemory = 0, ...others } = lostBy(receiver);
    assert.deepEqual([totals.lost, onDisk + inMemory, others], [missing.length, missing.length, {}]);
    assert.ok(inMemory <= MOST_IN_PROBE, `${inMemory} of memory`);
    await app.stop('SIGINT');
  });

  test('a disk that is full costs nothing that memory can hold', { skip: cannotMount }, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    await receiver.down();
    const app = await startApp(t, receiver, temporaryTmpfs(t, 'size=1m,mode=0700'));
    // Some 4 MiB of records.
    const all = paths(2_000, 'full', 1_500);
    await request(app.port, all, 2_000);
    await app.waitFor(/the spool takes nothing: ENOSPC/);
    await receiver.up();
    await settles(receiver, app, all);
    await app.stop('SIGINT');
    assert.equal(app.stderr.match(/ENOSPC/g)?.length, 1, app.stderr);
  });

  test('a disk that is read-only costs nothing that memory can hold', { skip: cannotMount }, async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const disk = temporaryTmpfs(t, 'size=8m,mode=0700');
    makeReadOnly(disk);
    const app = await startApp(t, receiver, disk);
    const all = paths(1_000, 'read-only', 0);
    await request(app.port, all);
    await app.waitFor(/the spool cannot be used: EROFS/);
    await receiver.up();
    await settles(receiver, app, all);
    await app.stop('SIGINT');
  });

  test('files that are damaged in many places cost some of their records, and never show another', async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const random = randomFrom(seed);
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    await receiver.down();
    const directory = await spoolDirectory(t);
    const before = await Promise.all(Array.from({ length: 4 }, () => startApp(t, receiver, directory)));
    const sent = before.map((_, index) => paths(400, `damaged-${index}`, 20));
    // A second and a half makes several frames.
    await Promise.all(before.map(({ port }, index) => request(port, sent[index] ?? [], 250)));
    await Promise.all(before.map((app) => app.stop('SIGINT')));
    expireLeases(directory);
    for (const [index, file] of spoolFiles(directory).entries()) {
      const bytes = readFileSync(file);
      for (let times = 0; times < 2; times += 1) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random() * 255));
      }
      writeFileSync(file, bytes);
      if (index % 2 === 0) truncateSync(file, Math.floor(bytes.length * (0.5 + random() / 2)));
    }
    await receiver.up();
    const next = await startApp(t, receiver, directory);
    const served: string[] = [];
    const serve = async (): Promise<void> => {
      served.push(`/next-${served.length}`);
      await request(next.port, served.slice(-1));
      await sleep(50);
    };
    await serve();
    await receiver.until(() => arrivals(receiver).has('/next-0') || undefined, 'the next one');
    // Its own is left.
    await polled(async () => {
      await serve();
      return spoolFiles(directory).length <= 1;
    }, 'no file but its own');
    const totals = await settledAt(receiver, next, served.length);
    await receiver.until(
      () => arrivals(receiver).size === totals.delivered + totals.pending || undefined,
      'what is delivered',
    );
    await next.stop('SIGINT');
    t.diagnostic(JSON.stringify(totals));
    const known = new Set([...sent.flat(), ...served]);
    const arrived = [...arrivals(receiver)].filter(([path]) => !path.startsWith('/account/'));
    assert.deepEqual(
      arrived.filter(([path, count]) => !known.has(path) || count > 1),
      [],
    );
    assert.deepEqual(lostBy(receiver), totals.lost === 0 ? {} : { spool_damaged: totals.lost });
  });
});

async function settles(
  receiver: ScriptedReceiver,
  app: { readonly port: number },
  all: readonly string[],
): Promise<void> {
  await receiver.until(() => arrivals(receiver).size === all.length || undefined, 'all', IN_TIME_MS);
  const totals = await settledAt(receiver, app, all.length);
  const arrived = arrivals(receiver);
  assert.deepEqual([totals.lost, all.filter((path) => arrived.get(path) !== 1)], [0, []]);
}

/** Files of records. */
function spoolFiles(directory: string): readonly string[] {
  const root = join(directory, 'otel-access-log');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.spool')).map((name) => join(root, name));
}
