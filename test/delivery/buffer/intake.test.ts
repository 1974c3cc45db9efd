import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scene, TestRecord } from '../stream/support/scene.ts';

const KIB = 1024;

describe('a record', () => {
  test('is encoded when it is emitted', async () => {
    const { delivery, timers, attempts } = scene();
    const record = new TestRecord('as it was');
    delivery.onEmit(record);
    record.body = 'as it is now';
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['as it was']]);
  });

  test('that is larger than a chunk gets a chunk of its own, in its order', async () => {
    const chunk = 64 * KIB;
    const { delivery, emit, timers, attempts } = scene({ memoryLimitBytes: 8 * chunk });
    const large = 'large'.padEnd(chunk, '.');
    emit('before', large, 'after');
    assert.ok(delivery.heldBytes > 3 * chunk && delivery.heldBytes < 4 * chunk);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', large], ['after']]);
  });

  test('that is larger than 4 MiB is lost', async () => {
    const { emit, timers, attempts, lost, messages, counts } = scene();
    emit('before', 'huge'.padEnd(4 * KIB * KIB, '.'), 'after');
    assert.deepEqual(
      lost.map((line) => line.replace(/^huge\.+/, 'huge')),
      ['huge record_too_large'],
    );
    assert.deepEqual(messages, ['failure 1: a record is too large to be sent']);
    assert.deepEqual(counts(), [0, 1, 2]);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', 'after']]);
  });

  test('that cannot be encoded is lost, and the others are not', async () => {
    const { emit, timers, attempts, lost, messages, counts } = scene();
    emit('before', 'poison for the encoder', 'after');
    assert.deepEqual(lost, ['poison for the encoder RangeError']);
    assert.deepEqual(messages, ['failure 1: a record cannot be encoded: RangeError: odd']);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', 'after']]);
    assert.deepEqual(counts(), [2, 1, 0]);
  });

  test('is lost where maxQueueSize records wait', async () => {
    const { emit, timers, transport, lost, messages, counts } = scene({ maxQueueSize: 2, maxInFlight: 1 });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.settle();
    emit('3', '4', '5');
    assert.deepEqual(lost, ['5 queue_full']);
    assert.deepEqual(messages, ['failure 1: the queue is full: records come faster than they are delivered']);
    assert.deepEqual(counts(), [0, 1, 4]);
  });
});
