import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { bodies, type Scene, scene, TestRecord } from './support/scene.ts';
import { accepted, partial, refused } from './support/scripted-transport.ts';

/** @returns whether `settled()` has resolved */
function watch({ delivery }: Scene): () => boolean {
  let isSettled = false;
  void delivery.settled().then(() => {
    isSettled = true;
  });
  return () => isSettled;
}

describe('hasten', () => {
  test('sends what is fresh in this turn of the event loop', () => {
    const { delivery, emit, attempts } = scene();
    emit('1', '2');
    delivery.hasten();
    assert.deepEqual(attempts(), [['1', '2']]);
  });

  test('sends what has no room in one export as soon as it may', async () => {
    const { delivery, emit, timers, attempts } = scene({ maxExportBatchSize: 2, maxInFlight: 1 });
    emit('1', '2', '3');
    delivery.hasten();
    await timers.settle();
    assert.deepEqual(attempts(), [['1', '2'], ['3']]);
  });

  test('leaves later records to the schedule', async () => {
    const { delivery, emit, timers, attempts } = scene();
    delivery.hasten();
    emit('1');
    delivery.hasten();
    emit('2');
    await timers.pass(999);
    assert.deepEqual(attempts(), [['1']]);
    await timers.pass(1);
    assert.deepEqual(attempts(), [['1'], ['2']]);
  });

  test('does not disturb the backoff of a failing receiver', async () => {
    const { delivery, emit, timers, transport } = scene();
    transport.script = () => refused('wait');
    emit('1');
    delivery.hasten();
    await timers.settle();
    emit('2');
    delivery.hasten();
    await timers.pass(999);
    assert.equal(transport.attempts.length, 1);
  });

  test('sends when the resource is complete, where it is not yet', async () => {
    const { delivery, timers, attempts } = scene();
    let complete = (_value: string): void => undefined;
    const name = new Promise<string>((resolve) => {
      complete = resolve;
    });
    delivery.onEmit(new TestRecord('1', { resource: resourceFromAttributes({ 'service.name': name }) }));
    delivery.hasten();
    await timers.settle();
    assert.deepEqual(attempts(), []);
    complete('shop');
    await timers.settle();
    assert.deepEqual(attempts(), [['1']]);
  });
});

describe('settled', () => {
  test('resolves when the records are acknowledged, whatever becomes of later ones', async () => {
    const given = scene();
    const { delivery, emit, timers, transport } = given;
    transport.script = () => undefined;
    emit('1');
    const isSettled = watch(given);
    emit('2');
    delivery.hasten();
    emit('3');
    delivery.hasten();
    const isThirdSettled = watch(given);
    await timers.settle();
    assert.deepEqual([isSettled(), isThirdSettled()], [false, true], 'no record is fresh any more');
    transport.attempts[0]?.reply(accepted);
    await timers.settle();
    assert.equal(isSettled(), true);
    assert.equal(transport.open.size, 1);
  });

  test('resolves when nothing is fresh', async () => {
    const isSettled = watch(scene());
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(isSettled(), true);
  });

  test('resolves when they are lost', async () => {
    const given = scene();
    given.transport.script = () => refused('none');
    given.emit('1');
    const isSettled = watch(given);
    given.delivery.hasten();
    await given.timers.settle();
    assert.deepEqual([isSettled(), given.counts()], [true, [0, 1, 0]]);
  });

  test('resolves at the end of a bisection, not at its first refusal', async () => {
    const given = scene();
    const { delivery, emit, timers, transport } = given;
    transport.script = ({ records }) => (records.includes('4') ? refused('isolate') : undefined);
    emit(...bodies(4));
    const isSettled = watch(given);
    delivery.hasten();
    await timers.settle();
    assert.equal(isSettled(), false);
    for (const { reply } of transport.open) reply(partial(0, ''));
    await timers.settle();
    assert.equal(isSettled(), transport.open.size === 0);
  });

  test('resolves when the memory limit gives up some of them, and the receiver refuses the others', async () => {
    const given = scene({ memoryLimitBytes: 64 * 1024 });
    given.emit('first');
    const isSettled = watch(given);
    given.emit(...Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(4_000)));
    assert.match(given.lost[0] ?? '', /^first memory_limit/);
    given.transport.script = () => refused('none');
    await given.timers.settle();
    assert.equal(isSettled(), false);
    await given.timers.pass(1_000);
    assert.deepEqual([isSettled(), given.counts()], [true, [0, 41, 0]]);
  });
});
