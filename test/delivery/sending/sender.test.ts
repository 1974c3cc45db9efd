import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Remedy } from '../../../src/delivery/transport/transport.ts';
import { scene } from '../stream/support/scene.ts';
import { accepted, refused, times } from '../stream/support/scripted-transport.ts';

describe('a batch that the receiver cannot accept now', () => {
  for (const remedy of ['wait', 'credentials'] satisfies Remedy[]) {
    test(`(${remedy}) is retried without end, with backoff`, async () => {
      const { delivery, emit, timers, transport, counts, lost, messages } = scene();
      transport.script = () => refused(remedy);
      emit('1', '2');
      await timers.pass(1_000);
      assert.equal(delivery.isFailing, true);
      await timers.pass(22_000);
      assert.deepEqual(times(transport.attempts), [0, 1_000, 3_000, 7_000, 12_000, 17_000, 22_000]);
      await timers.pass(3_600_000);
      assert.equal(transport.attempts.length, 7 + 720);
      assert.ok(transport.attempts.every(({ records }) => records.join() === '1,2'));
      assert.deepEqual(counts(), [0, 0, 2]);
      assert.equal(messages[0], `waiting: ${remedy} it is`);
      transport.script = () => accepted;
      await timers.pass(5_000);
      assert.deepEqual([counts(), lost, delivery.isFailing], [[2, 0, 0], [], false]);
      assert.equal(timers.running, 0);
    });
  }

  test('waits as long as the receiver asks', async () => {
    const { emit, timers, transport } = scene({ random: () => 0 });
    transport.script = () => refused('wait', 30_000);
    emit('1');
    await timers.pass(1_000);
    emit('2');
    await timers.pass(60_000);
    assert.deepEqual(times(transport.attempts), [0, 30_000, 60_000]);
  });

  test('waits as long as the receiver asks, even if another batch is accepted', async () => {
    const { emit, timers, transport, attempts } = scene({ maxExportBatchSize: 1 });
    transport.script = () => undefined;
    emit('1', '2');
    await timers.settle();
    const [first, second] = [...transport.open];
    first?.reply(refused('wait', 30_000));
    second?.reply(accepted);
    emit('3');
    await timers.pass(29_999);
    assert.deepEqual(attempts(), [['1'], ['2'], ['3']]);
    await timers.pass(1);
    assert.deepEqual(attempts().at(-1), ['1']);
  });
});

describe('a batch that no retry can help', () => {
  test('is lost at once', async () => {
    const { delivery, emit, timers, transport, counts, lost, messages } = scene();
    transport.script = () => refused('none');
    emit('1', '2');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 2, 0]);
    assert.deepEqual(lost, ['1 none_type', '2 none_type']);
    assert.deepEqual(messages, ['failure 2: none it is']);
    assert.equal(transport.attempts.length, 1);
    assert.equal(delivery.isFailing, true);
  });

  test('is lost where the transport throws', async () => {
    const { emit, timers, transport, counts, lost, messages, errors } = scene();
    transport.script = () => {
      throw new TypeError('broken');
    };
    emit('1');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [0, 1, 0]);
    assert.deepEqual(lost, ['1 TypeError']);
    assert.deepEqual(messages, ['failure 1: TypeError: broken']);
    assert.deepEqual(errors, []);
  });
});
