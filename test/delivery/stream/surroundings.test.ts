import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { startProcessTimer } from '../../../src/delivery/stream/sending/process-timers.ts';
import { Wakeup } from '../../../src/delivery/stream/sending/wakeup.ts';
import { StreamDelivery } from '../../../src/delivery/stream/stream-delivery.ts';
import { ManualTimers } from './support/manual-timers.ts';
import { SETTINGS, scene, TestRecord } from './support/scene.ts';
import { accepted, refused } from './support/scripted-transport.ts';
import { textEncoder } from './support/text-encoder.ts';

const run = promisify(execFile);

describe('a delivery', () => {
  test('starts nothing before the first record', () => {
    const { delivery, timers, transport, emit } = scene();
    assert.deepEqual([timers.started, transport.attempts.length, delivery.heldBytes], [0, 0, 0]);
    emit('1');
    assert.equal(timers.started, 1);
  });

  test('has one timer at the most, and none when there is nothing to do', async () => {
    const { emit, timers } = scene();
    for (let record = 0; record < 100; record += 1) emit(`${record}`);
    assert.deepEqual([timers.running, timers.started], [1, 1]);
    await timers.pass(1_000);
    assert.equal(timers.running, 0);
  });

  test('sends in the context of its start', async () => {
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

  test('hears of errors that must not happen, and goes on', async () => {
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
  test('is lost and counted, and the other one arrives whole', async () => {
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

describe('a resource that is still being detected', () => {
  test('holds its records up until it is complete', async () => {
    let detected = (_id: string): void => {};
    const id = new Promise<string>((resolve) => {
      detected = resolve;
    });
    const resource = resourceFromAttributes({ 'service.name': id });
    const { delivery, timers, transport } = scene();
    delivery.onEmit(new TestRecord('1', { resource }));
    await timers.pass(4_000);
    delivery.onEmit(new TestRecord('2', { resource }));
    let isFlushed = false;
    void delivery.forceFlush().then(() => {
      isFlushed = true;
    });
    await timers.pass(500);
    assert.deepEqual([transport.attempts.length, isFlushed], [0, false]);
    detected('shop');
    await timers.settle();
    assert.deepEqual(transport.attempts[0]?.groups, [{ group: 'shop test', records: ['1', '2'] }]);
    assert.equal(isFlushed, true);
    assert.equal(timers.running, 0);
  });

  test('holds them up while the receiver is failing too', async () => {
    const resource = resourceFromAttributes({ 'service.name': new Promise<string>(() => {}) });
    const { delivery, emit, timers, attempts, transport } = scene();
    transport.script = () => refused('wait');
    emit('1');
    await timers.pass(1_000);
    delivery.onEmit(new TestRecord('2', { resource }));
    await timers.pass(4_999);
    assert.deepEqual(attempts(), [['1'], ['1'], ['1']]);
    await timers.pass(5_000);
    assert.deepEqual(attempts()[3], ['2']);
  });

  test('holds them up for 5 s at the most', async () => {
    let detected = (_name: string): void => {};
    const name = new Promise<string>((resolve) => {
      detected = resolve;
    });
    const resource = resourceFromAttributes({ 'service.name': name });
    const { delivery, timers, transport } = scene();
    delivery.onEmit(new TestRecord('1', { resource }));
    await timers.pass(4_999);
    assert.equal(transport.attempts.length, 0);
    await timers.pass(1);
    assert.deepEqual(transport.attempts[0]?.records, ['1']);
    delivery.onEmit(new TestRecord('2', { resource }));
    await timers.pass(1_000);
    assert.equal(transport.attempts.length, 2, 'once per resource');
    detected('shop');
    await timers.settle();
    delivery.onEmit(new TestRecord('3', { resource }));
    await timers.pass(1_000);
    assert.deepEqual(
      transport.attempts.map(({ groups: [group] }) => group?.group),
      ['undefined test', 'undefined test', 'shop test'],
    );
  });
});

describe('Wakeup', () => {
  test('reports what its callback throws, and can be used again', async () => {
    const timers = new ManualTimers();
    const errors: unknown[] = [];
    const { startTimer } = timers;
    const dependencies = {
      now: () => timers.nowMs,
      startTimer,
      onError: (error: unknown) => errors.push(error),
    };
    const wakeup = new Wakeup(dependencies, () => {
      throw new Error('broken');
    });
    wakeup.at(timers.nowMs + 10);
    wakeup.soon();
    await timers.settle();
    wakeup.at(Infinity);
    wakeup.at(timers.nowMs + 0.5);
    await timers.pass(1);
    assert.deepEqual(errors.map(String), ['Error: broken', 'Error: broken']);
    assert.equal(timers.running, 0);
  });
});

describe('timers of the process', () => {
  test('go off once, unless they are stopped', async () => {
    const gone: string[] = [];
    startProcessTimer(0, () => gone.push('stopped')).stop();
    startProcessTimer(1, () => gone.push('stopped')).stop();
    await new Promise<void>((resolve) => startProcessTimer(0, resolve).hold(true));
    await new Promise<void>((resolve) => startProcessTimer(2, resolve).hold(true));
    assert.deepEqual(gone, []);
  });

  for (const holdsProcess of [true, false]) {
    test(`${holdsProcess ? 'keep' : 'do not keep'} a process alive`, async () => {
      const module = new URL('../../../src/delivery/stream/sending/process-timers.js', import.meta.url).href;
      const script = `
        import { startProcessTimer } from '${module}';
        const timer = startProcessTimer(100, () => console.log('gone off'));
        timer.hold(true);
        timer.hold(${holdsProcess});
      `;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
      assert.equal(stdout, holdsProcess ? 'gone off\n' : '');
    });
  }
});
