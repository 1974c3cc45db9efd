import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { startProcessTimer } from '../../../src/delivery/sending/process-timers.ts';
import { StreamDelivery } from '../../../src/delivery/stream/stream-delivery.ts';
import { SETTINGS, scene, TestRecord } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';
import { textEncoder } from './support/text-encoder.ts';

describe('StreamDelivery', () => {
  test('starts nothing before the first record', () => {
    const { delivery, timers, transport, emit } = scene();
    assert.deepEqual([timers.started, transport.attempts.length, delivery.heldBytes], [0, 0, 0]);
    emit('1');
    assert.equal(timers.started, 1);
  });

  test('has at most one timer, and none while no record is pending', async () => {
    const { emit, timers } = scene();
    for (let record = 0; record < 100; record += 1) emit(`${record}`);
    assert.deepEqual([timers.running, timers.started], [1, 1]);
    await timers.pass(1_000);
    assert.equal(timers.running, 0);
  });

  test('sends in the context in which it was created, not in that of a request', async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    assert.ok(context.setGlobalContextManager(manager));
    try {
      const place = new AsyncLocalStorage<string>();
      const seen: string[] = [];
      const transport = {
        send: async () => {
          seen.push(String(place.getStore()));
          return seen.length === 1 ? refused('wait') : accepted;
        },
        cancel() {},
        close() {},
      };
      const delivery = place.run(
        'start',
        () =>
          new StreamDelivery(
            { ...SETTINGS, scheduleDelayMs: 0 },
            transport,
            { onLost() {}, onFailure() {}, onWaiting() {}, onWarning() {} },
            {
              encoder: textEncoder,
              now: () => performance.now(),
              random: () => 0,
              wallMs: () => 0,
              startTimer: startProcessTimer,
              sendLast: () => [],
              onError: (error) => assert.fail(String(error)),
            },
          ),
      );
      await place.run('request', async () => {
        delivery.onEmit(new TestRecord('1'));
        await delivery.forceFlush();
        while (delivery.counts().pending > 0) await delivery.forceFlush();
      });
      assert.deepEqual(seen, ['start', 'start']);
    } finally {
      context.disable();
    }
  });

  test('passes its own errors to onError, and continues', async () => {
    const { emit, timers, errors, counts, delivery } = scene();
    const broken = new TestRecord('1');
    Object.defineProperty(broken, 'receipt', {
      get() {
        throw new Error('broken');
      },
    });
    delivery.onEmit(broken);
    assert.deepEqual(errors.map(String), ['Error: broken']);
    emit('2');
    await timers.pass(1_000);
    assert.deepEqual(counts(), [1, 0, 0]);
  });
});

describe('a record that is emitted while another one is encoded', () => {
  test('is counted as lost, and the other one is delivered intact', async () => {
    const { delivery, timers, attempts, counts } = scene();
    const outer = new TestRecord('outer');
    Object.defineProperty(outer, 'body', {
      get() {
        delivery.onEmit(new TestRecord('inner'));
        return 'outer';
      },
    });
    delivery.onEmit(outer);
    await timers.pass(1_000);
    assert.deepEqual(attempts(), [['outer']]);
    assert.deepEqual(counts(), [1, 1, 0]);
  });
});
