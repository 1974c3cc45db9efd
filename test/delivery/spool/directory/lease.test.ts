import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import promises, { appendFile, chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { inTime } from '../../../../src/delivery/spool/directory/both-ways.ts';
import {
  findDeadDirectories,
  takeDirectory,
} from '../../../../src/delivery/spool/directory/dead-directories.ts';
import {
  LEASE_PERIODS,
  Lease,
  type LeaseDependencies,
} from '../../../../src/delivery/spool/directory/lease.ts';
import { openSpoolRoot, type SpoolRoot } from '../../../../src/delivery/spool/directory/spool-root.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { ManualTimers } from '../../stream/support/manual-timers.ts';
import { gate } from '../support/gate.ts';
import { temporaryDirectory } from '../support/spool-scene.ts';
import { cannotMount, temporaryTmpfs } from '../support/tmpfs.ts';

const { renewMs, trustMs, expiryMs } = LEASE_PERIODS;

interface Scene {
  readonly root: SpoolRoot;
  readonly lease: Lease;
  readonly timers: ManualTimers;
  readonly told: string[];
  wallAheadMs: number;
}

async function scene(
  owner: TestOwner,
  directory?: string,
  given?: Partial<LeaseDependencies>,
): Promise<Scene> {
  const root = await inTime(openSpoolRoot(directory ?? (await temporaryDirectory(owner))));
  const timers = new ManualTimers();
  const told: string[] = [];
  const made = { root, timers, told, wallAheadMs: 0 };
  const dependencies: LeaseDependencies = {
    now: () => timers.nowMs,
    wallNow: () => timers.nowMs + made.wallAheadMs,
    startTimer: timers.startTimer,
    onLost: () => told.push('lost'),
    onTrouble: (error) => told.push(error.message.split(',')[0] ?? ''),
    ...given,
  };
  const lease = await inTime(Lease.acquire(root, dependencies, LEASE_PERIODS));
  return Object.assign(made, { lease });
}

/** Makes the lease as old as one that has run out. */
async function age(lease: Lease): Promise<void> {
  const old = new Date(Date.now() - 2 * expiryMs);
  for (const name of await readdir(lease.directory)) await utimes(join(lease.directory, name), old, old);
}

interface StoppedCall {
  readonly reached: Promise<void>;
  readonly goOn: () => void;
}

/**
 * Stops the next call of `node:fs/promises` just before or after the file system has done it, as a thread of Node's pool
 * may stand when the event loop is blocked.
 */
function stopNext(owner: TestOwner, name: 'open' | 'rename', where: 'before' | 'after'): StoppedCall {
  const original = promises[name] as (...given: unknown[]) => Promise<unknown>;
  const [reached, goOn] = [gate(), gate()];
  const restore = (): void => {
    Object.assign(promises, { [name]: original });
    syncBuiltinESMExports();
  };
  const stopped = async (...given: unknown[]): Promise<unknown> => {
    restore();
    const result = where === 'after' ? await original(...given) : undefined;
    reached.open();
    await goOn.passed;
    return where === 'after' ? result : original(...given);
  };
  owner.after(async () => restore());
  Object.assign(promises, { [name]: stopped });
  syncBuiltinESMExports();
  return { reached: reached.passed, goOn: goOn.open };
}

const deadFor = (other: Scene) => findDeadDirectories(other.root, other.lease, expiryMs);

describe('a lease', () => {
  test('is a file in a directory of its own, both for the user alone', async (t) => {
    const { lease, root } = await scene(t);
    assert.deepEqual(await readdir(root.path), [basename(lease.directory)]);
    assert.deepEqual(await readdir(lease.directory), ['lease-0']);
    if (process.platform === 'win32') return;
    assert.equal((await stat(lease.directory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(lease.directory, 'lease-0'))).mode & 0o777, 0o600);
  });

  test('is renewed by a timer that holds no process, and has another time and name then', async (t) => {
    const { lease, timers } = await scene(t);
    await age(lease);
    const before = lease.fileTimeNs;
    assert.deepEqual([timers.running, timers.holding], [1, 0]);
    await timers.pass(renewMs);
    assert.equal(await lease.renew(), true);
    const [name = ''] = await readdir(lease.directory);
    assert.equal(name, 'lease-1');
    assert.equal(statSync(join(lease.directory, name), { bigint: true }).mtimeNs, lease.fileTimeNs);
    assert.ok(lease.fileTimeNs > before);
    await timers.settle();
    assert.deepEqual([timers.running, timers.holding], [1, 0]);
  });

  test('is not relied on when its last renewal is too long ago, and again after the next', async (t) => {
    const { lease, timers, told } = await scene(t);
    timers.nowMs += trustMs - 1;
    assert.equal(lease.isOwned(), true);
    timers.nowMs += 1;
    assert.equal(lease.isOwned(), false);
    assert.equal(await lease.renew(), true);
    assert.deepEqual([lease.isOwned(), told], [true, []]);
  });

  for (const [title, jumpMs] of [
    ['ahead', trustMs],
    ['back', -trustMs],
  ] as const) {
    test(`is not relied on where the wall clock was set ${title}: others see it as old`, async (t) => {
      const made = await scene(t);
      made.wallAheadMs = jumpMs;
      assert.equal(made.lease.isOwned(), false);
      assert.equal(await made.lease.renew(), true);
    });
  }

  test('that took too long to renew is not relied on', async (t) => {
    let nowMs = 0;
    const { lease } = await scene(t, undefined, { now: () => nowMs, wallNow: () => nowMs });
    const renewal = lease.renew();
    nowMs += trustMs;
    assert.equal(await renewal, false);
    assert.equal(await lease.renew(), true);
  });

  test('is not taken into use where it took too long to make: another process may have seen a directory without one', async (t) => {
    const times = [0, trustMs];
    const now = () => times.shift() ?? trustMs;
    const { lease, root } = await scene(t, undefined, { now, wallNow: () => 0 });
    assert.equal((await readdir(root.path)).length, 2);
    assert.equal(lease.isOwned(), true);
  });

  test('is renewed once where it is asked for twice', async (t) => {
    const { lease } = await scene(t);
    assert.deepEqual(await Promise.all([lease.renew(), lease.renew()]), [true, true]);
    assert.deepEqual(await readdir(lease.directory), ['lease-1']);
  });

  test('that cannot be renewed is tried again, and is not lost', async (t) => {
    const { lease, told, timers, root } = await scene(t);
    const blocked = join(lease.directory, 'lease-1');
    await mkdir(blocked);
    await timers.pass(renewMs);
    assert.equal(await lease.renew(), true);
    timers.nowMs += trustMs;
    assert.equal(await lease.renew(), false);
    assert.ok(told.length >= 2 && told.every((text) => /^E(ISDIR|PERM|EXIST)/.test(text)), String(told));
    await rm(blocked, { recursive: true });
    assert.equal(await lease.renew(), true);
    assert.equal(existsSync(root.path), true);
  });

  test('is renewed on a disk that is full', { skip: cannotMount }, async (t) => {
    const { lease, told } = await scene(t, temporaryTmpfs(t, 'size=64k,mode=0700'));
    const full = appendFile(join(lease.directory, 'records'), Buffer.alloc(1024 * 1024));
    await assert.rejects(full, { code: 'ENOSPC' });
    for (let renewal = 0; renewal < 3; renewal++) {
      await age(lease);
      assert.equal(await lease.renew(), true);
      assert.ok(Number(lease.fileTimeNs / 1_000_000n) > Date.now() - expiryMs);
    }
    assert.deepEqual(told, []);
  });
});

describe('a lease is renewed at once, while the process ends,', () => {
  test('where no renewal came due, since the event loop was blocked', async (t) => {
    const { lease, timers, told } = await scene(t);
    await age(lease);
    timers.nowMs += 2 * expiryMs;
    assert.deepEqual([lease.isOwned(), lease.renewSync(), lease.isOwned()], [false, true, true]);
    assert.deepEqual(await readdir(lease.directory), ['lease-1']);
    assert.ok(Number(lease.fileTimeNs / 1_000_000n) > Date.now() - expiryMs);
    assert.deepEqual([await lease.renew(), told], [true, []]);
  });

  test('and is not lost where the file system refuses', async (t) => {
    const { lease, timers, told } = await scene(t);
    const blocked = join(lease.directory, 'lease-1');
    await mkdir(blocked);
    timers.nowMs += trustMs;
    assert.equal(lease.renewSync(), false);
    assert.match(told.join(), /^E(ISDIR|PERM|EXIST)[^,]*$/);
    await rm(blocked, { recursive: true });
    assert.equal(lease.renewSync(), true);
  });

  for (const [name, where] of [
    ['open', 'before'],
    ['open', 'after'],
    ['rename', 'before'],
    ['rename', 'after'],
  ] as const) {
    test(`although another renewal stands ${where} its ${name}`, async (t) => {
      const { lease, timers, told } = await scene(t);
      const stopped = stopNext(t, name, where);
      const renewal = lease.renew();
      await stopped.reached;
      timers.nowMs += trustMs;
      assert.equal(lease.renewSync(), true);
      stopped.goOn();
      await renewal;
      assert.deepEqual([await lease.renew(), told], [true, []]);
      await lease.release();
      assert.equal(existsSync(lease.directory), false);
    });
  }
});

describe('a lease is lost, once,', () => {
  const ways: readonly (readonly [title: string, lose: (scene: Scene) => Promise<unknown>])[] = [
    [
      'where another process has taken the directory',
      ({ lease }) => rename(lease.directory, `${lease.directory}-x`),
    ],
    ['where the directory was removed', ({ lease }) => rm(lease.directory, { recursive: true })],
    ['where the root was removed', ({ root }) => rm(root.path, { recursive: true })],
    ['where the lease was removed', ({ lease }) => rm(join(lease.directory, 'lease-0'))],
    [
      'where another directory has its path',
      async ({ lease }) => {
        await rename(lease.directory, `${lease.directory}-x`);
        await mkdir(lease.directory);
        await rename(join(`${lease.directory}-x`, 'lease-0'), join(lease.directory, 'lease-0'));
      },
    ],
    [
      'where another directory has the path of the root',
      async ({ root, lease }) => {
        await rename(root.path, `${root.path}-x`);
        await mkdir(root.path);
        await rename(join(`${root.path}-x`, basename(lease.directory)), lease.directory);
      },
    ],
    [
      'where another file has its path',
      async ({ lease }) => {
        const path = join(lease.directory, 'lease-0');
        await rename(path, `${path}-x`);
        await appendFile(path, '');
      },
    ],
  ];
  for (const way of ['renew', 'renewSync'] as const) {
    for (const [title, lose] of ways) {
      test(`${way}: ${title}`, async (t) => {
        const made = await scene(t);
        await lose(made);
        assert.deepEqual([await made.lease[way](), made.lease.isOwned()], [false, false]);
        assert.equal(await made.lease[way](), false);
        await made.timers.pass(10 * renewMs);
        assert.deepEqual([made.told, made.lease.isLost, made.timers.running], [['lost'], true, 0]);
      });
    }
  }
});

describe('between an owner that was stopped and a process that takes over', () => {
  test('the owner wins where it renews after it was seen as dead', async (t) => {
    const owner = await scene(t);
    const taker = await scene(t, join(owner.root.path, '..'));
    await age(owner.lease);
    const [dead] = await deadFor(taker);
    assert.ok(dead);
    assert.equal(await owner.lease.renew(), true);
    const target = join(taker.lease.directory, 'adopted');
    assert.equal(await takeDirectory(dead, target), false);
    assert.deepEqual([existsSync(target), await owner.lease.renew(), owner.told], [false, true, []]);
    assert.deepEqual(await deadFor(taker), []);
  });

  test('the other wins where it takes over first', async (t) => {
    const owner = await scene(t);
    const taker = await scene(t, join(owner.root.path, '..'));
    await appendFile(join(owner.lease.directory, 'records'), 'a');
    await age(owner.lease);
    const [dead] = await deadFor(taker);
    assert.ok(dead);
    const target = join(taker.lease.directory, 'adopted');
    assert.equal(await takeDirectory(dead, target), true);
    assert.deepEqual([await owner.lease.renew(), owner.told], [false, ['lost']]);
    assert.deepEqual(await readdir(target), ['records']);
  });
});

describe('a lease that is given back', () => {
  for (const way of ['release', 'releaseSync'] as const) {
    test(`${way}: the directory may be taken over at once, and is not this process's`, async (t) => {
      const owner = await scene(t);
      const taker = await scene(t, join(owner.root.path, '..'));
      await appendFile(join(owner.lease.directory, 'records'), 'a');
      await owner.lease[way]();
      assert.deepEqual(
        [owner.lease.isOwned(), await owner.lease.renew(), owner.timers.running],
        [false, false, 0],
      );
      assert.deepEqual(
        (await deadFor(taker)).map(({ path }) => path),
        [owner.lease.directory],
      );
      assert.deepEqual(owner.told, []);
    });

    test(`${way}: a directory without records is removed`, async (t) => {
      const { lease, root } = await scene(t);
      await lease[way]();
      await lease[way]();
      assert.deepEqual(await readdir(root.path), []);
    });

    test(`${way}: while it is being renewed`, async (t) => {
      const { lease, root, told } = await scene(t);
      const renewal = lease.renew();
      await lease[way]();
      assert.equal(await renewal, false);
      assert.deepEqual([await readdir(root.path), told], [[], []]);
    });

    test(`${way}: of a directory that is gone`, async (t) => {
      const { lease, root } = await scene(t);
      await rm(root.path, { recursive: true });
      await lease[way]();
    });
  }

  test('is left where it cannot be removed', {
    skip: process.geteuid?.() === 0 && 'root may remove all',
  }, async (t) => {
    const { lease, root } = await scene(t);
    await chmod(root.path, 0o500);
    await lease.release();
    await chmod(root.path, 0o700);
    assert.equal(existsSync(lease.directory), true);
  });
});
