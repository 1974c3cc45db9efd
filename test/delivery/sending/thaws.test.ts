import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodies, type Scene, scene } from '../stream/support/scene.ts';
import { accepted, refused, times } from '../stream/support/scripted-transport.ts';

/** Sends one export, which stays in flight, and freezes the process for a minute. */
async function frozenInFlight({ emit, timers, transport }: Scene): Promise<void> {
  transport.script = () => undefined;
  emit('1');
  await timers.pass(1_000);
  timers.nowMs += 60_000;
}

describe('an export that a freeze of the process interrupts', () => {
  test('is sent again at once, and is no failure of the receiver', async () => {
    const frozen = scene();
    const { delivery, timers, transport, counts, messages } = frozen;
    await frozenInFlight(frozen);
    transport.script = () => accepted;
    transport.attempts[0]?.reply(refused('wait'));
    await timers.settle();
    assert.deepEqual(times(transport.attempts), [0, 60_000]);
    assert.deepEqual([counts(), messages, delivery.isFailing], [[1, 0, 0], [], false]);
    assert.equal(timers.running, 0);
  });

  test('is sent again at once too where a timer has found the freeze before', async () => {
    const frozen = scene();
    const { timers, transport, messages } = frozen;
    await frozenInFlight(frozen);
    await timers.pass(200);
    transport.attempts[0]?.reply(refused('wait'));
    await timers.settle();
    assert.deepEqual([times(transport.attempts), messages], [[0, 60_200], []]);
  });

  test('is a failure of the receiver when it fails once more', async () => {
    const frozen = scene();
    const { delivery, timers, transport, messages } = frozen;
    await frozenInFlight(frozen);
    transport.script = () => refused('wait');
    transport.attempts[0]?.reply(refused('wait'));
    await timers.settle();
    assert.deepEqual([transport.attempts.length, messages], [2, ['waiting: wait it is']]);
    assert.equal(delivery.isFailing, true);
  });

  test('waits where the receiver asks for it', async () => {
    const frozen = scene();
    const { timers, transport, messages } = frozen;
    await frozenInFlight(frozen);
    transport.attempts[0]?.reply(refused('wait', 30_000));
    await timers.settle();
    assert.deepEqual([transport.attempts.length, messages], [1, ['waiting: wait it is']]);
  });

  test('is sent again at once as a probe of a failing receiver', async () => {
    const { emit, timers, transport, counts } = scene();
    transport.script = () => (transport.attempts.length > 1 ? undefined : refused('wait'));
    emit(...bodies(1));
    await timers.pass(2_000);
    assert.equal(transport.attempts.length, 2);
    timers.nowMs += 3_000;
    transport.script = () => accepted;
    transport.attempts[1]?.reply(refused('wait'));
    await timers.settle();
    assert.deepEqual(times(transport.attempts), [0, 1_000, 4_000]);
    assert.deepEqual(counts(), [1, 0, 0]);
  });
});

test('a wait without an export in flight is no freeze', async () => {
  const { emit, timers, transport, messages } = scene();
  emit('1');
  await timers.pass(1_000);
  timers.nowMs += 60_000;
  transport.script = () => refused('wait');
  emit('2');
  await timers.pass(1_000);
  assert.deepEqual([transport.attempts.length, messages], [2, ['waiting: wait it is']]);
});
