import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Wakeup } from '../../../src/delivery/sending/wakeup.ts';
import { ManualTimers } from '../stream/support/manual-timers.ts';

describe('Wakeup', () => {
  test('passes errors of its callback to onError, and can be used again', async () => {
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
