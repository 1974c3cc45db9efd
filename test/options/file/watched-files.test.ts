import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyNot } from '../../../src/options/environment.ts';
import { WatchedFiles } from '../../../src/options/file/watched-files.ts';
import { keepAlive } from '../../support/keep-alive.ts';
import type { TestOwner } from '../../support/owner.ts';

function folderOf(owner: TestOwner): string {
  keepAlive(owner);
  const folder = mkdtempSync(join(tmpdir(), 'watched-'));
  owner.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Two texts, which must not be empty. */
function watch(paths: readonly (string | undefined)[], settle?: () => Promise<void>) {
  const notices: string[] = [];
  const files = new WatchedFiles({
    paths,
    maxBytes: 100,
    ...(settle && { settle }),
    parse: (contents) =>
      contents.map((bytes) => {
        if (bytes?.length === 0) throw new Error('empty');
        return bytes && Buffer.from(bytes).toString();
      }),
    listener: {
      onTrouble: (error, hasValue) =>
        notices.push(`${whyNot(error)}${hasValue ? '' : ', and never usable before'}`),
      onRecovered: () => notices.push('recovered'),
    },
  });
  return { files, notices };
}

describe('WatchedFiles', () => {
  test('sees every way of replacing a file', async (t) => {
    const folder = folderOf(t);
    const path = join(folder, 'file');
    writeFileSync(path, 'one');
    const { files, notices } = watch([path, undefined]);
    assert.deepEqual(files.value, ['one', undefined]);
    assert.equal(await files.look(), false);
    writeFileSync(path, 'two');
    assert.equal(await files.look(), true);
    assert.deepEqual(files.value, ['two', undefined]);
    writeFileSync(`${path}.new`, 'abc');
    renameSync(`${path}.new`, path);
    assert.equal(await files.look(), true);
    assert.deepEqual(files.value, ['abc', undefined]);
    // The same again is no change.
    writeFileSync(path, 'abc');
    assert.equal(await files.look(), false);
    assert.deepEqual(notices, []);
  });

  test('sees the swap of a folder behind two links, as of a ConfigMap or Secret', async (t) => {
    const folder = folderOf(t);
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'token'), version);
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/token', join(folder, 'token'));
    const { files } = watch([join(folder, 'token')]);
    assert.deepEqual(files.value, ['v1']);
    symlinkSync('v2', join(folder, '..tmp'));
    renameSync(join(folder, '..tmp'), join(folder, '..data'));
    assert.equal(await files.look(), true);
    assert.deepEqual(files.value, ['v2']);
  });

  test('somebody who is still writing is waited for', async (t) => {
    const path = join(folderOf(t), 'file');
    writeFileSync(path, 'old');
    const writes = ['n', 'ne', 'new'];
    const { files, notices } = watch([path], async () => {
      const text = writes.shift();
      if (text !== undefined) writeFileSync(path, text);
    });
    writeFileSync(path, '');
    assert.equal(await files.look(), true);
    assert.deepEqual([files.value, notices], [['new'], []]);
    writes.push('1', '2', '3', '4', '5', '6', '7');
    writeFileSync(path, '0');
    assert.equal(await files.look(), false);
    assert.deepEqual([files.value, files.trouble], [['new'], 'it keeps changing']);
  });

  test('what has not changed is not read again', async (t) => {
    const path = join(folderOf(t), 'file');
    writeFileSync(path, 'old');
    let settled = 0;
    const { files } = watch([path], async () => {
      settled += 1;
    });
    for (let i = 0; i < 3; i++) await files.look();
    assert.equal(settled, 1);
  });

  test('a file that cannot be used leaves the last good one, and is told once per trouble', async (t) => {
    const folder = folderOf(t);
    const paths = [join(folder, 'a'), join(folder, 'b')] as const;
    for (const path of paths) writeFileSync(path, 'good');
    const { files, notices } = watch(paths);
    const troubles: (() => void)[] = [
      () => writeFileSync(paths[0], ''),
      () => writeFileSync(paths[1], 'newer'),
      () => rmSync(paths[0]),
      () => mkdirSync(paths[0]),
    ];
    for (const makeTrouble of troubles) {
      makeTrouble();
      for (let i = 0; i < 2; i++) assert.equal(await files.look(), false);
      assert.deepEqual(files.value, ['good', 'good']);
      assert.notEqual(files.trouble, undefined);
    }
    rmSync(paths[0], { recursive: true });
    writeFileSync(paths[0], 'x'.repeat(101));
    assert.equal(await files.look(), false);
    writeFileSync(paths[0], 'best');
    assert.equal(await files.look(), true);
    assert.deepEqual([files.value, files.trouble], [['best', 'newer'], undefined]);
    assert.deepEqual(notices, ['empty', 'ENOENT', 'no regular file', 'too large', 'recovered']);
  });

  test('files that are not there yet are used when they are', async (t) => {
    const path = join(folderOf(t), 'file');
    const { files, notices } = watch([path]);
    assert.equal(files.value, undefined);
    assert.equal(await files.look(), false);
    writeFileSync(path, 'here');
    assert.equal(await files.look(), true);
    assert.deepEqual(files.value, ['here']);
    assert.deepEqual(notices, ['ENOENT, and never usable before', 'recovered']);
  });
});
