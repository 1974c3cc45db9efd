import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scene, watch } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';

describe('forceFlush', () => {
  test('sends at once all records that were emitted before, and resolves with the last response', async () => {
    const { delivery, emit, timers, transport, attempts, counts } = scene({ maxExportBatchSize: 2 });
    transport.script = () => undefined;
    emit('1', '2', '3');
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    assert.deepEqual(attempts(), [['1', '2'], ['3']]);
    emit('4');
    transport.script = () => accepted;
    const [first, second] = [...transport.open];
    second?.reply(accepted);
    await timers.pass(500);
    assert.equal(isFlushed(), false);
    first?.reply(accepted);
    await timers.settle();
    assert.equal(isFlushed(), true);
    assert.deepEqual(counts(), [3, 0, 1], 'later records wait until they are due');
  });

  test('resolves where no record is pending, and starts no timer', async () => {
    const { delivery, timers } = scene();
    await delivery.forceFlush();
    assert.equal(timers.started, 0);
  });

  test('waits neither for the backoff nor for a receiver that cannot be reached', async () => {
    const { delivery, emit, timers, transport, attempts, counts } = scene({ maxExportBatchSize: 1 });
    transport.script = () => refused('wait', 30_000);
    emit('1', '2', '3');
    await timers.settle();
    const before = transport.attempts.length;
    emit('4');
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    assert.deepEqual(attempts().slice(before).flat().sort(), ['1', '2', '3', '4']);
    assert.equal(isFlushed(), true);
    assert.deepEqual(counts(), [0, 0, 4]);
  });

  test('does not wait for a receiver that has accepted nothing for more than 10 s', async () => {
    const { delivery, emit, timers, transport } = scene();
    emit('1');
    await timers.pass(1_000);
    transport.script = () => refused('wait');
    await timers.pass(10_000);
    emit('2');
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    assert.equal(isFlushed(), true);
    assert.equal(transport.attempts.length, 2);
  });

  test('retries every 500 ms where the receiver has accepted an export in the last 10 s', async () => {
    const { delivery, emit, timers, transport, counts } = scene();
    emit('1');
    await timers.pass(1_000);
    transport.script = () => refused('wait');
    emit('2');
    const isFlushed = watch(delivery.forceFlush());
    await timers.pass(2_000);
    assert.equal(isFlushed(), false);
    assert.equal(transport.attempts.length, 1 + 1 + 4, 'every 500 ms');
    transport.script = () => accepted;
    await timers.pass(500);
    assert.equal(isFlushed(), true);
    assert.deepEqual(counts(), [2, 0, 0]);
  });

  test('resolves when the receiver has accepted nothing for 10 s', async () => {
    const { delivery, emit, timers, transport, counts } = scene();
    emit('1');
    await timers.pass(1_000);
    transport.script = () => refused('wait', 60_000);
    emit('2');
    const isFlushed = watch(delivery.forceFlush());
    await timers.pass(9_999);
    assert.equal(isFlushed(), false);
    await timers.pass(1);
    assert.equal(isFlushed(), true);
    assert.deepEqual(counts(), [1, 0, 1]);
  });

  test('resolves at the deadline in any case', async () => {
    const { delivery, emit, timers, transport } = scene({ flushTimeoutMs: 3_000 });
    transport.script = () => undefined;
    emit('1');
    const byDefault = watch(delivery.forceFlush());
    const asAsked = watch(delivery.forceFlush({ timeoutMillis: 1_000 }));
    await timers.pass(999);
    assert.deepEqual([asAsked(), byDefault()], [false, false]);
    await timers.pass(1);
    assert.deepEqual([asAsked(), byDefault()], [true, false]);
    await timers.pass(2_000);
    assert.deepEqual([asAsked(), byDefault()], [true, true]);
  });

  test('a second flush waits for records that were emitted before it', async () => {
    const { delivery, emit, timers, transport, counts } = scene();
    transport.script = () => undefined;
    emit('1');
    const first = watch(delivery.forceFlush());
    await timers.settle();
    emit('2');
    const second = watch(delivery.forceFlush());
    await timers.settle();
    assert.equal(transport.attempts.length, 2);
    [...transport.open][0]?.reply(accepted);
    await timers.settle();
    assert.equal(second(), false);
    transport.replyAll(accepted);
    await timers.settle();
    assert.deepEqual([first(), second(), counts()], [true, true, [2, 0, 0]]);
  });

  test('sends the halves of a batch that was divided', async () => {
    const { delivery, emit, timers, transport, counts } = scene();
    transport.script = ({ records }) => (records.length > 1 ? refused('split') : accepted);
    emit('1', '2', '3', '4', '5');
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    assert.equal(isFlushed(), true);
    assert.deepEqual(counts(), [5, 0, 0]);
  });

  test('sends the halves even if the receiver fails meanwhile', async () => {
    const { delivery, emit, timers, transport, attempts } = scene({ maxExportBatchSize: 2 });
    transport.script = () => undefined;
    emit('1', '2', '3', '4');
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    const [first, second] = [...transport.open];
    first?.reply(refused('split'));
    second?.reply(refused('wait'));
    transport.script = () => refused('wait');
    await timers.settle();
    assert.deepEqual(attempts().slice(2), [['1'], ['2']]);
    assert.equal(isFlushed(), true);
  });

  test('keeps the process alive; other deliveries do not', async () => {
    const { delivery, emit, timers, transport } = scene();
    transport.script = () => undefined;
    emit('1');
    assert.deepEqual([timers.running, timers.holding], [1, 0]);
    const isFlushed = watch(delivery.forceFlush());
    await timers.settle();
    assert.equal(timers.holding, 1);
    transport.replyAll(accepted);
    await timers.settle();
    assert.equal(isFlushed(), true);
    assert.equal(timers.holding, 0);
  });
});
