import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { bodies, scene, scope, TestRecord } from '../stream/support/scene.ts';
import { accepted, refused } from '../stream/support/scripted-transport.ts';

const KIB = 1024;

describe('a message', () => {
  test('is one part where its records are the first ones of a chunk', async () => {
    const { emit, timers, transport } = scene();
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ groups, parts, timeoutMs }) => ({ groups, parts, timeoutMs })),
      [{ groups: [{ group: 'shop test', records: ['1', '2'] }], parts: 1, timeoutMs: 10_000 }],
    );
  });

  test('has the prefix as a separate part where its records are not the first ones of the chunk', async () => {
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
      'a chunk that is a quarter full is closed',
    );
  });

  test('has the prefix as a separate part where the headroom is too small for it', async () => {
    const { emit, timers, transport } = scene({ memoryLimitBytes: 1_000 });
    emit('1');
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ records, parts }) => ({ records, parts })),
      [{ records: ['1'], parts: 2 }],
    );
  });

  test('has the prefix as a separate part when it is retried: refused bytes are not written again', async () => {
    const { emit, timers, transport } = scene();
    transport.script = () => refused('wait');
    emit('1');
    await timers.pass(2_000);
    assert.deepEqual(
      transport.attempts.map(({ parts }) => parts),
      [1, 2],
    );
  });

  test('groups its records by resource and scope', async () => {
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

  test('with records of several chunks has one prefix, and one part per chunk', async () => {
    // Chunks of 64 KiB, exports of 128 KiB.
    const { emit, timers, transport } = scene({ memoryLimitBytes: 512 * KIB });
    const records = bodies(5, 20 * KIB);
    emit(...records);
    await timers.pass(1_000);
    assert.deepEqual(transport.attempts[0]?.groups, [{ group: 'shop test', records: records.slice(0, 4) }]);
    assert.equal(transport.attempts[0]?.parts, 2);
  });

  test('does not change before the response, though records are added to its chunk', async () => {
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
});
