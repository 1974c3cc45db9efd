import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Batch } from '../../../src/delivery/buffer/batch.ts';
import { Chunk, chunkMemory } from '../../../src/delivery/buffer/chunk.ts';
import { LiveScopeGroup } from '../../../src/delivery/buffer/scope-groups.ts';
import { scope, shop } from '../stream/support/scene.ts';
import { textEncoder } from '../stream/support/text-encoder.ts';

/** A chunk with so many records of 10 bytes. */
function chunkOf(count: number): Chunk {
  const chunk = new Chunk(chunkMemory(Buffer.alloc(100)), 0);
  const group = new LiveScopeGroup(shop, scope, textEncoder);
  for (let record = 0; record < count; record += 1) chunk.add(group, undefined, chunk.end + 10);
  return chunk;
}

function batchOf(count: number): Batch {
  return new Batch([{ chunk: chunkOf(count), from: 0, to: count }]);
}

describe('a batch', () => {
  test('is pending while it waits and is in flight, and not afterwards', () => {
    const batch = batchOf(2);
    assert.deepEqual([batch.isPending, batch.isWaiting], [true, true]);
    batch.sent(0);
    assert.deepEqual([batch.isPending, batch.isWaiting], [true, false]);
    batch.refused(0);
    assert.deepEqual([batch.isPending, batch.isWaiting, batch.wasRefused], [true, true, true]);
    for (const end of ['acknowledged', 'givenUp', 'divide'] as const) {
      const ended = batchOf(2);
      ended[end]();
      assert.deepEqual([ended.isPending, ended.isWaiting], [false, false], end);
    }
  });

  test('may itself be the reason of a refusal where others were accepted since the last one', () => {
    const batch = batchOf(1);
    assert.equal(batch.refused(7), false);
    assert.equal(batch.refused(7), false);
    assert.equal(batch.refused(8), true);
    assert.equal(batch.refused(8), false);
    assert.equal(batch.ownRefusals, 1);
  });

  test('that a flush needs was tried when it is refused, and its halves are due', () => {
    const batch = batchOf(2);
    batch.refused(0);
    assert.equal(batch.flush, 'none');
    batch.requestFlush();
    assert.equal(batch.flush, 'due');
    batch.refused(0);
    assert.equal(batch.flush, 'tried');
    assert.deepEqual(
      batch.divide().map(({ flush }) => flush),
      ['due', 'due'],
    );
  });

  test('is divided in the middle, across chunks', () => {
    const [one, other] = [chunkOf(1), chunkOf(4)];
    const batch = new Batch([
      { chunk: one, from: 0, to: 1 },
      { chunk: other, from: 0, to: 4 },
    ]);
    const [first, second] = batch.divide();
    assert.deepEqual(first.runs, [
      { chunk: one, from: 0, to: 1 },
      { chunk: other, from: 0, to: 1 },
    ]);
    assert.deepEqual(second.runs, [{ chunk: other, from: 1, to: 4 }]);
    assert.deepEqual([first.bytes, second.bytes], [20, 30]);
  });
});
