// A delivery with a spool in real directories.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import promises, { readdir } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { NODE_FILES } from '../../../src/delivery/spool/segments/spool-files.ts';
import { bodies, TestRecord } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';
import { bytesIn, type DiskScene, diskScene, filesIn, ownersIn } from './support/disk-scene.ts';
import { diskError } from './support/logs.ts';
import { temporaryDirectory } from './support/spool-scene.ts';
import { cannotMount, temporaryTmpfs } from './support/tmpfs.ts';

const KIB = 1024;
const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** Emits records in an outage, and waits until they are on disk. */
async function spoolAll(scene: DiskScene, ...records: readonly string[]): Promise<void> {
  scene.transport.script = () => refused('wait');
  scene.emit('first');
  await scene.until(() => scene.disk.isWritable);
  await scene.pass(200);
  scene.emit(...records);
  await scene.pass(500);
}

/** A process before: it ends in an outage, and leaves these records. @returns its name in the directory */
async function leave(directory: string, records: readonly string[]): Promise<string> {
  const before = new Set(existsSync(join(directory, 'otel-access-log')) ? ownersIn(directory) : []);
  const scene = diskScene(directory);
  scene.transport.script = () => refused('wait');
  scene.emit(...records.slice(0, 1));
  await scene.until(() => scene.disk.isWritable);
  const [owner = ''] = ownersIn(directory).filter((name) => !before.has(name));
  await scene.pass(200);
  for (const record of records.slice(1)) {
    scene.emit(record);
    await scene.pass(200);
  }
  assert.equal(scene.delivery.storeLast(), scene.totals().pending);
  return owner;
}

/** Starts a process that delivers. The record of the start is `start`. */
async function start(scene: DiskScene): Promise<void> {
  scene.emit('start');
  await scene.until(() => scene.disk.isWritable);
}

async function delivers(scene: DiskScene, adopted: number): Promise<void> {
  await scene.until(() => scene.totals().adopted === adopted);
  await scene.pass(2_000);
  await scene.until(() => scene.totals().pending === 0);
}

/** Takes the directory of `owner`, as a process does that finds its lease expired. */
async function takenOver(directory: string, owner: string): Promise<DiskScene> {
  const path = join(directory, 'otel-access-log', owner);
  for (const name of await readdir(path)) if (name.startsWith('lease-')) rmSync(join(path, name));
  const old = new Date(Date.now() - 10 * MINUTE_MS);
  utimesSync(path, old, old);
  const other = diskScene(directory, { periods: { renewMs: 1e12, trustMs: 2e12, expiryMs: 30_000 } });
  other.transport.script = () => undefined;
  await start(other);
  return other;
}

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();

test('its usage: the bytes of all files, those that it has taken over included', async (t) => {
  const directory = await temporaryDirectory(t);
  await leave(directory, ['1', '2', '3']);
  const scene = diskScene(directory);
  const left = bytesIn(directory);
  assert.ok(left > 0);
  scene.transport.script = () => refused('wait');
  await start(scene);
  await scene.until(() => scene.totals().adopted === 3);
  await scene.pass(500);
  const usage = scene.delivery.report().spool;
  assert.ok(usage !== undefined && usage.bytes > left);
  assert.equal(usage.bytes, bytesIn(directory));
  scene.transport.script = () => accepted;
  await scene.pass(60_000);
  await scene.until(() => scene.totals().pending === 0);
  await scene.until(() => (scene.delivery.report().spool?.bytes ?? 0) < left);
});

describe('a process takes over what processes before it have left', () => {
  test('and counts it as adopted: kept + adopted = delivered + lost + pending', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['1', '2', '3']);
    await leave(directory, ['4', '5']);
    const scene = diskScene(directory);
    scene.transport.script = () => undefined;
    await start(scene);
    await scene.until(() => scene.totals().adopted === 5);
    assert.deepEqual(scene.totals(), { delivered: 0, lost: 0, pending: 6, adopted: 5 });
    scene.transport.script = () => accepted;
    scene.transport.replyAll(accepted);
    await delivers(scene, 5);
    assert.deepEqual(scene.totals(), { delivered: 6, lost: 0, pending: 0, adopted: 5 });
    assert.deepEqual(sorted(scene.delivered()), ['1', '2', '3', '4', '5', 'start']);
    // Nothing is left of them, their directories included.
    const [own = ''] = ownersIn(directory);
    await scene.until(() => filesIn(directory).length === 0);
    const left = async (): Promise<number> => (await readdir(join(directory, 'otel-access-log', own))).length;
    for (let tries = 0; (await left()) > 1 && tries < 1_000; tries += 1) await scene.until(() => true);
    assert.equal(await left(), 1);
  });

  test('with its counts by key', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['a', 'a', 'b']);
    const scene = diskScene(directory);
    scene.transport.script = ({ records }) => (records.includes('start') ? accepted : refused('none'));
    await start(scene);
    await delivers(scene, 3);
    assert.deepEqual(scene.totals(), { delivered: 1, lost: 3, pending: 0, adopted: 3 });
    assert.deepEqual(sorted(scene.lost), ['a none_type', 'a none_type', 'b none_type']);
  });

  test('that it has not delivered when it ends is left to the next one, with what it kept itself', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['1', '2']);
    const second = diskScene(directory);
    second.transport.script = () => refused('wait');
    await start(second);
    await second.until(() => second.totals().adopted === 2);
    assert.equal(second.delivery.storeLast(), 3);
    const third = diskScene(directory);
    third.transport.script = () => accepted;
    third.emit('third');
    await delivers(third, 3);
    assert.deepEqual(third.totals(), { delivered: 4, lost: 0, pending: 0, adopted: 3 });
    assert.deepEqual(sorted(third.delivered()), ['1', '2', 'start', 'third']);
  });

  test('later where the system is short of file descriptors: none of it is read without what is finished', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['1', '2']);
    let isShort = true;
    const open = async (path: string, flags: number): Promise<number> => {
      if (isShort && path.includes('adopted-')) throw diskError('EMFILE');
      return NODE_FILES.open(path, flags);
    };
    const scene = diskScene(directory, { files: { open } });
    scene.transport.script = () => accepted;
    await start(scene);
    await scene.until(() => scene.messages.some((message) => message.includes('EMFILE')));
    isShort = false;
    await scene.pass(10_000);
    await delivers(scene, 2);
    assert.deepEqual(scene.totals(), { delivered: 3, lost: 0, pending: 0, adopted: 2 });
    assert.deepEqual(sorted(scene.delivered()), ['1', '2', 'start']);
  });

  test('also where the frames are those of a process with more memory: they are lost, and counted', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['small', 'large'.padEnd(200 * KIB, '.')]);
    const scene = diskScene(directory, { memoryLimitBytes: 256 * KIB });
    scene.transport.script = () => accepted;
    await start(scene);
    await delivers(scene, 2);
    assert.deepEqual(scene.totals(), { delivered: 2, lost: 1, pending: 0, adopted: 2 });
    assert.match(scene.lost.join(), /^large\.+ memory_limit$/);
  });
});

describe('the limit of the spool', () => {
  test('is kept: the oldest give way, each counted once under its key', async (t) => {
    const directory = await temporaryDirectory(t);
    const limitBytes = 128 * KIB;
    const scene = diskScene(directory, { limitBytes });
    const records = bodies(400, KIB).map((body, index) => body.replace(/^\d+/, String(1_000 + index)));
    await spoolAll(scene);
    for (let from = 0; from < records.length; from += 4) {
      scene.emit(...records.slice(from, from + 4));
      await scene.pass(150);
      assert.ok(bytesIn(directory) <= limitBytes, `${bytesIn(directory)} bytes are on disk`);
    }
    const { lost, pending, delivered } = scene.totals();
    assert.deepEqual([delivered, lost + pending], [0, 401]);
    assert.ok(pending > 60, `${pending} are left`);
    assert.ok(scene.lost.every((loss) => loss.endsWith(' spool_limit')));
    assert.equal(scene.lost.length, lost);
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    await scene.until(() => scene.totals().pending === 0);
    const names = new Set(scene.lost.map((loss) => loss.replace(' spool_limit', '')));
    assert.deepEqual(
      sorted(scene.delivered()),
      sorted(['first', ...records].filter((record) => !names.has(record))),
    );
    assert.deepEqual(scene.totals(), { delivered: pending, lost, pending: 0 });
    // What is younger was delivered, apart from a frame that was read as a probe.
    const youngestLost = sorted([...names].filter((name) => name !== 'first')).at(-1) ?? '';
    const olderDelivered = scene.delivered().filter((record) => record !== 'first' && record < youngestLost);
    assert.ok(olderDelivered.length <= 16, `${olderDelivered.length} older ones were delivered`);
  });

  test('leaves alone what is in memory too', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { limitBytes: 64 * KIB });
    scene.transport.script = () => undefined;
    await start(scene);
    const records = bodies(200, KIB);
    for (let from = 0; from < records.length; from += 4) {
      scene.emit(...records.slice(from, from + 4));
      await scene.pass(150);
    }
    assert.deepEqual([scene.totals().lost, scene.totals().pending], [0, 201]);
    assert.ok(bytesIn(directory) <= 64 * KIB);
    scene.transport.script = () => accepted;
    scene.transport.replyAll(accepted);
    await scene.pass(5_000);
    assert.deepEqual(scene.totals(), { delivered: 201, lost: 0, pending: 0 });
    assert.deepEqual(sorted(scene.delivered()), sorted(['start', ...records]));
  });

  test('gives back the counts of events that give way', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { limitBytes: 64 * KIB });
    await spoolAll(scene, ...bodies(5, KIB));
    const receipt = { kind: 'event', giveBack: () => undefined } as const;
    scene.delivery.onEmit(new TestRecord('event', { receipt }));
    await scene.pass(150);
    for (const record of bodies(100, KIB)) {
      scene.emit(record);
      await scene.pass(150);
    }
    assert.deepEqual(
      scene.lost.filter((loss) => loss.startsWith('event')),
      ['event spool_limit'],
    );
  });
});

describe('a frame', () => {
  test('whose records are damaged is lost as spool_damaged, the others are delivered', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['start of it', 'damaged', 'intact']);
    const [file = ''] = filesIn(directory);
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf('damaged');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const scene = diskScene(directory);
    scene.transport.script = () => accepted;
    await start(scene);
    await delivers(scene, 3);
    assert.deepEqual(scene.totals(), { delivered: 3, lost: 1, pending: 0, adopted: 3 });
    assert.deepEqual(scene.lost, ['damaged spool_damaged']);
    assert.deepEqual(sorted(scene.delivered()), ['intact', 'start', 'start of it']);
  });

  test('whose file is gone is lost under the key _OTHER', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory);
    await spoolAll(scene, '1', '2');
    for (const file of filesIn(directory)) rmSync(file);
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    await scene.until(() => scene.totals().pending === 0);
    const { delivered, lost } = scene.totals();
    assert.deepEqual(
      [delivered + lost, scene.lost.every((loss) => /^_OTHER spool_damaged/.test(loss))],
      [3, true],
    );
    assert.ok(lost > 0);
  });

  test('older than a week is lost as too_old', async (t) => {
    const directory = await temporaryDirectory(t);
    await leave(directory, ['1', '2']);
    const scene = diskScene(directory, { wallAheadMs: WEEK_MS });
    scene.transport.script = () => accepted;
    await start(scene);
    await delivers(scene, 2);
    assert.deepEqual(scene.totals(), { delivered: 1, lost: 2, pending: 0, adopted: 2 });
    assert.deepEqual(sorted(scene.lost), ['1 too_old', '2 too_old']);
    await scene.until(() => filesIn(directory).length === 0);
  });

  test('that is late has the name of its own spool as an attribute, and a younger one has none', async (t) => {
    const directory = await temporaryDirectory(t);
    const [first, second] = [await leave(directory, ['1', '2']), await leave(directory, ['3'])];
    const scene = diskScene(directory, { wallAheadMs: 31 * MINUTE_MS });
    scene.transport.script = () => accepted;
    await start(scene);
    await delivers(scene, 3);
    const groups = scene.transport.accepted.flatMap((attempt) => attempt.groups);
    const late = (name: string): readonly string[] =>
      sorted(groups.filter(({ group }) => group === name).flatMap(({ records }) => records));
    assert.deepEqual(
      [late(`late ${first.slice(0, 8)}`), late(`late ${second.slice(0, 8)}`), late('shop test')],
      [['1', '2'], ['3'], ['start']],
    );
    const other = diskScene(await temporaryDirectory(t));
    await spoolAll(other, 'young');
    other.transport.script = () => accepted;
    await other.pass(20_000);
    assert.ok(other.transport.accepted.every(({ groups: [group] }) => group?.group === 'shop test'));
  });

  test('that was read as a probe and waited for an hour is late when the receiver is back', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory);
    await spoolAll(scene, '1');
    for (let minute = 0; minute < 61; minute += 1) {
      await scene.timers.pass(MINUTE_MS);
      await scene.pass(50);
    }
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    assert.deepEqual(scene.totals(), { delivered: 2, lost: 0, pending: 0 });
    const [name = ''] = ownersIn(directory);
    const groups = scene.transport.accepted.flatMap((attempt) => attempt.groups.map(({ group }) => group));
    assert.deepEqual([...new Set(groups)], [`late ${name.slice(0, 8)}`]);
  });
});

describe('a disk', () => {
  test('that is full: memory only, one notice, tried again after 10 s', { skip: cannotMount }, async (t) => {
    const small = temporaryTmpfs(t, 'size=256k,mode=0700');
    const scene = diskScene(small);
    await spoolAll(scene, 'on disk');
    const filler = join(small, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(KIB * KIB)), { code: 'ENOSPC' });
    const before = bytesIn(small);
    scene.emit(...bodies(20, KIB));
    await scene.pass(2_000);
    const told = (): readonly string[] => scene.messages.filter((message) => message.startsWith('trouble'));
    assert.deepEqual(told().length, 1, told().join('\n'));
    assert.match(told()[0] ?? '', /^trouble: the spool takes nothing: ENOSPC/);
    assert.deepEqual([scene.disk.isWritable, bytesIn(small)], [false, before]);
    rmSync(filler);
    await scene.pass(9_000);
    assert.ok(scene.disk.isWritable);
    assert.ok(bytesIn(small) > before + 20 * KIB);
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    assert.deepEqual(scene.totals(), { delivered: 22, lost: 0, pending: 0 });
    assert.equal(told().length, 1);
  });

  test('that cannot be read is tried again, and is no reason to write nothing', async (t) => {
    const directory = await temporaryDirectory(t);
    let isBroken = true;
    const read = async (fd: number, into: Uint8Array, position: number): Promise<number> => {
      if (isBroken) throw diskError('EIO');
      return NODE_FILES.read(fd, into, position);
    };
    const scene = diskScene(directory, { files: { read } });
    await spoolAll(scene, '1', '2');
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    const told = (): readonly string[] => scene.messages.filter((message) => message.startsWith('trouble'));
    assert.ok(told().length >= 1 && told().length <= 5, told().join('\n'));
    assert.match(told()[0] ?? '', /^trouble: the spool cannot be read: EIO/);
    assert.ok(scene.totals().pending > 0 && scene.disk.isWritable);
    isBroken = false;
    await scene.pass(11_000);
    assert.deepEqual(scene.totals(), { delivered: 3, lost: 0, pending: 0 });
  });

  test('that cannot be used at the start: a warning, records are delivered, and it is tried again', async (t) => {
    const directory = join(await temporaryDirectory(t), 'spool');
    writeFileSync(directory, '');
    const scene = diskScene(directory);
    scene.transport.script = () => accepted;
    scene.emit('1');
    await scene.pass(100);
    await scene.until(() => scene.messages.length > 0);
    assert.match(
      scene.messages.join('\n'),
      /^trouble: the spool cannot be used: .*(?:EEXIST|ENOTDIR)[^\n]*$/,
    );
    assert.deepEqual([scene.totals(), scene.disk.isWritable], [{ delivered: 1, lost: 0, pending: 0 }, false]);
    rmSync(directory);
    await scene.pass(10_000);
    await scene.until(() => scene.disk.isWritable);
    assert.equal(statSync(join(directory, 'otel-access-log')).mode & 0o777, 0o700);
  });
});

describe('a directory that another process has taken over', () => {
  test('is that one to deliver: no record twice, the counts of both add up, and a new directory', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { periods: { renewMs: 60_000, trustMs: 2e12, expiryMs: 3e12 } });
    await spoolAll(scene, '1', '2', '3');
    const [owner = ''] = ownersIn(directory);
    const other = await takenOver(directory, owner);
    await other.until(() => other.totals().adopted === 4);
    // In memory only when the loss is noticed.
    scene.emit('4');
    await scene.timers.pass(60_000);
    await scene.until(() => !ownersIn(directory).includes(owner) && scene.disk.isWritable);
    await scene.until(() => scene.totals().adopted !== undefined);
    scene.transport.script = () => accepted;
    await scene.pass(40_000);
    other.transport.script = () => accepted;
    other.transport.replyAll(accepted);
    await delivers(other, 4);
    assert.deepEqual(sorted(other.delivered()), ['1', '2', '3', 'first', 'start']);
    assert.deepEqual(scene.delivered(), ['4']);
    assert.deepEqual(scene.totals(), { delivered: 1, lost: 0, pending: 0, adopted: -4 });
    assert.deepEqual(other.totals(), { delivered: 5, lost: 0, pending: 0, adopted: 4 });
    assert.match(scene.messages.join('\n'), /another process has taken over the directory/);
    assert.equal(ownersIn(directory).length, 2);
  });

  test('while this one was stopped: what is in memory and on disk is not sent before the lease is certain', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { periods: { renewMs: 1e12, trustMs: 20_000, expiryMs: 3e12 } });
    scene.transport.script = () => undefined;
    await start(scene);
    await scene.pass(500);
    await scene.until(() => bytesIn(directory) > 0);
    const [owner = ''] = ownersIn(directory);
    const other = await takenOver(directory, owner);
    await other.until(() => other.totals().adopted === 1);
    // It goes on after a minute, and the attempt has failed meanwhile.
    scene.timers.nowMs += MINUTE_MS;
    scene.transport.script = () => accepted;
    scene.transport.replyAll(refused('wait'));
    await scene.pass(40_000);
    assert.deepEqual([scene.delivered(), scene.totals().delivered], [[], 0]);
    other.transport.script = () => accepted;
    other.transport.replyAll(accepted);
    await delivers(other, 1);
    assert.deepEqual(other.totals(), { delivered: 2, lost: 0, pending: 0, adopted: 1 });
  });

  test('while an export was on its way: both count what they have delivered', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { periods: { renewMs: 60_000, trustMs: 2e12, expiryMs: 3e12 } });
    scene.transport.script = () => undefined;
    await start(scene);
    await scene.pass(500);
    await scene.until(() => bytesIn(directory) > 0);
    const [owner = ''] = ownersIn(directory);
    const other = await takenOver(directory, owner);
    await other.until(() => other.totals().adopted === 1);
    await scene.timers.pass(60_000);
    await scene.until(() => scene.messages.some((message) => message.includes('taken over')));
    scene.transport.replyAll(accepted);
    await scene.pass(100);
    assert.deepEqual(scene.totals(), { delivered: 1, lost: 0, pending: 0 });
  });
});

describe('the end of a process whose event loop was blocked for longer than its lease is relied on', () => {
  const periods = { renewMs: 1e12, trustMs: 20_000, expiryMs: 3e12 };

  test('leaves on disk what is in memory', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { periods });
    await spoolAll(scene, '1');
    scene.emit('2');
    scene.timers.nowMs += MINUTE_MS;
    assert.deepEqual([scene.disk.isWritable, scene.delivery.isStoring], [false, true]);
    assert.equal(scene.delivery.storeLast(), 3);
    const next = diskScene(directory);
    next.transport.script = () => accepted;
    await start(next);
    await delivers(next, 3);
    assert.deepEqual(sorted(next.delivered()), ['1', '2', 'first', 'start']);
  });

  test('writes nothing where another process has taken the directory over', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory, { periods });
    await spoolAll(scene, '1', '2');
    const other = await takenOver(directory, ownersIn(directory)[0] ?? '');
    await other.until(() => other.totals().adopted === 3);
    scene.emit('3');
    scene.timers.nowMs += MINUTE_MS;
    const files = filesIn(directory);
    const stored = scene.delivery.storeLast();
    assert.deepEqual(filesIn(directory), files);
    // Lost is what was in memory only.
    const { delivered, lost, pending, adopted = 0 } = scene.totals();
    assert.deepEqual([delivered, lost, pending - adopted, pending - stored], [0, 0, 4, 1]);
    other.transport.script = () => accepted;
    other.transport.replyAll(accepted);
    await delivers(other, 3);
    assert.deepEqual(sorted(other.delivered()), ['1', '2', 'first', 'start']);
  });
});

describe('the end of a process whose spool is not open yet', () => {
  test('opens it at once, and the next process adopts what is written', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory);
    scene.emit('1', '2');
    assert.equal(scene.disk.isWritable, false);
    assert.deepEqual([scene.delivery.isStoring, scene.delivery.storeLast()], [true, 2]);
    assert.equal(filesIn(directory).length, 1);
    const next = diskScene(directory);
    next.transport.script = () => accepted;
    await start(next);
    await delivers(next, 2);
    assert.deepEqual(sorted(next.delivered()), ['1', '2', 'start']);
    // The attempt that was under way has given its directory back.
    await next.until(() => ownersIn(directory).length === 1);
  });

  test('examines the directory as ever: a symbolic link is refused', async (t) => {
    const directory = await temporaryDirectory(t);
    symlinkSync(await temporaryDirectory(t), join(directory, 'otel-access-log'));
    const scene = diskScene(directory);
    scene.emit('1');
    assert.equal(scene.delivery.storeLast(), 0);
    assert.match(scene.messages.join('\n'), /^trouble: the spool cannot be used: \S+ is a symbolic link$/m);
  });

  test('touches nothing where there is nothing to write', async (t) => {
    const directory = await temporaryDirectory(t);
    assert.equal(diskScene(directory).delivery.storeLast(), 0);
    assert.equal(existsSync(join(directory, 'otel-access-log')), false);
  });

  test('waits no longer than shutdown() does for a disk that stalls', async (t) => {
    const directory = await temporaryDirectory(t);
    const { realpath } = promises;
    Reflect.set(promises, 'realpath', () => new Promise(() => undefined));
    syncBuiltinESMExports();
    t.after(() => {
      Reflect.set(promises, 'realpath', realpath);
      syncBuiltinESMExports();
    });
    const scene = diskScene(directory);
    scene.transport.script = () => refused('wait');
    scene.emit('1');
    void scene.delivery.shutdown();
    await scene.pass(40_000);
    assert.deepEqual(scene.totals(), { delivered: 0, lost: 1, pending: 0 });
    assert.equal(existsSync(join(directory, 'otel-access-log')), false);
  });
});

describe('shutdown()', () => {
  test('leaves on disk what cannot be delivered, for the next process', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory);
    await spoolAll(scene, '1');
    scene.emit('2');
    let isDone = false;
    void scene.delivery.shutdown().then(() => {
      isDone = true;
    });
    await scene.pass(40_000);
    await scene.until(() => isDone);
    assert.deepEqual([scene.totals(), scene.lost], [{ delivered: 0, lost: 0, pending: 3 }, []]);
    assert.equal(scene.timers.running, 0);
    const next = diskScene(directory);
    next.transport.script = () => accepted;
    await start(next);
    await delivers(next, 3);
    assert.deepEqual(sorted(next.delivered()), ['1', '2', 'first', 'start']);
  });

  test('removes its directory where nothing is left', async (t) => {
    const directory = await temporaryDirectory(t);
    const scene = diskScene(directory);
    scene.transport.script = () => accepted;
    await start(scene);
    await scene.pass(100);
    let isDone = false;
    void scene.delivery.shutdown().then(() => {
      isDone = true;
    });
    await scene.until(() => isDone);
    assert.deepEqual(ownersIn(directory), []);
  });
});
