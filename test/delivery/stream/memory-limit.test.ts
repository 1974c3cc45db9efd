import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** A chunk of 1 KiB has room for 8 records of 100 bytes: 896 bytes without its headroom. */
const SMALL = { memoryLimitBytes: 8 * KIB };
const EIGHT = 8;

describe('the memory limit', () => {
  test('no memory is held before the first record, and one chunk at a low rate', async () => {
    const { delivery, emit, timers, transport } = scene();
    assert.equal(delivery.heldBytes, 0);
    transport.script = () => undefined;
    for (let second = 0; second < 8; second += 1) {
      emit(`${second}`);
      await timers.pass(1_000);
    }
    assert.equal(transport.open.size, 8);
    assert.equal(delivery.heldBytes, 2 * MIB);
    assert.equal(delivery.backlog(), 1 / 8);
  });

  test('the oldest chunk is given up, and each of its records counted as lost', async () => {
    const { delivery, emit, timers, transport, lost, messages, counts } = scene({
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
    assert.ok(messages.at(-1)?.startsWith('failure 8: the memory limit is reached'));
    assert.deepEqual(counts(), [0, lost.length, 101 - lost.length]);
    assert.equal(delivery.heldBytes, 8 * KIB);
    assert.equal(delivery.backlog(), 1);
  });

  test('a chunk in the retry queue is given up too, and the other records of its batch are delivered', async () => {
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

  test('a chunk in flight is not given up, and chunks in flight take at most half of the limit', async () => {
    const { emit, timers, transport, lost, counts } = scene(SMALL);
    transport.script = () => undefined;
    for (let chunk = 0; chunk < 12; chunk += 1) {
      emit(...bodies(EIGHT, 100, chunk * EIGHT));
      await timers.pass(1_000);
    }
    const inFlight = [...transport.open].flatMap(({ records }) => records);
    assert.equal(inFlight.length, 4 * EIGHT);
    assert.deepEqual(inFlight, bodies(4 * EIGHT, 100));
    assert.equal(lost.length, 4 * EIGHT);
    assert.equal(lost[0], `${bodies(1, 100, 4 * EIGHT)} memory_limit`);
    transport.script = () => accepted;
    transport.replyAll(accepted);
    await timers.pass(1_000);
    assert.deepEqual(counts(), [8 * EIGHT, 4 * EIGHT, 0]);
  });

  test('a chunk counts once, however many exports of it are in flight', async () => {
    const { emit, timers, transport } = scene({ ...SMALL, maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit(...bodies(EIGHT, 100));
    await timers.settle();
    assert.equal(transport.open.size, 8);
  });

  test('records that were given up do not count for maxQueueSize', async () => {
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
});
