import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from '../stream/support/scene.ts';
import { accepted } from '../stream/support/scripted-transport.ts';

const KIB = 1024;

describe('a batch is due', () => {
  test('by the age of its oldest record', async () => {
    const { emit, timers, attempts } = scene({ scheduleDelayMs: 1_000 });
    emit('1');
    await timers.pass(600);
    emit('2');
    await timers.pass(399);
    assert.deepEqual(attempts(), []);
    await timers.pass(1);
    assert.deepEqual(attempts(), [['1', '2']]);
    emit('3');
    await timers.pass(999);
    assert.equal(attempts().length, 1);
    await timers.pass(1);
    assert.deepEqual(attempts(), [['1', '2'], ['3']]);
  });

  test('by count: 512 records by default', async () => {
    const { emit, timers, attempts } = scene();
    emit(...bodies(511));
    await timers.settle();
    assert.deepEqual(attempts(), []);
    emit('last');
    assert.deepEqual(attempts(), [], 'not in the turn of the event loop that emits');
    await timers.settle();
    assert.deepEqual(attempts(), [[...bodies(511), 'last']]);
  });

  test('by count: maxExportBatchSize, which no export exceeds', async () => {
    const { emit, timers, attempts } = scene({ maxExportBatchSize: 2 });
    emit('1');
    await timers.settle();
    assert.deepEqual(attempts(), []);
    emit('2', '3', '4', '5');
    await timers.settle();
    assert.deepEqual(attempts(), [
      ['1', '2'],
      ['3', '4'],
    ]);
    await timers.pass(1_000);
    assert.deepEqual(attempts().at(-1), ['5']);
  });

  test('by count: maxQueueSize, where it is smaller', async () => {
    const { emit, timers, attempts } = scene({ maxQueueSize: 3 });
    emit('1', '2', '3');
    await timers.settle();
    assert.deepEqual(attempts(), [['1', '2', '3']]);
  });

  test('by count: at least 50 ms after the last export, so that exports grow', async () => {
    const { emit, timers, attempts } = scene();
    emit(...bodies(512));
    await timers.settle();
    emit(...bodies(512));
    await timers.pass(49);
    assert.equal(attempts().length, 1);
    emit('last');
    await timers.pass(1);
    assert.deepEqual(attempts().slice(1), [[...bodies(512), 'last']]);
    await timers.pass(50);
    emit(...bodies(512));
    await timers.settle();
    assert.deepEqual(attempts().slice(2), [bodies(512)]);
  });

  test('by size: the bytes of a full chunk', async () => {
    const { emit, timers, attempts } = scene();
    emit(...bodies(510, 4 * KIB));
    await timers.settle();
    assert.deepEqual(attempts(), []);
    emit(...bodies(1, 4 * KIB, 510));
    await timers.settle();
    assert.deepEqual(attempts(), [bodies(510, 4 * KIB)]);
  });
});

describe('while an export is in flight', () => {
  test('a batch that is due by count waits for the response, and grows', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = () => undefined;
    emit(...bodies(512));
    await timers.settle();
    emit(...bodies(700, 4, 512));
    await timers.settle();
    assert.equal(transport.attempts.length, 1);
    await timers.pass(50);
    assert.equal(transport.attempts.length, 1);
    transport.replyAll(accepted);
    await timers.settle();
    assert.deepEqual(attempts().slice(1), [bodies(700, 4, 512)]);
  });

  test('a batch is sent as soon as it has the maximum size of an export', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = () => undefined;
    emit(...bodies(512));
    await timers.settle();
    emit(...bodies(506, 4 * KIB));
    await timers.settle();
    assert.equal(transport.attempts.length, 1);
    emit(...bodies(10, 4 * KIB, 506));
    await timers.settle();
    assert.deepEqual(
      attempts().slice(1),
      [bodies(509, 4 * KIB)],
      'the records for which the chunk had room after the first 512',
    );
  });

  test('a batch is sent when it is due by age', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = () => undefined;
    emit(...bodies(512));
    await timers.settle();
    emit('later');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(1), [['later']]);
  });

  test('records of the next chunk are due by the age of their own oldest record', async () => {
    // Two records in each chunk, and two chunks in each export.
    const { emit, timers, transport, attempts } = scene({ memoryLimitBytes: 8 * KIB });
    transport.script = () => undefined;
    emit('fills the first chunk'.padEnd(600));
    await timers.pass(1_000);
    const records = bodies(5, 440);
    emit(...records.slice(0, 4));
    await timers.pass(900);
    emit(...records.slice(4));
    await timers.settle();
    assert.deepEqual(attempts().slice(1), [records.slice(0, 4)]);
    await timers.pass(999);
    assert.equal(transport.attempts.length, 2);
    await timers.pass(1);
    assert.deepEqual(attempts().slice(2), [records.slice(4)]);
  });

  test('no more than maxInFlight are sent, and the next one after the first response', async () => {
    const { emit, timers, transport, attempts } = scene({ maxExportBatchSize: 1, maxInFlight: 3 });
    transport.script = () => undefined;
    emit('1', '2', '3', '4', '5');
    await timers.settle();
    assert.deepEqual(attempts(), [['1'], ['2'], ['3']]);
    [...transport.open][1]?.reply(accepted);
    await timers.settle();
    assert.deepEqual(attempts().slice(3), [['4']]);
  });

  test('one batch is sent per turn of the event loop', async () => {
    const { emit, timers, transport } = scene({ maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit('1', '2', '3');
    for (const sent of [1, 2, 3]) {
      timers.turn();
      assert.equal(transport.attempts.length, sent);
    }
    await timers.settle();
  });
});
