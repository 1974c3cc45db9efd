import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atOnce, inTime } from '../../../../src/delivery/spool/directory/both-ways.ts';
import { openSpoolRoot } from '../../../../src/delivery/spool/directory/spool-root.ts';
import { temporaryDirectory } from '../support/spool-scene.ts';
import { cannotMount, temporaryTmpfs } from '../support/tmpfs.ts';

const run = promisify(execFile);
const OPEN_AS = fileURLToPath(new URL('../fixtures/open-root-as.js', import.meta.url));
const isRoot = process.geteuid?.() === 0;
const onPosix = { skip: process.geteuid === undefined && 'Windows has no modes' };
const asRoot = { skip: !isRoot && 'only root may give a directory away' };

describe('the root of the spool', () => {
  test('is made with its parents, for its user alone', onPosix, async (t) => {
    const directory = join(await temporaryDirectory(t), 'a', 'b');
    const root = await inTime(openSpoolRoot(directory));
    assert.equal(root.path, join(directory, 'otel-access-log'));
    const { mode, dev, ino } = await stat(root.path, { bigint: true });
    assert.deepEqual([mode & 0o7777n, dev, ino], [0o700n, root.identity.dev, root.identity.ino]);
    assert.equal((await inTime(openSpoolRoot(directory))).identity.ino, ino);
  });

  test('is found through a symbolic link to the directory that the operator named', async (t) => {
    const directory = await temporaryDirectory(t);
    await mkdir(join(directory, 'real'));
    await symlink(join(directory, 'real'), join(directory, 'link'));
    const root = await inTime(openSpoolRoot(join(directory, 'link')));
    assert.equal(root.path, join(directory, 'real', 'otel-access-log'));
  });

  test('may be in a directory open to all with the sticky bit, as /tmp', onPosix, async (t) => {
    const directory = await temporaryDirectory(t);
    await chmod(directory, 0o1777);
    await inTime(openSpoolRoot(directory));
  });

  test('is refused in a directory where every user may replace it', onPosix, async (t) => {
    const directory = await temporaryDirectory(t);
    await chmod(directory, 0o777);
    await assert.rejects(inTime(openSpoolRoot(directory)), {
      message: `${directory} is writable by all users and has no sticky bit (chmod +t)`,
    });
  });

  test('may be a volume that is mounted open to all', { skip: cannotMount }, async (t) => {
    await inTime(openSpoolRoot(temporaryTmpfs(t, 'size=64k,mode=0777')));
  });

  test('is closed again where fsGroup of Kubernetes has opened it', onPosix, async (t) => {
    const directory = await temporaryDirectory(t);
    const { path } = await inTime(openSpoolRoot(directory));
    await chmod(path, 0o2770);
    await inTime(openSpoolRoot(directory));
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  const refused: readonly (readonly [
    title: string,
    change: (path: string) => Promise<unknown>,
    why: string,
  ])[] = [
    [
      'writable by its group',
      (path) => chmod(path, 0o720),
      'is writable by others than its owner (mode 720)',
    ],
    ['writable by all', (path) => chmod(path, 0o777), 'is writable by others than its owner (mode 777)'],
    [
      'writable by all with the group',
      (path) => chmod(path, 0o2777),
      'is writable by others than its owner (mode 2777)',
    ],
    [
      'a symbolic link, also to a directory of its user',
      async (path) => {
        await rename(path, `${path}-other`);
        await symlink(`${path}-other`, path);
      },
      'is a symbolic link',
    ],
    [
      'a file',
      async (path) => {
        await rename(path, `${path}-other`);
        await writeFile(path, '');
      },
      'is not a directory',
    ],
  ];
  for (const [title, change, why] of refused) {
    test(`is refused where it is ${title}`, onPosix, async (t) => {
      const directory = await temporaryDirectory(t);
      const { path } = await inTime(openSpoolRoot(directory));
      await change(path);
      await assert.rejects(inTime(openSpoolRoot(directory)), { message: `${path} ${why}` });
      assert.throws(() => atOnce(openSpoolRoot(directory)), { message: `${path} ${why}` });
    });
  }

  test('is refused where another user owns it', asRoot, async (t) => {
    const directory = await temporaryDirectory(t);
    const { path } = await inTime(openSpoolRoot(directory));
    await chown(path, 12_345, 12_345);
    await assert.rejects(inTime(openSpoolRoot(directory)), {
      message: `${path} is owned by user 12345, and this process is user 0`,
    });
  });

  test('is refused in a directory that its user may not write to', onPosix, async (t) => {
    const directory = await temporaryDirectory(t);
    await chmod(directory, 0o555);
    // Root may write everywhere, so a process of another user is asked.
    const { stdout } = await run(process.execPath, [OPEN_AS, isRoot ? '12345' : '', directory]);
    assert.match(stdout, /^EACCES: permission denied, mkdir /);
  });

  test('is refused where a file has the place of the directory', async (t) => {
    const file = join(await temporaryDirectory(t), 'file');
    await writeFile(file, '');
    await assert.rejects(inTime(openSpoolRoot(file)), { code: 'EEXIST' });
  });
});
