// The end of the process: what is appended and finished synchronously, while asynchronous work may still be running.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StoredFrame } from '../../../src/delivery/spool/segments/frame-table.ts';
import { NODE_FILES } from '../../../src/delivery/spool/segments/spool-files.ts';
import { spawnNode } from '../../support/spawn-app.ts';
import { frameOf } from './support/contents.ts';
import { gate } from './support/gate.ts';
import { allFrames, allTexts, diskError, folderFor, namesIn, openLog } from './support/logs.ts';

const EXIT = fileURLToPath(new URL('./fixtures/exit.js', import.meta.url));

describe('at the end of a process', () => {
  for (const isWhole of [true, false])
    test(`a frame whose write is running is read once, ${isWhole ? 'although' : 'where not'} all of it arrives`, async (t) => {
      const directory = folderFor(t);
      const begun = gate();
      const { log, errors } = await openLog(directory, {
        writev: async (fd, parts, position) => {
          if (position === 0) return NODE_FILES.writev(fd, parts, position);
          await NODE_FILES.writev(fd, isWhole ? parts : [Buffer.concat(parts).subarray(0, 100)], position);
          begun.open();
          return await new Promise<number>(() => undefined);
        },
      });
      await log.append(frameOf('1'));
      void log.append(frameOf('2'));
      void log.append(frameOf('3'));
      await begun.passed;
      log.appendSync(frameOf('2'));
      log.appendSync(frameOf('3'));
      log.closeSync();
      const next = await openLog(directory);
      assert.deepEqual(await allTexts(next.log), [['1'], ['2'], ['3']]);
      assert.deepEqual(namesIn(directory), ['00000001.acks', '00000001.spool', '00000002.spool']);
      assert.deepEqual(errors, []);
    });

  test('a frame is on the medium with fsync, and so are the names of its file and its directory', async (t) => {
    const directory = folderFor(t);
    const opened = new Map<number, string>();
    const synced: (string | undefined)[] = [];
    const { log } = await openLog(
      directory,
      {
        openSync: (path, flags) => {
          const fd = NODE_FILES.openSync(path, flags);
          opened.set(fd, path);
          return fd;
        },
        syncSync: (fd) => {
          synced.push(opened.get(fd));
          NODE_FILES.syncSync(fd);
        },
      },
      { fsync: true },
    );
    log.appendSync(frameOf('1'));
    log.appendSync(frameOf('2'));
    log.closeSync();
    const file = join(directory, '00000001.spool');
    const folders = process.platform === 'win32' ? [] : [directory, dirname(directory)];
    assert.deepEqual(synced, [file, ...folders, file]);
  });

  test('an append that resolves too late fails, where the process lives on', async (t) => {
    const directory = folderFor(t);
    const begun = gate();
    const goOn = gate();
    const { log } = await openLog(directory, {
      writev: async (fd, parts, position) => {
        begun.open();
        await goOn.passed;
        return NODE_FILES.writev(fd, parts, position);
      },
    });
    const appended = [log.append(frameOf('1')), log.append(frameOf('2'))];
    await begun.passed;
    log.appendSync(frameOf('1'));
    log.closeSync();
    goOn.open();
    const settled = await Promise.allSettled(appended);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await log.close();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['1']]);
  });

  test('what is finished meanwhile is acknowledged, although an asynchronous write of it is running', async (t) => {
    const directory = folderFor(t);
    const begun = gate();
    const goOn = gate();
    const { log } = await openLog(directory, {
      writev: async (fd, parts, position) => {
        if (parts.every(({ length }) => length === 16)) {
          begun.open();
          await goOn.passed;
        }
        return NODE_FILES.writev(fd, parts, position);
      },
    });
    const [first, second] = [await log.append(frameOf('1')), await log.append(frameOf('2'))];
    await log.append(frameOf('3'));
    log.finish(first);
    await begun.passed;
    log.finish(second);
    log.finishSync();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['3']]);
    goOn.open();
    await log.close();
    const last = await openLog(directory);
    assert.deepEqual(await allTexts(last.log), [['3']]);
  });

  test('what is finished is acknowledged, although an asynchronous work has begun and gets no further', async (t) => {
    const directory = folderFor(t);
    const begun = gate();
    const { log } = await openLog(directory, {
      open: async (path, flags) => {
        if (!path.endsWith('.acks')) return NODE_FILES.open(path, flags);
        begun.open();
        return await new Promise<number>(() => undefined);
      },
    });
    const large = 'x'.repeat(3 * 1024 * 1024);
    const stored: StoredFrame[] = [];
    for (const text of ['1', '2', large, large, '5', '6', large, large])
      stored.push(await log.append(frameOf(text)));
    assert.deepEqual(
      stored.map(({ segment }) => segment),
      [1, 1, 1, 1, 1, 1, 2, 2],
    );
    for (const index of [0, 6]) {
      const frame = stored[index];
      if (frame !== undefined) log.finish(frame);
    }
    await begun.passed;
    log.finishSync();
    const next = await openLog(directory);
    assert.deepEqual(
      allFrames(next.log).map(({ segment, offset }) => [segment, offset]),
      [1, 2, 3, 4, 5, 7].map((index) => [stored[index]?.segment, stored[index]?.offset]),
    );
  });

  test('files without unfinished frames are deleted', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    log.finish(await log.append(frameOf('1')));
    log.finish(log.appendSync(frameOf('2')));
    log.closeSync();
    assert.deepEqual([namesIn(directory), log.bytes, log.frames], [[], 0, 0]);
  });

  test('a disk that refuses throws, and keeps what was stored before', async (t) => {
    const directory = folderFor(t);
    let isFailing = false;
    const { log, errors } = await openLog(directory, {
      writevSync: (fd, parts, position) => {
        if (!isFailing) return NODE_FILES.writevSync(fd, parts, position);
        NODE_FILES.writevSync(fd, [Buffer.concat(parts).subarray(0, 60)], position);
        throw diskError('ENOSPC');
      },
    });
    await log.append(frameOf('1'));
    log.appendSync(frameOf('2'));
    isFailing = true;
    assert.throws(() => log.appendSync(frameOf('3')), { code: 'ENOSPC' });
    assert.throws(() => log.appendSync(frameOf('3')), { code: 'ENOSPC' });
    isFailing = false;
    log.appendSync(frameOf('4'));
    log.closeSync();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['1'], ['2'], ['4']]);
    assert.deepEqual([next.damages, errors], [[], []]);
  });

  for (const turns of [0, 1, 2, 5])
    test(`process.exit() ${turns} turns after an append stores each frame once`, async (t) => {
      const directory = folderFor(t);
      const app = spawnNode(t, { args: [EXIT, directory, String(turns)] });
      assert.deepEqual(await app.exited, { code: 0, signal: null }, app.stderr);
      const { log } = await openLog(directory);
      const numbers = (await allTexts(log)).map((texts) => Number(texts?.[0]?.split(' ')[0]));
      assert.deepEqual(
        [...numbers].sort((a, b) => a - b),
        Array.from({ length: 8 }, (_, number) => number),
      );
    });
});
