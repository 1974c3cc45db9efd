// What delivery says of itself for metrics: records, our own events among them, and bytes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StreamDelivery } from '../../../src/delivery/stream/stream-delivery.ts';
import { MemoryDisk } from '../spool/support/memory-disk.ts';
import { bodies, SETTINGS, scene, TestRecord } from './support/scene.ts';
import { accepted, partial, refused } from './support/scripted-transport.ts';

const MIB = 1024 * 1024;

/** The counts that are not zero; the memory apart. */
function reported(delivery: StreamDelivery): unknown {
  const { processed, exported, attempts, queued, inFlight } = delivery.report();
  const counts = { queued, inFlight };
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...Object.fromEntries(
      Object.entries({ processed, exported, attempts }).map(([name, { succeeded, failed }]) => [
        name,
        { succeeded, ...Object.fromEntries(failed) },
      ]),
    ),
  };
}

describe('StreamDelivery.report', () => {
  test('a record is in the queue, then in flight over all attempts, then exported', async () => {
    const { delivery, emit, timers, transport } = scene();
    emit('1', '2');
    delivery.onEmit(new TestRecord('heartbeat', { receipt: undefined }));
    const none = { succeeded: 0 };
    assert.deepEqual(reported(delivery), { queued: 3, processed: none, exported: none, attempts: none });
    transport.script = () => undefined;
    await timers.pass(1_000);
    const processed = { succeeded: 3 };
    assert.deepEqual(reported(delivery), { inFlight: 3, processed, exported: none, attempts: none });
    for (const attempt of transport.open) attempt.reply(refused('wait'));
    await timers.settle();
    const attempts = { succeeded: 0, wait_type: 1 };
    assert.deepEqual(reported(delivery), { inFlight: 3, processed, exported: none, attempts });
    transport.script = () => accepted;
    await timers.pass(60_000);
    assert.deepEqual(reported(delivery), {
      processed,
      exported: { succeeded: 3 },
      attempts: { succeeded: 1, wait_type: 1 },
    });
  });

  test('an export that is refused for good, and one of which records are rejected', async () => {
    const { emit, delivery, timers, transport } = scene();
    const answers = [refused('none'), partial(1), partial(9)];
    transport.script = () => answers.shift();
    for (let exports = 0; exports < 3; exports += 1) {
      emit('1', '2');
      await timers.pass(1_000);
    }
    assert.deepEqual(reported(delivery), {
      processed: { succeeded: 6 },
      exported: { succeeded: 1, none_type: 2, rejected: 3 },
      attempts: { succeeded: 2, none_type: 1 },
    });
  });

  test('a full queue', async () => {
    const { emit, delivery, timers } = scene({ maxQueueSize: 2 });
    emit('1', '2', '3');
    assert.equal(delivery.report().queueLimit, 2);
    await timers.pass(1_000);
    assert.deepEqual(reported(delivery), {
      processed: { succeeded: 2, queue_full: 1 },
      exported: { succeeded: 2 },
      attempts: { succeeded: 1 },
    });
  });

  test('the memory limit: records of an export, and those that none had', async () => {
    const { emit, delivery, transport, timers } = scene({ memoryLimitBytes: 64 * 1024, maxInFlight: 1 });
    transport.script = () => refused('wait');
    emit(...bodies(10, 1_000));
    await timers.pass(1_000);
    emit(...bodies(120, 1_000, 10));
    const { processed, exported, queued, inFlight, memory } = delivery.report();
    const lost = delivery.counts().lost;
    assert.deepEqual(
      [...exported.failed.keys(), ...processed.failed.keys()],
      ['memory_limit', 'memory_limit'],
    );
    const sum = (...maps: readonly ReadonlyMap<string, number>[]): number =>
      maps.flatMap((map) => [...map.values()]).reduce((total, count) => total + count, 0);
    assert.equal(sum(exported.failed, processed.failed), lost);
    assert.equal(processed.succeeded, sum(exported.failed) + inFlight);
    assert.equal(processed.succeeded + sum(processed.failed) + queued, 130);
    assert.ok(memory !== undefined && memory.bytes > 0 && memory.bytes <= memory.limitBytes);
  });

  test('memory, and the spool where there is one', () => {
    const limitBytes = SETTINGS.memoryLimitBytes;
    const { delivery, emit } = scene();
    assert.deepEqual(delivery.report().memory, { bytes: 0, limitBytes });
    emit('1');
    assert.deepEqual(delivery.report().memory, { bytes: 2 * MIB, limitBytes });
    assert.equal(delivery.report().spool, undefined);
    const disk = new MemoryDisk();
    assert.equal(scene({ disk }).delivery.report().spool, disk.usage);
  });
});
