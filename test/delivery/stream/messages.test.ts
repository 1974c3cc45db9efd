import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { bodies, scene, scope, TestRecord } from './support/scene.ts';
import { refused } from './support/scripted-transport.ts';

const KIB = 1024;

describe('a message', () => {
  test('is one part where its records begin a chunk', async () => {
    const { emit, timers, transport } = scene();
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ groups, parts, timeoutMs }) => ({ groups, parts, timeoutMs })),
      [{ groups: [{ group: 'shop test', records: ['1', '2'] }], parts: 1, timeoutMs: 10_000 }],
    );
  });

  test('has the prefix as a part of its own where others stand before its records', async () => {
    const { emit, timers, transport } = scene();
    transport.script = () => undefined;
    emit('1');
    await timers.pass(1_000);
    emit('2');
    await timers.pass(1_000);
    emit(...bodies(130, 4 * KIB));
    await timers.pass(1_000);
    emit('3');
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ parts }) => parts),
      [1, 2, 2, 1],
      'a chunk that is a quarter full is not filled on',
    );
  });

  test('has the prefix as a part of its own where there is no room for it', async () => {
    const { emit, timers, transport } = scene({ memoryLimitBytes: 1_000 });
    emit('1');
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ records, parts }) => ({ records, parts })),
      [{ records: ['1'], parts: 2 }],
    );
  });

  test('is not written again where it was refused', async () => {
    const { emit, timers, transport } = scene();
    transport.script = () => refused('wait');
    emit('1');
    await timers.pass(2_000);
    assert.deepEqual(
      transport.attempts.map(({ parts }) => parts),
      [1, 2],
    );
  });

  test('groups records by resource and scope', async () => {
    const { delivery, timers, transport } = scene();
    const other = { resource: resourceFromAttributes({ 'service.name': 'other' }) };
    delivery.onEmit(new TestRecord('1'));
    delivery.onEmit(new TestRecord('2', other));
    delivery.onEmit(new TestRecord('3'));
    delivery.onEmit(new TestRecord('4', { instrumentationScope: { name: 'second' } }));
    delivery.onEmit(new TestRecord('5', { ...other, instrumentationScope: scope }));
    await timers.pass(1_000);
    assert.deepEqual(transport.attempts[0]?.groups, [
      { group: 'shop test', records: ['1', '3'] },
      { group: 'other test', records: ['2', '5'] },
      { group: 'shop second', records: ['4'] },
    ]);
  });

  test('goes over several chunks: one prefix, and one part per chunk', async () => {
    // Chunks of 64 KiB, exports of 128.
    const { emit, timers, transport } = scene({ memoryLimitBytes: 512 * KIB });
    const records = bodies(5, 20 * KIB);
    emit(...records);
    await timers.pass(1_000);
    assert.deepEqual(transport.attempts[0]?.groups, [{ group: 'shop test', records: records.slice(0, 4) }]);
    assert.equal(transport.attempts[0]?.parts, 2);
  });
});

describe('a record', () => {
  test('is encoded at once', async () => {
    const { delivery, timers, attempts } = scene();
    const record = new TestRecord('as it was');
    delivery.onEmit(record);
    record.body = 'as it is now';
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['as it was']]);
  });

  test('that is larger than a chunk gets one of its own, in its place', async () => {
    const chunk = 64 * KIB;
    const { delivery, emit, timers, attempts } = scene({ memoryLimitBytes: 8 * chunk });
    const large = 'large'.padEnd(chunk, '.');
    emit('before', large, 'after');
    assert.ok(delivery.heldBytes > 3 * chunk && delivery.heldBytes < 4 * chunk);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', large], ['after']]);
  });

  test('that is larger than 4 MiB is lost', async () => {
    const { emit, timers, attempts, lost, said, counts } = scene();
    emit('before', 'huge'.padEnd(4 * KIB * KIB, '.'), 'after');
    assert.deepEqual(
      lost.map((line) => line.replace(/^huge\.+/, 'huge')),
      ['huge record_too_large'],
    );
    assert.deepEqual(said, ['failure 1: a record is too large to be sent']);
    assert.deepEqual(counts(), [0, 1, 2]);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', 'after']]);
  });

  test('that cannot be encoded is lost, and the others are not', async () => {
    const { emit, timers, attempts, lost, said, counts } = scene();
    emit('before', 'poison for the encoder', 'after');
    assert.deepEqual(lost, ['poison for the encoder RangeError']);
    assert.deepEqual(said, ['failure 1: a record cannot be encoded: RangeError: odd']);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['before', 'after']]);
    assert.deepEqual(counts(), [2, 1, 0]);
  });

  test('is lost where the user has set a queue size and so many wait', async () => {
    const { emit, timers, transport, lost, said, counts } = scene({ maxQueueSize: 2, maxInFlight: 1 });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.settle();
    emit('3', '4', '5');
    assert.deepEqual(lost, ['5 queue_full']);
    assert.deepEqual(said, ['failure 1: the queue is full: records come faster than they are delivered']);
    assert.deepEqual(counts(), [0, 1, 4]);
  });
});
