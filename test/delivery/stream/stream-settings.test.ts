import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sizesFor } from '../../../src/delivery/stream/stream-settings.ts';
import { bodies, scene } from './support/scene.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('sizesFor', () => {
  test('derives all sizes from the memory limit', () => {
    assert.deepEqual(sizesFor(16 * MIB), {
      memoryLimit: 16 * MIB,
      chunk: 2 * MIB,
      headroom: 4 * KIB,
      batch: 2 * MIB - 4 * KIB,
      record: 4 * MIB,
      inFlight: 8 * MIB,
    });
    assert.deepEqual(sizesFor(MIB), {
      memoryLimit: MIB,
      chunk: 128 * KIB,
      headroom: 4 * KIB,
      batch: 256 * KIB,
      record: 256 * KIB,
      inFlight: 512 * KIB,
    });
  });

  test('limits exports to maxExportBytes', async () => {
    assert.deepEqual(sizesFor(16 * MIB, 192 * KIB), { ...sizesFor(16 * MIB), batch: 192 * KIB });
    const { emit, timers, attempts } = scene({ maxExportBytes: 2 * KIB });
    emit(...bodies(64, 200));
    await timers.pass(1_000);
    const sizes = attempts().map((records) => records.join('').length);
    assert.ok(sizes.length > 6 && sizes.every((size) => size <= 2 * KIB), sizes.join(' '));
    assert.deepEqual(attempts().flat(), bodies(64, 200));
  });
});
