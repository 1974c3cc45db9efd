import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { scene, TestRecord } from '../stream/support/scene.ts';
import { refused } from '../stream/support/scripted-transport.ts';

describe('a resource that is still being detected', () => {
  test('delays its records until it is complete', async () => {
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

  test('delays its records while the receiver is failing too', async () => {
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

  test('delays its records for 5 s at most', async () => {
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
