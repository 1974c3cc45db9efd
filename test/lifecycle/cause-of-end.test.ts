import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { CauseOfEnd } from '../../src/lifecycle/cause-of-end.ts';

/** @returns the cause, and a function that does what Node does first with an uncaught error */
function watched(t: TestContext): { readonly cause: CauseOfEnd; readonly fail: (error: unknown) => void } {
  const before = process.listeners('uncaughtExceptionMonitor');
  const cause = new CauseOfEnd();
  cause.watch();
  cause.watch();
  const added = process
    .listeners('uncaughtExceptionMonitor')
    .filter((listener) => !before.includes(listener));
  t.after(() => {
    for (const listener of added) process.off('uncaughtExceptionMonitor', listener);
  });
  assert.equal(added.length, 1);
  return { cause, fail: (error) => added[0]?.(error as Error, 'uncaughtException') };
}

describe('why a process ends', () => {
  test('by an exit code', (t) => {
    const { cause } = watched(t);
    assert.deepEqual(cause.ofExit(0), { outcome: 'aborted', errorCode: 'process_exit' });
    assert.deepEqual(cause.ofExit('0'), { outcome: 'aborted', errorCode: 'process_exit' });
    assert.deepEqual(cause.ofExit(3), { outcome: 'crashed', errorCode: 'process_exit' });
  });

  test('by an error, unless the process has gone on since', async (t) => {
    const { cause, fail } = watched(t);
    const thrown = new RangeError('secret');
    fail(thrown);
    assert.deepEqual(cause.ofExit(1), { outcome: 'crashed', errorCode: 'RangeError', thrown });
    await new Promise(process.nextTick);
    assert.deepEqual(cause.ofExit(1), { outcome: 'crashed', errorCode: 'process_exit' });
  });

  test('by a signal, where the exit code says so', (t) => {
    const { cause } = watched(t);
    assert.deepEqual(cause.ofExit(143), { outcome: 'crashed', errorCode: 'process_exit' });
    cause.signalReceived('SIGTERM');
    assert.deepEqual(cause.ofExit(143), { outcome: 'aborted', errorCode: 'SIGTERM' });
    assert.deepEqual(cause.ofExit(130), { outcome: 'crashed', errorCode: 'process_exit' });
    assert.deepEqual(cause.ofExit(1), { outcome: 'crashed', errorCode: 'process_exit' });
  });
});
