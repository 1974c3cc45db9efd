import assert from 'node:assert/strict';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decodeFrame, encodeFrame } from '../../../../src/delivery/spool/frame/frame.ts';
import { NODE_FILES } from '../../../../src/delivery/spool/segments/spool-files.ts';
import { contentWith, frameOf, shown, textsOf } from '../support/contents.ts';
import { allFrames, allTexts, folderFor, namesIn, openLog } from '../support/logs.ts';

const MIB = 1024 * 1024;

describe('a log of segments', () => {
  test('reads frames as they were appended, oldest first, here and in the next process', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    assert.deepEqual([log.oldest(), namesIn(directory)], [undefined, []], 'no file before the first frame');
    const first = encodeFrame(contentWith(['1', '2']));
    const stored = await log.append(first);
    assert.deepEqual(stored, {
      segment: 1,
      offset: 16,
      length: Buffer.concat(first).length,
      records: 2,
      exchanges: 2,
      oldestMs: 1_000,
      newestMs: 2_000,
      check: stored.check,
    });
    await Promise.all([log.append(frameOf('3')), log.append(frameOf('4'))]);
    assert.deepEqual(shown(await log.read(stored)), shown(decodeFrame(Buffer.concat(first))));
    assert.deepEqual(await allTexts(log), [['1', '2'], ['3'], ['4']]);
    assert.deepEqual(log.oldest(), stored);
    assert.deepEqual(
      { frames: log.frames, exchanges: log.exchanges, bytes: log.bytes },
      { frames: 3, exchanges: 4, bytes: statSync(join(directory, '00000001.spool')).size },
    );
    await log.close();
    await assert.rejects(log.append(frameOf('5')), /closed/);

    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['1', '2'], ['3'], ['4']]);
    await next.log.append(frameOf('5'));
    assert.deepEqual(await allTexts(next.log), [['1', '2'], ['3'], ['4'], ['5']]);
    assert.deepEqual(namesIn(directory), ['00000001.spool', '00000002.spool']);
    assert.deepEqual([next.damages, next.errors], [[], []]);
  });

  test('makes files that only their owner can read', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    log.finish(await log.append(frameOf('1')));
    await log.append(frameOf('2'));
    const modes = namesIn(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o777]);
    assert.deepEqual(modes, [
      ['00000001.acks', 0o600],
      ['00000001.spool', 0o600],
    ]);
  });

  test('forgets a finished frame, here and in the next process', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    const stored = [
      await log.append(frameOf('1')),
      await log.append(frameOf('2')),
      await log.append(frameOf('3')),
    ];
    const [, second] = stored;
    if (second === undefined) assert.fail();
    assert.deepEqual([log.finish(second), log.finish(second)], [true, false]);
    assert.deepEqual(await allTexts(log), [['1'], ['3']]);
    assert.equal(log.exchanges, 2);
    await log.close();
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['1'], ['3']]);
    assert.equal(next.log.bytes, log.bytes);
    for (const frame of allFrames(next.log)) next.log.finish(frame);
    await next.log.close();
    assert.deepEqual([namesIn(directory), next.log.bytes, next.log.frames], [[], 0, 0]);
  });

  test('acknowledges several frames in one write', async (t) => {
    const directory = folderFor(t);
    const writes: number[] = [];
    const { log } = await openLog(directory, {
      writev: (fd, parts, position) => {
        writes.push(parts.length);
        return NODE_FILES.writev(fd, parts, position);
      },
    });
    const stored = await Promise.all(['1', '2', '3', '4'].map((text) => log.append(frameOf(text))));
    writes.length = 0;
    for (const frame of stored.slice(1)) log.finish(frame);
    await log.close();
    assert.deepEqual(writes, [3]);
  });

  test('begins another segment at 8 MiB, and deletes each one when its frames are finished', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    const stored = [];
    for (let index = 0; index < 9; index += 1) stored.push(await log.append(frameOf('x'.repeat(2 * MIB))));
    assert.deepEqual(
      stored.map(({ segment }) => segment),
      [1, 1, 1, 2, 2, 2, 3, 3, 3],
    );
    for (const index of [0, 3, 4, 5, 6, 7, 8]) {
      const frame = stored[index];
      if (frame !== undefined) log.finish(frame);
    }
    await log.append(frameOf('y'.repeat(3 * MIB)));
    await log.append(frameOf('z'));
    assert.deepEqual(namesIn(directory), ['00000001.acks', '00000001.spool', '00000004.spool']);
    const sizes = namesIn(directory).map((name) => statSync(join(directory, name)).size);
    assert.equal(
      log.bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  });

  test('stores a frame that is larger than a segment', async (t) => {
    const { log } = await openLog(folderFor(t));
    const texts = ['a', 'b', 'c'].map((text) => text.repeat(4 * MIB));
    await log.append(frameOf('1'));
    const large = await log.append(frameOf(...texts));
    await log.append(frameOf('2'));
    assert.deepEqual(
      allFrames(log).map(({ segment }) => segment),
      [1, 2, 3],
    );
    assert.deepEqual(textsOf(await log.read(large)), texts);
  });

  test('gives up its oldest segment, and counts what was in it by key', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    const finished = await log.append(encodeFrame(contentWith(['1'], '/finished')));
    const stored = await log.append(encodeFrame(contentWith(['x'.repeat(4 * MIB), '2'], '/a')));
    await log.append(encodeFrame(contentWith(['3'], '/b')));
    await log.append(encodeFrame(contentWith(['4'], '/a')));
    await log.append(encodeFrame(contentWith(['y'.repeat(4 * MIB)], '/next')));
    log.finish(finished);
    const counts = await log.dropOldest();
    assert.deepEqual(
      counts?.map(({ receipt, count }) => [receipt.route, count]),
      [
        ['/a', 3],
        ['/b', 1],
      ],
    );
    assert.deepEqual(namesIn(directory), ['00000002.spool']);
    assert.deepEqual([log.finish(stored), await log.read(stored)], [false, undefined]);

    await log.append(encodeFrame(contentWith(['5'], '/open')));
    assert.deepEqual(
      (await log.dropOldest())?.map(({ receipt, count }) => [receipt.route, count]),
      [
        ['/next', 1],
        ['/open', 1],
      ],
      'also the one that is open',
    );
    assert.deepEqual([namesIn(directory), log.bytes, await log.dropOldest()], [[], 0, undefined]);
    await log.append(frameOf('6'));
    assert.deepEqual(await allTexts(log), [['6']]);
  });

  test('keeps a segment whose frame is being sent', async (t) => {
    const { log } = await openLog(folderFor(t));
    const sent = await log.append(frameOf('x'.repeat(4 * MIB)));
    await log.append(frameOf('1', 'y'.repeat(4 * MIB)));
    const mayDrop = ({ segment, offset }: typeof sent): boolean =>
      segment !== sent.segment || offset !== sent.offset;
    assert.deepEqual(
      (await log.dropOldest(mayDrop))?.map(({ count }) => count),
      [2],
    );
    assert.equal(await log.dropOldest(mayDrop), undefined);
    assert.deepEqual(allFrames(log), [sent]);
  });

  test('counts the exchanges of one frame by key', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    const stored = await log.append(encodeFrame(contentWith(['1', '2'], '/a')));
    assert.deepEqual(
      (await log.counts(stored)).map(({ receipt, count }) => [receipt.route, count]),
      [['/a', 2]],
    );
    writeFileSync(join(directory, '00000001.spool'), Buffer.alloc(1_000));
    assert.deepEqual(
      (await log.counts(stored)).map(({ receipt, count }) => [receipt.route, count]),
      [['_OTHER', 2]],
      'where the metadata is damaged, only the number is known',
    );
  });

  test('touches no file of another name, and follows no symbolic link', async (t) => {
    const directory = folderFor(t);
    const elsewhere = folderFor(t);
    const secret = join(elsewhere, 'secret');
    const others = ['lease', '1.spool', '000000001.spool', '00000001.spool.bak', 'x00000001.acks'];
    for (const name of others) writeFileSync(join(directory, name), 'not ours');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, join(directory, '00000001.spool'));
    symlinkSync(secret, join(directory, '00000002.spool'));
    symlinkSync(secret, join(directory, '00000002.acks'));
    mkdirSync(join(directory, '00000003.spool'));
    const { log, damages } = await openLog(directory);
    await log.append(frameOf('1'));
    await log.close();
    assert.deepEqual(
      damages.map(({ file, kind }) => [file.slice(directory.length + 1), kind]),
      [
        ['00000001.spool', 'unreadable'],
        ['00000002.acks', 'unreadable'],
        ['00000002.spool', 'unreadable'],
        ['00000003.spool', 'unreadable'],
      ],
    );
    assert.deepEqual(
      namesIn(directory),
      [
        '00000001.spool',
        '00000001.spool.bak',
        '000000001.spool',
        '00000002.acks',
        '00000002.spool',
        '00000003.spool',
        '00000004.spool',
        '1.spool',
        'lease',
        'x00000001.acks',
      ].sort(),
    );
    assert.equal(statSync(secret).size, 6);
  });
});
