import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { LEASE_PERIODS } from '../../../../src/delivery/spool/directory/lease.ts';
import {
  removeSpool,
  type SpoolDirectory,
  spoolsIn,
} from '../../../../src/delivery/spool/directory/spool-directory.ts';
import { makeDead, openSpool, temporaryDirectory } from '../support/spool-scene.ts';

const rootOf = ({ spool }: { spool: SpoolDirectory }) => dirname(spool.path);

/** The former names of directories that were taken over, which makeDead has written into their files. */
async function recordsIn(spools: readonly string[]): Promise<readonly string[]> {
  return Promise.all(spools.map((spool) => readFile(join(spool, 'records'), 'utf8')));
}

describe('taking over', () => {
  for (const [kind, title] of [
    ['lease', 'whose lease has run out'],
    ['released', 'that was given back, at once'],
    ['none', 'that has no lease for a long time'],
  ] as const) {
    test(`moves a directory ${title}, with its files`, async (t) => {
      const made = await openSpool(t, await temporaryDirectory(t));
      const dead = await makeDead(rootOf(made), kind, kind === 'released' ? 0 : undefined);
      const spools = await made.spool.takeOver();
      assert.deepEqual(spools, [join(made.spool.path, `adopted-${basename(dead)}-1`)]);
      assert.deepEqual(await readdir(spools[0] ?? ''), ['records']);
      assert.deepEqual(await recordsIn(spools), [dead]);
      assert.deepEqual(await readdir(rootOf(made)), [basename(made.spool.path)]);
      assert.deepEqual([await made.spool.takeOver(), made.told], [[], []]);
    });
  }

  test('begins with the oldest, and takes no more than it is asked for', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    const newest = await makeDead(rootOf(made), 'lease', 40_000);
    const oldest = await makeDead(rootOf(made), 'none', 90_000);
    const middle = await makeDead(rootOf(made), 'released', 60_000);
    assert.deepEqual(await recordsIn(await made.spool.takeOver(2)), [oldest, middle]);
    assert.deepEqual(await recordsIn(await made.spool.takeOver(2)), [newest]);
  });

  test('leaves what lives, what has another name, and what is no directory', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    const other = await openSpool(t, dirname(rootOf(made)));
    const young = await makeDead(rootOf(made), 'none', 0);
    const renewed = await makeDead(rootOf(made), 'lease', 0);
    const named = join(rootOf(made), 'lost+found');
    await mkdir(named);
    const file = join(rootOf(made), '00000000-0000-4000-8000-000000000000');
    await writeFile(file, '');
    for (const path of [named, file]) await utimes(path, 0, 0);
    assert.deepEqual(await made.spool.takeOver(), []);
    assert.deepEqual(
      (await readdir(rootOf(made))).sort(),
      [made.spool.path, other.spool.path, young, renewed, named, file].map((path) => basename(path)).sort(),
    );
  });

  test('goes by the clock of the file system, not by that of the process', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    made.timers.nowMs += 1e9;
    const other = await openSpool(t, dirname(rootOf(made)));
    const dead = await makeDead(rootOf(made), 'lease');
    assert.deepEqual(await recordsIn(await made.spool.takeOver()), [dead]);
    assert.deepEqual([await other.spool.renew(), other.told], [true, []]);
  });

  test('takes a lease from the future, of a clock that was wrong', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    const dead = await makeDead(rootOf(made), 'lease', -1e9);
    assert.deepEqual(await recordsIn(await made.spool.takeOver()), [dead]);
  });

  test('removes what is empty', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    const dead = await makeDead(rootOf(made), 'lease');
    await rm(join(dead, 'records'));
    assert.deepEqual(await made.spool.takeOver(), []);
    assert.deepEqual(await readdir(rootOf(made)), [basename(made.spool.path)]);
  });

  test('moves what the dead had taken over next to it: no path grows with each restart', async (t) => {
    const directory = await temporaryDirectory(t);
    const first = await openSpool(t, directory);
    const root = rootOf(first);
    const dead = await makeDead(root, 'lease');
    // It died before it had moved them: one within the other, and an empty one.
    for (const nested of [
      'adopted-b-1',
      'adopted-b-1/adopted-c-5',
      'adopted-d-2/adopted-e-1',
      'adopted-f-3',
    ]) {
      await mkdir(join(dead, nested), { recursive: true });
      if (nested !== 'adopted-f-3') await writeFile(join(dead, nested, 'records'), nested);
    }
    const spools = await first.spool.takeOver();
    assert.deepEqual(
      spools.map((spool) => relative(first.spool.path, spool)),
      [1, 2, 5, 6].map((n) => `adopted-${{ 1: basename(dead), 2: 'b', 5: 'c', 6: 'e' }[n]}-${n}`),
    );
    assert.deepEqual(await recordsIn(spools), [
      dead,
      'adopted-b-1',
      'adopted-b-1/adopted-c-5',
      'adopted-d-2/adopted-e-1',
    ]);
    assert.deepEqual([await spoolsIn(first.spool.path)], [[first.spool.path, ...spools]]);
    // Ended without having delivered anything.
    await first.spool.release();
    const second = await openSpool(t, directory);
    const again = await second.spool.takeOver();
    assert.equal(again.length, 4);
    assert.ok(again.every((spool) => dirname(spool) === second.spool.path));
  });

  test('does nothing without a lease of its own', async (t) => {
    const made = await openSpool(t, await temporaryDirectory(t));
    const dead = await makeDead(rootOf(made), 'lease');
    await rm(made.spool.path, { recursive: true });
    assert.deepEqual([await made.spool.takeOver(), made.told], [[], ['lost']]);
    assert.deepEqual(await recordsIn([dead]), [dead]);
  });
});

describe('the spools in a directory', () => {
  test('are the directory and all that were taken over, in that order, but not what has another name', async (t) => {
    const directory = await temporaryDirectory(t);
    for (const path of ['adopted-a-10/adopted-c-1', 'adopted-b-9', 'other/adopted-d-1'])
      await mkdir(join(directory, path), { recursive: true });
    await writeFile(join(directory, 'adopted-e-1'), '');
    assert.deepEqual(
      (await spoolsIn(directory)).map((path) => relative(directory, path)),
      ['', 'adopted-b-9', 'adopted-a-10', join('adopted-a-10', 'adopted-c-1')],
    );
  });

  test('are bounded in number and depth', async (t) => {
    const directory = await temporaryDirectory(t);
    await mkdir(join(directory, ...Array.from({ length: 20 }, () => 'adopted-a-1')), { recursive: true });
    assert.equal((await spoolsIn(directory)).length, 17);
    for (let number = 1; number <= 1_010; number++) await mkdir(join(directory, `adopted-b-${number}`));
    assert.equal((await spoolsIn(directory)).length, 1_000);
  });

  test('are removed when they are empty, and left otherwise', async (t) => {
    const directory = await temporaryDirectory(t);
    for (const name of ['a', 'b']) await mkdir(join(directory, name));
    await writeFile(join(directory, 'b', 'records'), '');
    for (const name of ['a', 'b', 'c']) await removeSpool(join(directory, name));
    assert.deepEqual(await readdir(directory), ['b']);
  });
});

describe('after the lease was lost', () => {
  test('another directory is made, once, also where the root is gone', async (t) => {
    const directory = await temporaryDirectory(t);
    const { spool, told, timers } = await openSpool(t, directory);
    const before = spool.path;
    await spool.reacquire();
    assert.equal(spool.path, before);
    await rm(directory, { recursive: true });
    assert.equal(await spool.renew(), false);
    await Promise.all([spool.reacquire(), spool.reacquire()]);
    assert.notEqual(spool.path, before);
    assert.deepEqual([spool.isOwned(), await spool.renew(), told, timers.running], [true, true, ['lost'], 1]);
    assert.equal((await readdir(dirname(spool.path))).length, 1);
  });

  test('says why no other one can be made, and makes it later', async (t) => {
    const directory = await temporaryDirectory(t);
    const { spool, told } = await openSpool(t, directory);
    await rm(directory, { recursive: true });
    await writeFile(directory, '');
    assert.equal(await spool.renew(), false);
    await assert.rejects(spool.reacquire(), { code: 'EEXIST' });
    await rm(directory);
    await spool.reacquire();
    assert.deepEqual([spool.isOwned(), told], [true, ['lost']]);
  });
});

test('an end removes what is empty and gives the rest back', async (t) => {
  const made = await openSpool(t, await temporaryDirectory(t));
  const root = rootOf(made);
  for (const kind of ['lease', 'none'] as const) await makeDead(root, kind);
  const [first = '', second = ''] = await made.spool.takeOver();
  await rm(join(first, 'records'));
  await made.spool.release();
  assert.deepEqual(await spoolsIn(made.spool.path), [made.spool.path, second]);
  const next = await openSpool(t, dirname(root));
  assert.deepEqual(
    await recordsIn(await next.spool.takeOver()),
    await recordsIn([join(next.spool.path, `${basename(second).replace(/\d+$/, '2')}`)]),
  );
  for (const spool of await spoolsIn(next.spool.path)) await rm(join(spool, 'records'), { force: true });
  await next.spool.release();
  assert.deepEqual(await readdir(root), []);
});

test('opening says why the directory cannot be used', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'otel-access-log'), '');
  await assert.rejects(openSpool(t, directory, LEASE_PERIODS), {
    message: `${join(directory, 'otel-access-log')} is not a directory`,
  });
});
