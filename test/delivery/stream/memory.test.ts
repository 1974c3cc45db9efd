import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Chunk } from '../../../src/delivery/stream/buffer/chunk.ts';
import { ChunkPool } from '../../../src/delivery/stream/buffer/chunk-pool.ts';
import { ScopeGroups } from '../../../src/delivery/stream/buffer/scope-groups.ts';
import { sizesFor } from '../../../src/delivery/stream/stream-settings.ts';
import { bodies, scene, scope, shop } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';
import { textEncoder } from './support/text-encoder.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Chunks of 1 KiB, of which 896 bytes are for records: 8 of 100 bytes. */
const SMALL = { memoryLimitBytes: 8 * KIB };
const EIGHT = 8;

describe('the memory limit', () => {
  test('says how large everything is', () => {
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

  test('an export is as small as the protocol wants it', async () => {
    assert.deepEqual(sizesFor(16 * MIB, 192 * KIB), { ...sizesFor(16 * MIB), batch: 192 * KIB });
    const { emit, timers, attempts } = scene({ maxExportBytes: 2 * KIB });
    emit(...bodies(64, 200));
    await timers.pass(1_000);
    const sizes = attempts().map((records) => records.join('').length);
    assert.ok(sizes.length > 6 && sizes.every((size) => size <= 2 * KIB), sizes.join(' '));
    assert.deepEqual(attempts().flat(), bodies(64, 200));
  });

  test('nothing is held before the first record, and one chunk while little comes', async () => {
    const { delivery, emit, timers, transport } = scene();
    assert.equal(delivery.heldBytes, 0);
    transport.script = () => undefined;
    for (let second = 0; second < 8; second += 1) {
      emit(`${second}`);
      await timers.pass(1_000);
    }
    assert.equal(transport.open.size, 8);
    assert.equal(delivery.heldBytes, 2 * MIB);
  });

  test('the oldest chunk gives way, by record', async () => {
    const { delivery, emit, timers, transport, lost, said, counts } = scene({
      ...SMALL,
      scheduleDelayMs: 60_000,
    });
    transport.script = () => refused('wait');
    emit('first');
    await timers.pass(60_000);
    const records = bodies(100, 100);
    emit(...records);
    const gone = 100 - 8 * EIGHT + 1;
    assert.deepEqual(
      lost,
      ['first', ...records.slice(0, lost.length - 1)].map((body) => `${body} memory_limit`),
    );
    assert.ok(lost.length >= gone - EIGHT && lost.length <= gone + EIGHT, `${lost.length} lost`);
    assert.ok(said.at(-1)?.startsWith('failure 8: the memory limit is reached'));
    assert.deepEqual(counts(), [0, lost.length, 101 - lost.length]);
    assert.equal(delivery.heldBytes, 8 * KIB);
  });

  test('a chunk that waits for its next attempt gives way too, and the rest of its batch goes on', async () => {
    const { emit, timers, transport, lost, attempts } = scene(SMALL);
    transport.script = () => refused('wait');
    const records = bodies(2 * EIGHT, 100);
    emit(...records);
    await timers.settle();
    emit(...bodies(7 * EIGHT, 100, 2 * EIGHT));
    assert.equal(lost.length, EIGHT);
    transport.attempts.length = 0;
    transport.script = () => accepted;
    await timers.pass(5_000);
    assert.deepEqual(
      attempts().flat().sort(),
      [...records.slice(EIGHT), ...bodies(7 * EIGHT, 100, 2 * EIGHT)].sort(),
    );
  });

  test('what is on the wire does not give way, and takes no more than half', async () => {
    const { emit, timers, transport, lost, counts } = scene(SMALL);
    transport.script = () => undefined;
    for (let chunk = 0; chunk < 12; chunk += 1) {
      emit(...bodies(EIGHT, 100, chunk * EIGHT));
      await timers.pass(1_000);
    }
    const onWire = [...transport.open].flatMap(({ records }) => records);
    assert.equal(onWire.length, 4 * EIGHT);
    assert.deepEqual(onWire, bodies(4 * EIGHT, 100));
    assert.equal(lost.length, 4 * EIGHT);
    assert.equal(lost[0], `${bodies(1, 100, 4 * EIGHT)} memory_limit`);
    transport.script = () => accepted;
    transport.replyAll(accepted);
    await timers.pass(1_000);
    assert.deepEqual(counts(), [8 * EIGHT, 4 * EIGHT, 0]);
  });

  test('exports of one chunk take its place only once', async () => {
    const { emit, timers, transport } = scene({ ...SMALL, maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit(...bodies(EIGHT, 100));
    await timers.settle();
    assert.equal(transport.open.size, 8);
  });

  test('what has given way does not wait any more', async () => {
    const { emit, timers, transport, lost } = scene({ ...SMALL, maxQueueSize: 8 * EIGHT + 4 });
    transport.script = () => refused('wait');
    emit(...bodies(2 * EIGHT, 100));
    await timers.pass(1_000);
    emit(...bodies(100, 100, 2 * EIGHT));
    assert.ok(lost.length > 3 * EIGHT);
    assert.deepEqual(
      lost.filter((line) => !line.endsWith(' memory_limit')),
      [],
    );
  });

  test('where nothing can give way there is no new chunk', () => {
    const chunks = new ChunkPool(sizesFor(8 * KIB));
    const held = Array.from({ length: 8 }, () => chunks.open());
    assert.ok(held.every((chunk) => chunk !== undefined));
    assert.equal(chunks.heldBytes, 8 * KIB);
    assert.deepEqual([chunks.open(), chunks.openFor(Buffer.alloc(1))], [undefined, undefined]);
    const [oldest] = held;
    if (oldest !== undefined) chunks.close(oldest);
    assert.notEqual(chunks.open(), undefined);
  });

  test('a chunk says nothing of the records that its memory held before', () => {
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
      { count: 2, end: start + 11, limit: 2, slices: [{ chunk, group, start, end: start + 11 }] },
    );
  });

  test('what a message says does not change until the answer, though records are added behind it', async () => {
    const { emit, timers, transport } = scene();
    transport.script = () => undefined;
    for (const body of ['1', '2', '3']) {
      emit(body);
      await timers.pass(1_000);
    }
    transport.replyAll(accepted);
    await timers.settle();
    assert.deepEqual(transport.changed, []);
  });

  test('buffers are used again, but not those of refused messages', async () => {
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
