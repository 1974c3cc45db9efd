import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LEASE_PERIODS, type LeasePeriods } from '../../../src/delivery/spool/directory/lease.ts';
import { polled } from '../../support/polled.ts';
import { SpoolProcess } from './support/spool-process.ts';
import { makeDead, openSpool, temporaryDirectory } from './support/spool-scene.ts';

const SHORT: LeasePeriods = { renewMs: 100, trustMs: 1_000, expiryMs: 2_000 };
const onPosix = { skip: process.platform === 'win32' && 'Windows has no such signals' };
const ROUNDS = 200;
const KINDS = ['lease', 'released', 'none'] as const;

test(`of two processes that want the same directory one has it, with its file, in ${ROUNDS} rounds`, async (t) => {
  const directory = await temporaryDirectory(t);
  const [[one, path], [other]] = await Promise.all([
    SpoolProcess.start(t, directory, LEASE_PERIODS),
    SpoolProcess.start(t, directory, LEASE_PERIODS),
  ]);
  let wonByOne = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const dead = await makeDead(dirname(path), KINDS[round % 3] ?? 'lease');
    const [first, second] = (await Promise.all([one.ask('takeOver'), other.ask('takeOver')])) as [
      string[],
      string[],
    ];
    const taken = [...first, ...second];
    assert.equal(taken.length, 1, `round ${round}`);
    assert.equal(await readFile(join(taken[0] ?? '', 'records'), 'utf8'), dead);
    assert.equal(existsSync(dead), false);
    wonByOne += first.length;
  }
  t.diagnostic(`one of them took ${wonByOne} of ${ROUNDS}`);
  assert.deepEqual([one.countOf('trouble'), other.countOf('trouble')], [0, 0]);
});

test(
  'a process that is killed is taken over when its lease has run out, and not before',
  onPosix,
  async (t) => {
    const directory = await temporaryDirectory(t);
    const [owner, path] = await SpoolProcess.start(t, directory, SHORT);
    await writeFile(join(path, 'records'), 'a');
    const patient = await openSpool(t, directory, LEASE_PERIODS);
    const hasty = await openSpool(t, directory, SHORT);
    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');
    assert.deepEqual(await patient.spool.takeOver(), []);
    const spools = await untilTaken(hasty.spool);
    assert.equal(await readFile(join(spools[0] ?? '', 'records'), 'utf8'), 'a');
  },
);

test('a process that lives is not taken over', async (t) => {
  const directory = await temporaryDirectory(t);
  const [owner, path] = await SpoolProcess.start(t, directory, SHORT);
  const other = await openSpool(t, directory, SHORT);
  for (let look = 0; look < 30; look++) {
    assert.deepEqual(await other.spool.takeOver(), []);
    await pause(SHORT.renewMs);
  }
  assert.deepEqual([await owner.ask('isOwned'), owner.countOf('lost'), existsSync(path)], [true, 0, true]);
});

test(
  'a process that was stopped for longer than its lease has lost its directory, and makes another',
  onPosix,
  async (t) => {
    const directory = await temporaryDirectory(t);
    const [owner, path] = await SpoolProcess.start(t, directory, SHORT);
    await writeFile(join(path, 'records'), 'a');
    const other = await openSpool(t, directory, SHORT);
    owner.child.kill('SIGSTOP');
    const [spool = ''] = await untilTaken(other.spool);
    assert.equal(basename(spool), `adopted-${basename(path)}-1`);
    owner.child.kill('SIGCONT');
    // Asked before its timer has renewed, or after: it does not rely on the directory in either case.
    assert.equal(await owner.ask('isOwned'), false);
    assert.equal(await owner.ask('renew'), false);
    await owner.told('lost');
    const another = (await owner.ask('reacquire')) as string;
    assert.deepEqual(
      [another === path, existsSync(another), await owner.ask('isOwned')],
      [false, true, true],
    );
    assert.deepEqual([owner.countOf('lost'), owner.countOf('trouble')], [0, 0]);
    assert.equal(await readFile(join(spool, 'records'), 'utf8'), 'a');
  },
);

test(
  'a process that was stopped and that no other has taken over keeps its directory',
  onPosix,
  async (t) => {
    const directory = await temporaryDirectory(t);
    const [owner, path] = await SpoolProcess.start(t, directory, SHORT);
    owner.child.kill('SIGSTOP');
    await pause(2 * SHORT.expiryMs);
    owner.child.kill('SIGCONT');
    assert.equal(await owner.ask('renew'), true);
    assert.deepEqual([owner.countOf('lost'), existsSync(path)], [0, true]);
  },
);

for (const way of ['release', 'exit']) {
  test(`a process that ends by ${way} gives its directory back, for the next one to take over at once`, async (t) => {
    const directory = await temporaryDirectory(t);
    const [owner, path] = await SpoolProcess.start(t, directory, LEASE_PERIODS);
    await writeFile(join(path, 'records'), 'a');
    const next = await openSpool(t, directory, LEASE_PERIODS);
    assert.deepEqual(await next.spool.takeOver(), []);
    if (way === 'exit') {
      owner.child.send('exit');
      await once(owner.child, 'exit');
    } else await owner.ask(way);
    const [spool = ''] = await next.spool.takeOver();
    assert.equal(await readFile(join(spool, 'records'), 'utf8'), 'a');
  });
}

async function untilTaken(spool: { takeOver(): Promise<readonly string[]> }): Promise<readonly string[]> {
  let spools: readonly string[] = [];
  await polled(async () => {
    spools = await spool.takeOver();
    return spools.length > 0;
  }, 'a spool to take over');
  return spools;
}
