import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, scene } from './support/scene.ts';
import { accepted } from './support/scripted-transport.ts';

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

  test('by count: 512 records where the user has set nothing', async () => {
    const { emit, timers, attempts } = scene();
    emit(...bodies(511));
    await timers.settle();
    assert.deepEqual(attempts(), []);
    emit('last');
    assert.deepEqual(attempts(), [], 'not in the turn of the request');
    await timers.settle();
    assert.deepEqual(attempts(), [[...bodies(511), 'last']]);
  });

  test('by count: what the user has set, which no export exceeds', async () => {
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

  test('by count: the queue, where that is smaller', async () => {
    const { emit, timers, attempts } = scene({ maxQueueSize: 3 });
    emit('1', '2', '3');
    await timers.settle();
    assert.deepEqual(attempts(), [['1', '2', '3']]);
  });

  test('by count: not before 50 ms after the export before, so that exports grow', async () => {
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

  test('by size: as much as a chunk holds', async () => {
    const { emit, timers, attempts } = scene();
    emit(...bodies(510, 4 * KIB));
    await timers.settle();
    assert.deepEqual(attempts(), []);
    emit(...bodies(1, 4 * KIB, 510));
    await timers.settle();
    assert.deepEqual(attempts(), [bodies(510, 4 * KIB)]);
  });
});

describe('while an export is on its way', () => {
  test('what is due by count waits for the answer, and grows', async () => {
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

  test('it goes as soon as it is as large as an export may be', async () => {
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
      'what the chunk had room for behind the 512 records',
    );
  });

  test('it goes when it is old enough', async () => {
    const { emit, timers, transport, attempts } = scene();
    transport.script = () => undefined;
    emit(...bodies(512));
    await timers.settle();
    emit('later');
    await timers.pass(1_000);
    assert.deepEqual(attempts().slice(1), [['later']]);
  });

  test('the age of what is left behind counts from its own beginning', async () => {
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

  test('no more than the slots are on their way, and the next one goes with the first answer', async () => {
    const { emit, timers, transport, attempts } = scene({ maxExportBatchSize: 1, maxInFlight: 3 });
    transport.script = () => undefined;
    emit('1', '2', '3', '4', '5');
    await timers.settle();
    assert.deepEqual(attempts(), [['1'], ['2'], ['3']]);
    [...transport.open][1]?.reply(accepted);
    await timers.settle();
    assert.deepEqual(attempts().slice(3), [['4']]);
  });

  test('only one is sent per turn of the event loop', async () => {
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
