// Any damage to any file: the next process reads what is whole, and goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FRAME_MAGIC } from '../../../../src/delivery/spool/frame/frame-header.ts';
import { frameOf } from '../support/contents.ts';
import { allTexts, namesIn, openLog } from '../support/logs.ts';

describe('any damage at all', () => {
  interface Harm {
    readonly do: 'flip' | 'cut' | 'zero' | 'insert' | 'remove' | 'swap' | 'repeat';
    readonly file: number;
    readonly at: number;
  }
  const harm: fc.Arbitrary<Harm> = fc.record({
    do: fc.constantFrom('flip', 'flip', 'cut', 'zero', 'insert', 'remove', 'swap', 'repeat'),
    file: fc.nat(),
    at: fc.nat(),
  });

  function apply(directory: string, { do: what, file, at }: Harm): void {
    const names = namesIn(directory);
    const name = names[file % names.length];
    if (name === undefined) return;
    const path = join(directory, name);
    const bytes = readFileSync(path);
    const place = at % (bytes.length + 1);
    const head = bytes.subarray(0, place);
    const tail = bytes.subarray(place);
    switch (what) {
      case 'flip':
        bytes[place] = (bytes[place] ?? 0) ^ (1 << (at % 8));
        writeFileSync(path, bytes);
        break;
      case 'cut':
        writeFileSync(path, head);
        break;
      case 'zero':
        writeFileSync(path, bytes.fill(0, place, Math.min(bytes.length, place + 40)));
        break;
      case 'insert':
        writeFileSync(path, Buffer.concat([head, FRAME_MAGIC, tail]));
        break;
      case 'remove':
        rmSync(path);
        break;
      case 'swap':
        writeFileSync(path, Buffer.concat([tail, head]));
        break;
      case 'repeat':
        writeFileSync(path, Buffer.concat([bytes, tail]));
        break;
    }
  }

  test('shows a subset of what was appended, byte for byte, and never fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), {
            minLength: 1,
            maxLength: 4,
          }),
          {
            minLength: 1,
            maxLength: 12,
          },
        ),
        fc.array(fc.nat(11), { maxLength: 4 }),
        fc.array(harm, { minLength: 1, maxLength: 4 }),
        async (frames, finished, harms) => {
          const directory = mkdtempSync(join(tmpdir(), 'spool-'));
          try {
            for (const half of [frames.slice(0, 6), frames.slice(6)]) {
              const { log } = await openLog(directory);
              for (const [index, texts] of half.entries()) {
                const stored = await log.append(frameOf(...texts));
                if (finished.includes(index)) log.finish(stored);
              }
              await log.close();
            }
            for (const each of harms) apply(directory, each);
            const { log, errors } = await openLog(directory);
            const appended = new Set(frames.map((texts) => JSON.stringify(wellFormed(texts))));
            for (const texts of await allTexts(log))
              assert.ok(texts === undefined || appended.has(JSON.stringify(texts)));
            await log.append(frameOf('after'));
            while (log.frames > 0) await log.dropOldest();
            await log.close();
            assert.deepEqual([errors, namesIn(directory)], [[], []]);
          } finally {
            rmSync(directory, { recursive: true });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  /** As UTF-8 and back: a surrogate without its other half becomes U+FFFD. */
  function wellFormed(texts: readonly string[]): readonly string[] {
    return texts.map((text) => Buffer.from(text).toString());
  }
});
