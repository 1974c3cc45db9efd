// Disks that are full, broken, read-only or stall.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NODE_FILES } from '../../../src/delivery/spool/segments/spool-files.ts';

import { frameOf, textsOf } from './support/contents.ts';
import { allTexts, diskError, folderFor, namesIn, openLog } from './support/logs.ts';
import { cannotMount, makeReadOnly, temporaryTmpfs } from './support/tmpfs.ts';

const KIB = 1024;
/** Options of a file system that is soon full. */
const SMALL = 'size=256k,mode=0700';

describe('a disk', () => {
  test('that takes some bytes at a time gets all of them', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory, {
      writev: (fd, parts, position) => {
        const [first] = parts.filter(({ length }) => length > 0);
        return NODE_FILES.writev(fd, [(first ?? Buffer.alloc(0)).subarray(0, 7)], position);
      },
      writevSync: (fd, [first = Buffer.alloc(0)], position) =>
        NODE_FILES.writevSync(fd, [first.subarray(0, 7)], position),
    });
    log.finish(await log.append(frameOf('1', '22', '333')));
    await log.append(frameOf('4444'));
    log.appendSync(frameOf('55555', '6'));
    log.closeSync();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['4444'], ['55555', '6']]);
    assert.deepEqual(next.damages, []);
  });

  for (const code of ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT'])
    test(`that fails with ${code} in the middle of a frame keeps those before and after it`, async (t) => {
      const directory = folderFor(t);
      let isFailing = false;
      const { log, errors } = await openLog(directory, {
        writev: async (fd, parts, position) => {
          if (!isFailing) return NODE_FILES.writev(fd, parts, position);
          await NODE_FILES.writev(fd, [Buffer.concat(parts).subarray(0, 50)], position);
          throw diskError(code);
        },
      });
      isFailing = true;
      await assert.rejects(log.append(frameOf('0')), { code });
      assert.equal(log.bytes, 0);
      isFailing = false;
      await log.append(frameOf('1'));
      isFailing = true;
      await assert.rejects(log.append(frameOf('2')), { code });
      isFailing = false;
      await log.append(frameOf('3'));
      assert.deepEqual(await allTexts(log), [['1'], ['3']]);
      assert.deepEqual(namesIn(directory), ['00000002.spool'], 'what has failed leaves no file');
      await log.close();
      const next = await openLog(directory);
      assert.deepEqual([await allTexts(next.log), next.damages, errors], [[['1'], ['3']], [], []]);
    });

  test('that fails to cut off the rest of a failed write gets a new file', async (t) => {
    const directory = folderFor(t);
    let isFailing = false;
    const { log, errors } = await openLog(directory, {
      writev: async (fd, parts, position) => {
        const written = await NODE_FILES.writev(fd, parts, position);
        if (isFailing) throw diskError('EIO');
        return written;
      },
      truncate: () => Promise.reject(diskError('EIO')),
    });
    await log.append(frameOf('1'));
    isFailing = true;
    await assert.rejects(log.append(frameOf('2')), { code: 'EIO' });
    isFailing = false;
    await log.append(frameOf('3'));
    await log.close();
    const next = await openLog(directory);
    assert.deepEqual(
      await allTexts(next.log),
      [['1'], ['3']],
      'not the frame that is there in spite of the error',
    );
    assert.equal(errors.length, 1);
  });

  test('whose fsync fails gets a new file: the next fsync of the old one would not say what is missing', async (t) => {
    const directory = folderFor(t);
    let isFailing = false;
    const synced: number[] = [];
    const files = {
      sync: async (fd: number) => {
        if (isFailing) throw diskError('EIO');
        synced.push(fd);
        await NODE_FILES.sync(fd);
      },
    };
    const { log } = await openLog(directory, files, { fsync: true });
    await log.append(frameOf('1'));
    assert.equal(synced.length, 3, 'the file, its directory, and the one above that has its name');
    isFailing = true;
    await assert.rejects(log.append(frameOf('2')), { code: 'EIO' });
    isFailing = false;
    await log.append(frameOf('3'));
    assert.deepEqual(namesIn(directory), ['00000001.spool', '00000002.spool']);
    assert.deepEqual(await allTexts(log), [['1'], ['3']]);
  });

  test('that stalls is asked for one thing at a time', async (t) => {
    let running = 0;
    let most = 0;
    let goOn = (): void => undefined;
    const stalled = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { writev, open, unlink, read } = NODE_FILES;
    const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      running += 1;
      most = Math.max(most, running);
      try {
        await stalled;
        return await work();
      } finally {
        running -= 1;
      }
    };
    const { log } = await openLog(folderFor(t), {
      writev: (...given) => alone(() => writev(...given)),
      open: (...given) => alone(() => open(...given)),
      unlink: (...given) => alone(() => unlink(...given)),
      read: (...given) => alone(() => read(...given)),
    });
    const appended = ['1', '2', '3'].map((text) => log.append(frameOf(text)));
    const read3 = appended[2]?.then((frame) => log.read(frame));
    const finished = appended[0]?.then((frame) => log.finish(frame));
    goOn();
    await Promise.all(appended);
    assert.deepEqual([textsOf(await read3), await finished, most], [['3'], true, 1]);
    await log.dropOldest();
    await log.close();
    assert.equal(most, 1);
  });

  test('that cannot be told what is finished is told later', async (t) => {
    const directory = folderFor(t);
    let isFailing = true;
    const { log, errors } = await openLog(directory, {
      open: (path, flags) =>
        isFailing && path.endsWith('.acks')
          ? Promise.reject(diskError('ENOSPC'))
          : NODE_FILES.open(path, flags),
    });
    const first = await log.append(frameOf('1'));
    const second = await log.append(frameOf('2'));
    await log.append(frameOf('3'));
    log.finish(first);
    await log.append(frameOf('4'));
    assert.equal(errors.length, 1);
    isFailing = false;
    log.finish(second);
    await log.close();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['3'], ['4']]);
  });

  test('that deletes no file does not show finished frames again', async (t) => {
    const directory = folderFor(t);
    const { log, errors } = await openLog(directory, { unlink: () => Promise.reject(diskError('EPERM')) });
    log.finish(await log.append(frameOf('1')));
    await log.close();
    assert.ok(errors.length > 0);
    assert.ok(log.bytes > 0, 'the files still take their space');
    const next = await openLog(directory);
    assert.deepEqual([await allTexts(next.log), namesIn(directory)], [[], []]);
  });

  test('that cannot be read now is not a damaged frame', async (t) => {
    let code = 'EMFILE';
    const { log } = await openLog(folderFor(t), {
      open: (path, flags) =>
        code === '' || path.endsWith('.acks')
          ? NODE_FILES.open(path, flags)
          : Promise.reject(diskError(code)),
    });
    code = '';
    const stored = await log.append(frameOf('1'));
    code = 'EMFILE';
    await assert.rejects(log.read(stored), { code });
    code = '';
    assert.deepEqual(textsOf(await log.read(stored)), ['1']);
  });

  for (const file of ['00000001.spool', '00000001.acks'])
    test(`that cannot be read for want of file descriptors is recovered later, not without ${file}`, async (t) => {
      const directory = folderFor(t);
      const { log } = await openLog(directory);
      const [first] = [await log.append(frameOf('1')), await log.append(frameOf('2'))];
      log.finish(first);
      await log.close();
      const open = (path: string, flags: number): Promise<number> =>
        path.endsWith(file) ? Promise.reject(diskError('EMFILE')) : NODE_FILES.open(path, flags);
      await assert.rejects(openLog(directory, { open }), { code: 'EMFILE' });
      const { log: later, damages } = await openLog(directory);
      assert.deepEqual([await allTexts(later), damages], [[['2']], []]);
    });

  test('that is full for real takes frames again when others are finished', {
    skip: cannotMount,
  }, async (t) => {
    const disk = temporaryTmpfs(t, SMALL);
    const { log } = await openLog(disk);
    const stored = [];
    let failure: unknown;
    for (let index = 0; failure === undefined; index += 1) {
      try {
        stored.push(await log.append(frameOf(`${index}:${'x'.repeat(30 * KIB)}`)));
      } catch (error) {
        failure = error;
      }
    }
    assert.equal((failure as NodeJS.ErrnoException).code, 'ENOSPC');
    assert.ok(stored.length >= 5);
    await assert.rejects(log.append(frameOf('y'.repeat(60 * KIB))), { code: 'ENOSPC' });
    assert.equal((await allTexts(log)).length, stored.length);
    await log.dropOldest();
    assert.equal(log.bytes, 0);
    await log.append(frameOf('z'.repeat(100 * KIB)));
    await log.close();
    const next = await openLog(disk);
    assert.deepEqual([next.log.frames, next.damages], [1, []]);
  });

  test('that is read-only for real refuses, and shows what is on it', { skip: cannotMount }, async (t) => {
    const disk = temporaryTmpfs(t, SMALL);
    const before = await openLog(disk);
    await before.log.append(frameOf('1'));
    await before.log.close();
    makeReadOnly(disk);
    const { log, errors } = await openLog(disk);
    await assert.rejects(log.append(frameOf('2')), { code: 'EROFS' });
    assert.throws(() => log.appendSync(frameOf('2')), { code: 'EROFS' });
    assert.deepEqual(await allTexts(log), [['1']]);
    const frame = log.oldest();
    if (frame !== undefined) log.finish(frame);
    await log.close();
    assert.ok(errors.length > 0);
  });

  test('with a limit for the size of a file (ulimit -f) refuses, and the process goes on', async (t) => {
    const directory = folderFor(t);
    const program = fileURLToPath(new URL('./fixtures/append.js', import.meta.url));
    const shell = spawnSync(
      'sh',
      ['-c', `ulimit -f 64 && exec "$0" "$1" "$2" 1`, process.execPath, program, directory],
      {
        encoding: 'utf8',
      },
    );
    assert.match(shell.stdout, /^failed EFBIG$/m);
    const confirmed = [...shell.stdout.matchAll(/^stored \d*[02468]$/gm)].length;
    const { log, damages } = await openLog(directory);
    assert.ok(confirmed > 0);
    assert.deepEqual([log.frames, damages], [confirmed, []]);
  });
});
