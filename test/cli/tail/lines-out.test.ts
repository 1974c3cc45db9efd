import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { LinesOut } from '../../../src/cli/tail/lines-out.ts';

/** More than may wait. */
const LARGE = 'x'.repeat(2 * 1024 * 1024);

describe('lines for a reader', () => {
  test('of one turn go out together', async () => {
    const stream = new PassThrough({ encoding: 'utf8' });
    const out = new LinesOut(stream);
    out.write('one');
    out.write('two');
    assert.equal(stream.read(), null);
    await new Promise(setImmediate);
    assert.equal(stream.read(), 'one\ntwo\n');
  });

  test('that lags: exports wait until it has read on, and too many are sent away', async () => {
    const stream = new PassThrough();
    const out = new LinesOut(stream);
    assert.equal(await out.hasRoom(), true);
    out.write(LARGE);
    out.write(LARGE);
    out.flush();
    // What is in the readable half already does not count as waiting, so there is more behind it.
    out.write(LARGE);
    out.flush();
    const waiting = Array.from({ length: 64 }, () => out.hasRoom());
    assert.equal(await out.hasRoom(), false);
    stream.resume();
    assert.deepEqual(await Promise.all(waiting), Array(64).fill(true));
    assert.equal(await out.hasRoom(), true);
  });
});
