import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CredentialSource } from '../../../../src/delivery/transport/credentials/credentials.ts';
import { Secrets } from '../../../../src/delivery/transport/credentials/secrets.ts';
import { WatchedFiles } from '../../../../src/delivery/transport/credentials/watched-files.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { keepAlive } from '../support/scripted-receivers.ts';

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
    name: 'the files',
    paths,
    maxBytes: 100,
    ...(settle && { settle }),
    parse: (contents) =>
      contents.map((bytes) => {
        if (bytes?.length === 0) throw new Error('empty');
        return bytes && Buffer.from(bytes).toString();
      }),
    notices: { warn: (text) => notices.push(`warn: ${text}`), info: (text) => notices.push(`info: ${text}`) },
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
    const instead = 'the last good ones stay in use';
    assert.deepEqual(notices, [
      `warn: the files cannot be used (empty): ${instead}`,
      `warn: the files cannot be used (ENOENT): ${instead}`,
      `warn: the files cannot be used (no regular file): ${instead}`,
      `warn: the files cannot be used (too large): ${instead}`,
      'info: the files can be used again',
    ]);
  });

  test('files that are not there yet are used when they are', async (t) => {
    const path = join(folderOf(t), 'file');
    const { files, notices } = watch([path]);
    assert.equal(files.value, undefined);
    assert.equal(await files.look(), false);
    writeFileSync(path, 'here');
    assert.equal(await files.look(), true);
    assert.deepEqual(files.value, ['here']);
    assert.deepEqual(notices, [
      'warn: the files cannot be used (ENOENT): nothing is sent until they can',
      'info: the files can be used again',
    ]);
  });
});

describe('CredentialSource', () => {
  const settings = {
    protocol: 'grpc',
    url: 'http://c:4317',
    headers: { a: '1', b: '2' },
    tls: undefined,
  } as const;

  test('looks at the files from the first use on, by itself', async (t) => {
    const headersFile = join(folderOf(t), 'headers');
    writeFileSync(headersFile, 'b=file\n');
    const heard: ((text: string) => void)[] = [];
    const hear = (text: string): void => heard.shift()?.(text);
    const next = () => new Promise<string>((resolve) => heard.push(resolve));
    const source = new CredentialSource({ ...settings, headersFile }, { warn: hear, info: hear }, 5);
    t.after(() => source.close());
    const first = source.current;
    assert.deepEqual(first?.headers, { a: '1', b: 'file' });
    source.use();
    let notice = next();
    rmSync(headersFile);
    assert.match(await notice, /cannot be used \(ENOENT\)/);
    assert.equal(source.current, first);
    notice = next();
    writeFileSync(headersFile, 'authorization: Bearer file=');
    assert.match(await notice, /can be used again/);
    await source.refresh();
    assert.deepEqual(source.current?.headers, { a: '1', b: '2', authorization: 'Bearer file=' });
  });

  test('without files there is nothing to look at', () => {
    const source = new CredentialSource(
      { ...settings, headersFile: '' },
      { warn: assert.fail, info: assert.fail },
    );
    assert.deepEqual(source.current, { headers: { a: '1', b: '2' }, tls: undefined, secrets: Secrets.none });
    assert.deepEqual(
      [source.watchesFiles, source.watchesCertificates, source.trouble],
      [false, false, undefined],
    );
    source.use();
    source.close();
  });
});
