import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Chunk } from '../../../src/delivery/buffer/chunk.ts';
import { ChunkPool } from '../../../src/delivery/buffer/chunk-pool.ts';
import { ScopeGroups } from '../../../src/delivery/buffer/scope-groups.ts';
import { sizesFor } from '../../../src/delivery/stream/stream-settings.ts';
import { scope, shop } from '../stream/support/scene.ts';
import { textEncoder } from '../stream/support/text-encoder.ts';

const KIB = 1024;

describe('a chunk', () => {
  test('shows nothing of the records that its memory held before', () => {
    const groups = new ScopeGroups(
      { encoder: textEncoder, startTimer: () => assert.fail() },
      () => undefined,
    );
    const group = groups.of(shop, scope);
    const chunks = new ChunkPool(sizesFor(8 * KIB));
    const fill = (...sizes: readonly number[]): Chunk => {
      const chunk = chunks.open();
      assert.ok(chunk !== undefined);
      for (const size of sizes) chunk.add(group, undefined, chunk.end + size);
      return chunk;
    };
    const before = fill(10, 20, 30);
    const { memory, start } = before;
    before.finished(3);
    chunks.close(before);
    const chunk = fill(5, 6);
    assert.equal(chunk.memory, memory);
    assert.deepEqual(
      { count: chunk.count, end: chunk.end, limit: chunk.limit(0, 100, 1_000), slices: chunk.slices(0, 100) },
      { count: 2, end: start + 11, limit: 2, slices: [{ chunk, group, first: 0, start, end: start + 11 }] },
    );
  });
});
