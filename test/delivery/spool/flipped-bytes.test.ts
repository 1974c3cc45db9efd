// Each byte of each file that a process has left, changed: no crash, no wrong record, and the totals add up.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { accepted, refused } from '../stream/support/scripted-transport.ts';
import { frameOf } from './support/contents.ts';
import { diskScene } from './support/disk-scene.ts';
import { allTexts, folderFor, openLog } from './support/logs.ts';
import { temporaryDirectory } from './support/spool-scene.ts';

const RECORDS = ['one', 'two', 'three'];

/** Runs `look` on a copy of the directory for each byte of its files, in which that byte is another. */
async function forEachByte(
  left: string,
  change: number,
  look: (directory: string) => Promise<void>,
): Promise<void> {
  const files = readdirSync(left, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(left, name)).isFile(),
  );
  for (const name of files) {
    const bytes = readFileSync(join(left, name));
    for (const [at, byte] of bytes.entries()) {
      const directory = mkdtempSync(join(tmpdir(), 'flipped-'));
      try {
        cpSync(left, directory, { recursive: true, preserveTimestamps: true });
        bytes[at] = byte ^ change;
        writeFileSync(join(directory, name), bytes);
        bytes[at] = byte;
        await look(directory);
      } catch (cause) {
        throw new Error(`byte ${at} of ${name}: ${cause}`, { cause });
      } finally {
        rmSync(directory, { recursive: true });
      }
    }
  }
}

const change = fc.integer({ min: 1, max: 255 });

test('whichever byte is another, the next process reads a part of the records', async (t) => {
  const left = folderFor(t);
  const { log: before } = await openLog(left);
  for (const [index, record] of RECORDS.entries()) {
    const stored = await before.append(frameOf(record));
    if (index === 1) before.finish(stored);
  }
  await before.close();
  const property = fc.asyncProperty(change, (by) =>
    forEachByte(left, by, async (directory) => {
      const { log, errors } = await openLog(directory);
      const texts = (await allTexts(log)).flatMap((records) => records ?? []);
      await log.close();
      assert.ok(
        texts.every((text) => RECORDS.includes(text)),
        String(texts),
      );
      assert.deepEqual([texts.length, errors], [new Set(texts).size, []]);
    }),
  );
  await fc.assert(property, { numRuns: 1 });
});

test('whichever byte is another, kept + adopted = delivered + lost', async (t) => {
  const left = await temporaryDirectory(t);
  const before = diskScene(left);
  before.transport.script = () => refused('wait');
  for (const record of RECORDS) {
    before.emit(record);
    await before.until(() => before.disk.isWritable);
    await before.pass(200);
  }
  assert.equal(before.delivery.storeLast(), RECORDS.length);
  const seen = new Set<string>();
  const look = async (directory: string): Promise<void> => {
    const scene = diskScene(directory);
    scene.transport.script = () => accepted;
    scene.emit('start');
    // One byte damages one frame at most.
    await scene.until(() => (scene.totals().adopted ?? 0) >= RECORDS.length - 1);
    await scene.pass(500);
    await scene.until(() => scene.totals().pending === 0);
    const { delivered, lost, adopted = 0 } = scene.totals();
    const arrived = scene.delivered();
    scene.delivery.storeLast();
    assert.equal(1 + adopted, delivered + lost);
    assert.deepEqual([new Set(arrived).size, arrived.length], [delivered, delivered]);
    assert.ok(
      arrived.every((record) => record === 'start' || RECORDS.includes(record)),
      String(arrived),
    );
    seen.add(`${adopted} adopted, ${lost} lost`);
  };
  await fc.assert(
    fc.asyncProperty(change, (by) => forEachByte(left, by, look)),
    { numRuns: 1 },
  );
  // A frame whose head is damaged is counted nowhere, one whose records are damaged is lost.
  assert.deepEqual([...seen].sort(), ['2 adopted, 0 lost', '3 adopted, 0 lost', '3 adopted, 1 lost']);
});
