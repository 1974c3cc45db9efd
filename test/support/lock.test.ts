import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { takeLock } from './lock.ts';
import { spawnNode } from './spawn-app.ts';

const LOCK = new URL('./lock.js', import.meta.url).href;
/** Says `has`, waits for a message, and gives the lock back. */
const HOLDER = `
  import { once } from 'node:events';
  import { takeLock } from '${LOCK}';
  const giveBack = await takeLock(process.argv[1], () => process.send('waits'));
  process.send('has');
  await once(process, 'message');
  giveBack();
  process.disconnect();`;

const nobody = (): never => assert.fail('there is nothing to wait for');

function newFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'cache', 'lock');
}

function startHolder(t: TestContext, file: string): ReturnType<typeof spawnNode> {
  return spawnNode(t, { args: ['--input-type=module', '--eval', HOLDER, file], ipc: true });
}

describe('a lock', () => {
  test('is a file with the id of its process, and gone when it is given back', async (t) => {
    const file = newFile(t);
    const giveBack = await takeLock(file, nobody);
    assert.equal(readFileSync(file, 'utf8'), String(process.pid));
    giveBack();
    assert.throws(() => statSync(file), { code: 'ENOENT' });
  });

  test('is held by one process at a time; those that wait say so once', async (t) => {
    const file = newFile(t);
    const giveBack = await takeLock(file, nobody);
    const holders = [startHolder(t, file), startHolder(t, file), startHolder(t, file)];
    await Promise.all(holders.map((holder) => holder.waitFor(/^waits$/m)));
    giveBack();
    const waiting = new Set(holders);
    while (waiting.size > 0) {
      const now = await Promise.race([...waiting].map(async (one) => (await one.waitFor(/^has$/m)) && one));
      assert.equal(readFileSync(file, 'utf8'), String(now.child.pid));
      now.child.send('give it back');
      assert.deepEqual(await now.exited, { code: 0, signal: null });
      waiting.delete(now);
    }
    assert.throws(() => statSync(file), { code: 'ENOENT' });
  });

  test('of a process that was killed is taken over', async (t) => {
    const file = newFile(t);
    const holder = startHolder(t, file);
    await holder.waitFor(/^has$/m);
    holder.child.kill('SIGKILL');
    await holder.exited;
    (await takeLock(file, () => undefined))();
  });

  test('of a process that lives is not', async (t) => {
    const file = newFile(t);
    const holder = startHolder(t, file);
    await holder.waitFor(/^has$/m);
    let isTold: () => void = nobody;
    const told = new Promise<void>((resolve) => {
      isTold = resolve;
    });
    const taken = takeLock(file, isTold);
    await told;
    assert.equal(readFileSync(file, 'utf8'), String(holder.child.pid));
    holder.child.send('give it back');
    (await taken)();
  });

  const HOUR_MS = 3_600_000;
  for (const [what, content] of [
    ['without a sign of life', String(process.ppid)],
    ['that nobody has written to', ''],
  ] as const) {
    test(`${what} for long is taken over, and its owner leaves it alone then`, async (t) => {
      const file = newFile(t);
      const giveBack = await takeLock(file, nobody);
      writeFileSync(file, content);
      const longAgo = new Date(Date.now() - HOUR_MS);
      utimesSync(file, longAgo, longAgo);
      const second = startHolder(t, file);
      await second.waitFor(/^has$/m);
      giveBack();
      assert.equal(readFileSync(file, 'utf8'), String(second.child.pid));
      second.child.send('give it back');
      await once(second.child, 'exit');
    });
  }
});
