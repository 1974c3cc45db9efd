import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { LinesOut } from '../../../../src/cli/tail/pipe/lines-out.ts';

/** Twice as much as may wait. */
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

  test('that lags: exports wait until it has read on', async () => {
    const stream = new PassThrough();
    const out = new LinesOut(stream);
    await out.room();
    out.write(LARGE);
    out.write(LARGE);
    out.flush();
    // What is in the readable half already does not count as waiting, so there is more behind it.
    out.write(LARGE);
    out.flush();
    let hasRoom = false;
    const waiting = Promise.all(Array.from({ length: 100 }, () => out.room())).then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    assert.equal(hasRoom, false);
    stream.resume();
    await waiting;
    await out.room();
  });

  test('of one turn count before they go out, and a reader that keeps up never stops', async () => {
    const stream = new PassThrough({ highWaterMark: 8 * LARGE.length }).resume();
    const out = new LinesOut(stream);
    let hasRoom = false;
    out.write(LARGE);
    const waiting = out.room().then(() => {
      hasRoom = true;
    });
    await Promise.resolve();
    assert.equal(hasRoom, false);
    await waiting;
  });
});
