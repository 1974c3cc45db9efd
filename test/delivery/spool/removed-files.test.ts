// Files and directories that are removed or renamed while they are written.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { frameOf } from './support/contents.ts';
import { allTexts, folderFor, namesIn, openLog } from './support/logs.ts';

describe('files that are removed', () => {
  test('take the frames in them along, and the next append gets a new file', async (t) => {
    const directory = folderFor(t);
    const { log } = await openLog(directory);
    const stored = await log.append(frameOf('1'));
    rmSync(join(directory, '00000001.spool'));
    await assert.rejects(log.append(frameOf('2')), { code: 'ENOENT' });
    assert.equal(await log.read(stored), undefined);
    assert.deepEqual(
      (await log.counts(stored)).map(({ count }) => count),
      [1],
    );
    await log.append(frameOf('3'));
    log.finish(stored);
    assert.deepEqual(await allTexts(log), [['3']]);
  });

  test('with their directory, which another process has renamed: nothing is confirmed that it may not see', async (t) => {
    const folder = folderFor(t);
    const directory = join(folder, 'mine');
    mkdirSync(directory);
    const { log, errors } = await openLog(directory);
    const stored = await log.append(frameOf('1'));
    renameSync(directory, join(folder, 'taken'));
    await assert.rejects(log.append(frameOf('2')), { code: 'ENOENT' });
    assert.equal(await log.read(stored), undefined);
    log.finish(stored);
    await log.close();
    assert.deepEqual(namesIn(folder), ['taken'], 'nothing is made in its place');
    assert.deepEqual(errors, []);
    const next = await openLog(join(folder, 'taken'));
    assert.deepEqual(await allTexts(next.log), [['1']]);
  });
});
