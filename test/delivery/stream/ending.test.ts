import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PendingMessage } from '../../../src/delivery/sending/message.ts';
import { type Scene, scene, TestRecord, watch } from './support/scene.ts';
import { accepted, partial, refused } from './support/scripted-transport.ts';
import { decode } from './support/text-encoder.ts';

describe('shutdown', () => {
  test('delivers pending records, closes the transport, and ignores later records', async () => {
    const { delivery, emit, timers, transport, counts } = scene();
    emit('1');
    const first = delivery.shutdown();
    assert.equal(delivery.shutdown(), first);
    emit('too late');
    await timers.settle();
    await first;
    assert.deepEqual([transport.isClosed, timers.running], [true, 0]);
    emit('much too late');
    await delivery.forceFlush();
    assert.deepEqual(counts(), [1, 0, 0]);
    assert.equal(transport.attempts.length, 1);
  });

  test('gives up each record that is still pending, once', async () => {
    const { delivery, emit, timers, transport, counts, lost, messages } = scene({
      maxExportBatchSize: 1,
      flushTimeoutMs: 2_000,
    });
    transport.script = ({ records }) => (records[0] === '2' ? undefined : refused('wait'));
    emit('1', '2');
    const isShutDown = watch(delivery.shutdown());
    await timers.pass(1_999);
    assert.equal(isShutDown(), false);
    await timers.pass(1);
    assert.equal(isShutDown(), true);
    assert.deepEqual(counts(), [0, 2, 0]);
    assert.deepEqual([...lost].sort(), ['1 shutdown', '2 shutdown']);
    assert.equal(messages.at(-1), 'failure 2: shut down before everything was delivered');
    assert.deepEqual([transport.isClosed, transport.open.size, timers.running], [true, 0, 0]);
    assert.equal(delivery.heldBytes, 0);
  });

  test('resolves a flush that is under way', async () => {
    const { delivery, emit, timers, transport } = scene({ flushTimeoutMs: 2_000 });
    emit('1');
    await timers.pass(1_000);
    transport.script = () => refused('wait', 60_000);
    emit('2');
    const isFlushed = watch(delivery.forceFlush({ timeoutMillis: 60_000 }));
    const isShutDown = watch(delivery.shutdown());
    await timers.pass(2_000);
    assert.deepEqual([isShutDown(), isFlushed()], [true, true]);
  });

  test('resolves although the transport cannot be closed', async () => {
    const { delivery, emit, timers, transport, errors } = scene();
    transport.close = () => {
      throw new Error('broken');
    };
    emit('1');
    const isShutDown = watch(delivery.shutdown());
    await timers.settle();
    assert.equal(isShutDown(), true);
    assert.deepEqual(errors.map(String), ['Error: broken']);
  });
});

describe('letGo', () => {
  test('ends every flush and attempt; the records stay pending, and nothing keeps the process alive', async () => {
    const { delivery, emit, timers, transport, counts, lost } = scene({
      maxExportBatchSize: 1,
      maxInFlight: 1,
    });
    transport.script = () => undefined;
    emit('1', '2');
    const isFlushed = watch(delivery.flush(2_000));
    await timers.settle();
    assert.deepEqual([isFlushed(), timers.holding, transport.open.size], [false, 0, 1]);
    const isForced = watch(delivery.forceFlush());
    await timers.settle();
    assert.equal(timers.holding, 1);
    delivery.letGo();
    await timers.settle();
    assert.deepEqual([isFlushed(), isForced(), timers.holding, transport.open.size], [true, true, 0, 0]);
    assert.deepEqual([counts(), lost], [[0, 0, 2], []]);
    assert.equal(delivery.isFailing, true);
    // The process continues, and the receiver is back.
    transport.script = () => accepted;
    emit('3');
    await timers.pass(10_000);
    assert.deepEqual(counts(), [3, 0, 0]);
    delivery.letGo();
    await timers.settle();
    assert.deepEqual([counts(), delivery.isFailing], [[3, 0, 0], false]);
  });

  test('flush resolves at its deadline', async () => {
    const { delivery, emit, timers, transport } = scene();
    transport.script = () => undefined;
    emit('1');
    const isFlushed = watch(delivery.flush(2_000));
    await timers.pass(1_999);
    assert.equal(isFlushed(), false);
    await timers.pass(1);
    assert.equal(isFlushed(), true);
  });
});

describe('deliverLast', () => {
  function pendingScene(sendLast: (messages: readonly PendingMessage[]) => readonly PendingMessage[]): Scene {
    const all = scene({ maxExportBatchSize: 2, maxInFlight: 2, sendLast });
    all.transport.script = () => undefined;
    return all;
  }

  test('sends records in flight and those that wait, and counts the accepted ones', async () => {
    let seen: (readonly string[])[] = [];
    const { delivery, emit, timers, transport, counts, lost } = pendingScene((messages) => {
      seen = messages.map(({ parts }) => decode(parts).flatMap(({ records }) => records));
      return messages.filter((_, index) => index !== 1);
    });
    emit('1', '2', '3', '4');
    await timers.settle();
    transport.script = () => refused('wait');
    [...transport.open][0]?.reply(refused('wait'));
    await timers.settle();
    emit('5', '6', '7');
    delivery.onEmit(new TestRecord('event', { receipt: undefined }));
    delivery.deliverLast(1_000);
    assert.deepEqual(seen, [
      ['3', '4'],
      ['1', '2'],
      ['5', '6'],
      ['7', 'event'],
    ]);
    assert.deepEqual(counts(), [5, 0, 2]);
    // The process has not ended after all.
    transport.script = () => accepted;
    transport.replyAll(partial(1));
    await timers.pass(5_000);
    assert.deepEqual([counts(), lost], [[7, 0, 0], []]);
    assert.deepEqual(transport.changed, []);
  });

  test('a response that arrives after it counts nothing twice', async () => {
    const { delivery, emit, timers, transport, counts } = pendingScene((messages) => messages);
    emit('1', '2');
    await timers.settle();
    delivery.deliverLast(1_000);
    assert.deepEqual(counts(), [2, 0, 0]);
    emit('3');
    transport.replyAll(refused('none'));
    assert.deepEqual(transport.changed, []);
    transport.script = () => accepted;
    await timers.pass(60_000);
    assert.deepEqual(counts(), [3, 0, 0]);
    assert.equal(transport.attempts.length, 2);
  });

  test('counts nothing twice that is marked twice, or was lost or divided meanwhile', async () => {
    const { delivery, emit, timers, transport, counts } = pendingScene(() => []);
    emit('1', '2', '3', '4');
    await timers.settle();
    const messages = delivery.takePending();
    [...transport.open][1]?.reply(refused('none'));
    await timers.settle();
    assert.deepEqual(counts(), [0, 2, 2]);
    delivery.markDelivered(messages);
    delivery.markDelivered([...messages, { parts: [] }]);
    assert.deepEqual(counts(), [2, 2, 0]);
    transport.replyAll(accepted);
    emit('5', '6');
    await timers.settle();
    const divided = delivery.takePending();
    transport.replyAll(refused('split'));
    await timers.settle();
    delivery.markDelivered(divided);
    assert.deepEqual(counts(), [2, 2, 2], 'the halves are pending');
    transport.script = () => accepted;
    transport.replyAll(accepted);
    await timers.pass(1_000);
    assert.deepEqual(counts(), [4, 2, 0]);
  });

  test('does nothing where no record is pending', () => {
    const { delivery } = pendingScene(() => assert.fail());
    delivery.deliverLast(1_000);
  });
});
