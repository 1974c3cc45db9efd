import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Attempt } from '../../../src/delivery/transport/attempt.ts';

/** A clock that can stand still for timers, as it does for a process that is frozen. */
function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 5_000;
  t.mock.method(performance, 'now', () => nowMs);
  return {
    pass(ms: number): void {
      nowMs += ms;
      t.mock.timers.tick(ms);
    },
    freeze(ms: number): void {
      nowMs += ms;
    },
  };
}

function codeOf({ reason }: Attempt): string | undefined {
  return reason?.code;
}

test('an attempt ends at its time-out', (t) => {
  const { pass } = setUp(t);
  const attempt = new Attempt(10_000);
  pass(9_999);
  assert.equal(codeOf(attempt), undefined);
  pass(1);
  assert.equal(codeOf(attempt), 'ETIMEDOUT');
  assert.equal(attempt.outlivedFreeze, false);
});

test('an attempt whose time-out passes during a freeze has a second more, once', (t) => {
  const { pass, freeze } = setUp(t);
  const attempt = new Attempt(10_000);
  pass(9_000);
  freeze(60_000);
  pass(1_000);
  assert.deepEqual([codeOf(attempt), attempt.outlivedFreeze, attempt.leftMs], [undefined, true, 1_000]);
  freeze(60_000);
  pass(1_000);
  assert.equal(codeOf(attempt), 'ETIMEDOUT');
});

test('a response ends the time that an attempt has after a freeze', (t) => {
  const { pass, freeze } = setUp(t);
  const attempt = new Attempt(500);
  freeze(60_000);
  pass(500);
  assert.equal(attempt.leftMs, 500);
  attempt.finish();
  pass(10_000);
  assert.equal(codeOf(attempt), undefined);
});
