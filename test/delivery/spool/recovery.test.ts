// What the next process finds in torn, damaged and hostile files.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { encodeFrame } from '../../../src/delivery/spool/frame/frame.ts';
import { contentWith, frameOf } from './support/contents.ts';
import { allTexts, folderFor, namesIn, openLog } from './support/logs.ts';

const SEGMENT = '00000001.spool';
const ACKS = '00000001.acks';

/** A directory with these frames in one segment, each of one record. @param finished indexes of them */
async function leave(
  directory: string,
  texts: readonly string[],
  finished: readonly number[] = [],
): Promise<void> {
  const { log } = await openLog(directory);
  for (const [index, text] of texts.entries()) {
    const stored = await log.append(frameOf(text));
    if (finished.includes(index)) log.finish(stored);
  }
  await log.close();
}

describe('a directory that a process has left', () => {
  test('has all frames but the last where the last one is torn anywhere', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2', '3']);
    const whole = readFileSync(join(directory, SEGMENT));
    const last = Buffer.concat(frameOf('3')).length;
    for (let missing = 1; missing < last; missing += 1) {
      writeFileSync(join(directory, SEGMENT), whole.subarray(0, -missing));
      const { log, damages } = await openLog(directory);
      assert.deepEqual(await allTexts(log), [['1'], ['2']]);
      assert.deepEqual(
        damages.map(({ kind, bytes }) => ({ kind, bytes })),
        [{ kind: 'torn', bytes: last - missing }],
      );
    }
  });

  test('has its frames where the power failed, and zeros stand where the kernel had not written', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2']);
    appendFileSync(join(directory, SEGMENT), Buffer.alloc(300_000));
    const { log, damages } = await openLog(directory);
    assert.deepEqual(await allTexts(log), [['1'], ['2']]);
    assert.deepEqual(
      damages.map(({ kind, bytes }) => ({ kind, bytes })),
      [{ kind: 'torn', bytes: 300_000 }],
    );
  });

  test('has the frames behind a damaged header', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2'.repeat(100_000), '3', '4']);
    const bytes = readFileSync(join(directory, SEGMENT));
    const second = 16 + Buffer.concat(frameOf('1')).length;
    bytes.fill(0, second, second + 20);
    bytes.fill(0, 0, 4);
    writeFileSync(join(directory, SEGMENT), bytes);
    const { log, damages } = await openLog(directory);
    assert.deepEqual(await allTexts(log), [['1'], ['3'], ['4']]);
    assert.deepEqual(
      damages.map(({ kind, bytes }) => ({ kind, bytes })),
      [
        { kind: 'damaged', bytes: 16 },
        { kind: 'damaged', bytes: Buffer.concat(frameOf('2'.repeat(100_000))).length },
      ],
    );
  });

  test('counts the exchanges of a frame whose records are damaged', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', 'damaged', '3']);
    const bytes = readFileSync(join(directory, SEGMENT));
    bytes[bytes.indexOf('damaged')] = 0;
    writeFileSync(join(directory, SEGMENT), bytes);
    const { log, damages } = await openLog(directory);
    assert.deepEqual([await allTexts(log), damages], [[['1'], undefined, ['3']], []]);
    const damaged = log.oldest(log.oldest());
    if (damaged === undefined) assert.fail();
    assert.deepEqual(
      (await log.counts(damaged)).map(({ receipt, count }) => [receipt.route, count]),
      [['/shop', 1]],
    );
  });

  test('is not fooled by a record that looks like a frame', async (t) => {
    const directory = folderFor(t);
    const hostile = encodeFrame(contentWith(['hostile']));
    const text = Buffer.concat(hostile).toString();
    const { log: before } = await openLog(directory);
    await before.append(frameOf(text, '1'));
    await before.append(frameOf('2'));
    await before.close();
    const bytes = readFileSync(join(directory, SEGMENT));
    bytes[16] = 0;
    writeFileSync(join(directory, SEGMENT), bytes);
    const { log } = await openLog(directory);
    assert.deepEqual(await allTexts(log), [['2']]);
  });

  test('shows frames again where their acknowledgements are lost, garbled or of other frames', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2', '3'], [0, 1]);
    const path = join(directory, ACKS);
    const acks = readFileSync(path);
    const shows = async (...texts: readonly string[]): Promise<void> => {
      const { log, damages, errors } = await openLog(directory);
      assert.deepEqual([await allTexts(log), damages, errors], [texts.map((text) => [text]), [], []]);
    };
    await shows('3');
    truncateSync(path, 17);
    await shows('2', '3');
    for (const [at, byte] of acks.entries()) {
      const garbled = Buffer.from(acks);
      garbled[at] = byte ^ 0x10;
      writeFileSync(path, garbled);
      await shows(...(at < 16 ? ['1', '3'] : ['2', '3']));
    }
    // Of a frame that stood there before: the place is right, the frame is another.
    const foreign = Buffer.from(acks);
    foreign.writeUInt32LE(1, 8);
    foreign.writeUInt32LE(crc32(foreign.subarray(0, 12)), 12);
    writeFileSync(path, foreign);
    await shows('1', '3');
    rmSync(path);
    await shows('1', '2', '3');
  });

  test('takes further acknowledgements behind a torn one', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2', '3'], [0]);
    appendFileSync(join(directory, ACKS), 'torn');
    const { log } = await openLog(directory);
    const frame = log.oldest();
    if (frame !== undefined) log.finish(frame);
    await log.close();
    assert.equal(statSync(join(directory, ACKS)).size, 32);
    const next = await openLog(directory);
    assert.deepEqual(await allTexts(next.log), [['3']]);
  });

  test('loses its files without frames: empty, finished, of garbage, acknowledgements alone', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1', '2'], [0]);
    copyFileSync(join(directory, SEGMENT), join(directory, '00000007.spool'));
    copyFileSync(join(directory, ACKS), join(directory, '00000005.acks'));
    writeFileSync(join(directory, '00000003.spool'), '');
    writeFileSync(join(directory, '00000004.spool'), Buffer.alloc(100_000, 0xff));
    truncateSync(join(directory, '00000007.spool'), 16);
    const { log, damages } = await openLog(directory);
    assert.deepEqual(namesIn(directory), [ACKS, SEGMENT]);
    assert.deepEqual(
      damages.map(({ kind, bytes }) => ({ kind, bytes })),
      [{ kind: 'torn', bytes: 100_000 }],
    );
    assert.equal((await log.append(frameOf('3'))).segment, 8, 'no number is used again');
  });

  test('keeps what a newer version has written', async (t) => {
    const directory = folderFor(t);
    await leave(directory, ['1']);
    const bytes = readFileSync(join(directory, SEGMENT));
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    writeFileSync(join(directory, SEGMENT), bytes);
    const { log, damages } = await openLog(directory);
    await log.close();
    assert.deepEqual(
      [damages.map(({ kind }) => kind), log.frames, namesIn(directory)],
      [['newer'], 0, [SEGMENT]],
    );
  });

  test('that is not there is an error', async () => {
    await assert.rejects(openLog('/nonexistent/spool'), { code: 'ENOENT' });
  });
});
