// `kill -9` while frames are appended.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spawnNode } from '../../support/spawn-app.ts';
import { allTexts, folderFor, openLog } from './support/logs.ts';

const APPEND = fileURLToPath(new URL('./fixtures/append.js', import.meta.url));

describe('a process that is killed while it appends', () => {
  for (const round of [1, 2, 3, 4, 5])
    test(`has left every frame that was confirmed, round ${round}`, async (t) => {
      const directory = folderFor(t);
      const app = spawnNode(t, { args: [APPEND, directory, '50'] });
      await app.waitFor(new RegExp(`^stored ${round * 37}$`, 'm'));
      await app.stop('SIGKILL');
      const { log, damages, errors } = await openLog(directory);
      const numbers = (await allTexts(log)).map((texts) => {
        assert.equal(texts?.length, 50);
        return Number(texts[0]?.split('.')[0]);
      });
      const confirmed = [...app.stdout.matchAll(/^stored (\d+)$/gm)].map(([, number]) => Number(number));
      const last = confirmed[confirmed.length - 1] ?? 0;
      // The program finishes frames with odd numbers; the acknowledgements of the latest may be lost.
      assert.deepEqual(
        numbers.filter((number) => number % 2 === 0 && number <= last),
        confirmed.filter((number) => number % 2 === 0),
      );
      assert.ok(numbers.filter((number) => number % 2 === 1).length < 10);
      assert.ok(numbers.every((number) => number <= last + 1));
      assert.ok(damages.length <= 1 && damages.every(({ kind }) => kind === 'torn'));
      assert.deepEqual(errors, []);
    });
});
