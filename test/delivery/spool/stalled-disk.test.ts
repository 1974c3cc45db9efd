// A disk that answers nothing for a while: each call keeps one of the four threads of Node's pool busy.
import assert from 'node:assert/strict';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { describe, test } from 'node:test';
import { NODE_FILES, type SpoolFiles } from '../../../src/delivery/spool/segments/spool-files.ts';
import { Turns } from '../../../src/delivery/spool/segments/turns.ts';
import type { TestOwner } from '../../support/owner.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';
import { type DiskScene, diskScene, filesIn } from './support/disk-scene.ts';
import { temporaryDirectory } from './support/spool-scene.ts';

const SPOOLS = 8;
const PERIODS = { renewMs: 5_000, trustMs: 1e12, expiryMs: 3e12 };

type Call = (...given: never[]) => Promise<unknown>;

/** Counts the calls of the file system that run, and holds them up from `stall` to `goOn`. */
class StallingDisk {
  running = 0;
  most = 0;
  #stalled = Promise.resolve();
  #goOn = (): void => undefined;

  stall(): void {
    this.#stalled = new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  goOn(): void {
    this.#goOn();
  }

  /** The same functions; those that are synchronous are left alone. */
  wrapped<Functions extends object>(functions: Functions, names: readonly (keyof Functions)[]): Functions {
    const wrapped = { ...functions };
    for (const name of names) {
      const call = functions[name] as Call;
      wrapped[name] = ((...given: never[]) => this.#counted(() => call(...given))) as never;
    }
    return wrapped;
  }

  async #counted(call: () => Promise<unknown>): Promise<unknown> {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      await this.#stalled;
      return await call();
    } finally {
      this.running -= 1;
    }
  }
}

const OF_FILES: readonly (keyof SpoolFiles)[] = [
  'list',
  'open',
  'writev',
  'read',
  'close',
  'unlink',
  'statusAt',
];
const OF_NODE = ['open', 'rename', 'lstat', 'readdir', 'opendir', 'unlink', 'rmdir'] as const;

/** A delivery whose disk can stall. */
function stallingScene(owner: TestOwner, directory: string): readonly [DiskScene, StallingDisk] {
  const disk = new StallingDisk();
  const original = { ...promises };
  Object.assign(promises, disk.wrapped(original, OF_NODE));
  syncBuiltinESMExports();
  owner.after(async () => {
    Object.assign(promises, original);
    syncBuiltinESMExports();
  });
  return [diskScene(directory, { files: disk.wrapped(NODE_FILES, OF_FILES), periods: PERIODS }), disk];
}

/** A process before: it ends in an outage, and leaves this record. */
async function leave(directory: string, record: string): Promise<void> {
  const scene = diskScene(directory);
  scene.transport.script = () => refused('wait');
  scene.emit(record);
  await scene.until(() => scene.disk.isWritable);
  assert.equal(scene.delivery.storeLast(), 1);
}

describe('a disk that stalls', () => {
  test('is asked for two things at a time, however many spools of other processes are read from it', async (t) => {
    const directory = await temporaryDirectory(t);
    const left = Array.from({ length: SPOOLS }, (_, index) => `left ${index}`);
    for (const record of left) await leave(directory, record);
    const [scene, disk] = stallingScene(t, directory);
    scene.transport.script = () => refused('wait');
    scene.emit('start');
    await scene.until(() => scene.totals().adopted === SPOOLS);
    scene.transport.script = () => accepted;
    // Some of them are being read, others acknowledged, others removed.
    while (scene.delivered().length < 3) await scene.timers.pass(50);
    disk.stall();
    for (let second = 0; second < 30; second += 1) {
      scene.emit(`while it stalls ${second}`);
      await scene.timers.pass(1_000);
    }
    assert.ok(disk.running > 0);
    disk.goOn();
    while (scene.totals().pending > 0) await scene.timers.pass(50);
    await scene.until(() => filesIn(directory).length <= 1);
    assert.ok(disk.most <= 2, `${disk.most} calls at a time`);
    const arrived = scene.delivered().filter((record) => record.startsWith('left'));
    assert.deepEqual([...arrived].sort(), left);
  });
});

describe('turns', () => {
  test('are taken in the order of asking, but for what goes first', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(name);
    };
    await Promise.all([turns.take(work('1')), turns.take(work('2')), turns.takeFirst(work('first'))]);
    assert.deepEqual(done, ['1', 'first', '2']);
  });

  test('go on after a work that fails', async () => {
    const turns = new Turns();
    const failed = turns.take(() => Promise.reject(new Error('full')));
    const thrown = turns.take(() => {
      throw new Error('at once');
    });
    const next = turns.take(async () => 'next');
    await assert.rejects(failed, /full/);
    await assert.rejects(thrown, /at once/);
    assert.equal(await next, 'next');
  });
});
