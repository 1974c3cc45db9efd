import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChunkPool } from '../../../src/delivery/buffer/chunk-pool.ts';
import { sizesFor } from '../../../src/delivery/stream/stream-settings.ts';
import { bodies, scene } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';

const KIB = 1024;

describe('the chunk pool', () => {
  test('opens no chunk beyond the memory limit', () => {
    const chunks = new ChunkPool(sizesFor(8 * KIB));
    const held = Array.from({ length: 8 }, () => chunks.open());
    assert.ok(held.every((chunk) => chunk !== undefined));
    assert.equal(chunks.heldBytes, 8 * KIB);
    assert.deepEqual([chunks.open(), chunks.openFor(Buffer.alloc(1))], [undefined, undefined]);
    const [oldest] = held;
    if (oldest !== undefined) chunks.close(oldest);
    assert.notEqual(chunks.open(), undefined);
  });

  test('uses buffers again, but not those of refused messages', async () => {
    const { emit, timers, transport } = scene();
    const seen: ArrayBufferLike[] = [];
    const send = transport.send.bind(transport);
    transport.send = (parts, timeoutMs) => {
      for (const part of parts) if (part.length > 100 * KIB) seen.push(part.buffer);
      return send(parts, timeoutMs);
    };
    const fill = async (): Promise<void> => {
      emit(...bodies(130, 4 * KIB));
      await timers.pass(1_000);
    };
    await fill();
    await fill();
    assert.equal(new Set(seen).size, 1);
    transport.script = ({ atMs }) =>
      atMs === timers.nowMs && transport.attempts.length === 3 ? refused('wait') : accepted;
    await fill();
    await timers.pass(5_000);
    assert.equal(new Set(seen).size, 1, 'the same bytes, not written again');
    await fill();
    assert.equal(new Set(seen).size, 2);
  });
});
