import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WatchedTransport } from '../../../src/delivery/transport/watched-transport.ts';
import { accepted, ScriptedTransport } from '../stream/support/scripted-transport.ts';

function setUp(t: TestContext) {
  const clock = { nowMs: 0 };
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => clock.nowMs);
  const scripted = new ScriptedTransport(() => clock.nowMs);
  const told: number[] = [];
  const state = { isHeld: true };
  const transport = new WatchedTransport(scripted, {
    isHeldByExports: () => state.isHeld,
    onHeldByExports: () => told.push(clock.nowMs),
  });
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.nowMs += 10;
      t.mock.timers.tick(10);
    }
  };
  return { scripted, transport, told, state, pass };
}

test('tells four times a second that exports hold the process, until they have an answer', async (t) => {
  const { scripted, transport, told, state, pass } = setUp(t);
  assert.equal(await transport.send([], 1_000), accepted);
  pass(1_000);
  scripted.script = () => undefined;
  const first = transport.send([], 1_000);
  pass(100);
  const second = transport.send([], 1_000);
  pass(400);
  state.isHeld = false;
  pass(250);
  state.isHeld = true;
  assert.deepEqual(told, [1_250, 1_500]);
  scripted.replyAll(accepted);
  assert.deepEqual(await Promise.all([first, second]), [accepted, accepted]);
  pass(200);
  // It looks on while there are others, and tells of those that are older only.
  const third = transport.send([], 1_000);
  pass(200);
  assert.equal(told.length, 2);
  pass(100);
  assert.equal(told.length, 3);
  scripted.replyAll(accepted);
  await third;
  pass(1_000);
  assert.equal(told.length, 3);
});

test('what was cancelled is not sent again while there is nothing else to do', async (t) => {
  const { scripted, transport, state } = setUp(t);
  scripted.script = () => undefined;
  const first = transport.send([], 1_000);
  transport.cancel('no time left');
  assert.equal((await first).kind, 'refused');
  scripted.script = () => accepted;
  assert.deepEqual(await transport.send([], 1_000), {
    kind: 'refused',
    remedy: 'wait',
    errorType: 'CANCELLED',
    message: 'no time left',
    retryAfterMs: undefined,
  });
  assert.equal(scripted.attempts.length, 1);
  state.isHeld = false;
  assert.equal(await transport.send([], 1_000), accepted);
  state.isHeld = true;
  assert.equal(await transport.send([], 1_000), accepted);
  transport.close();
  assert.equal(scripted.isClosed, true);
});

test('tells of a connection that is being made, until it is', async (t) => {
  const { scripted, transport, told, pass } = setUp(t);
  let settle = (): void => undefined;
  const connecting = new Promise<void>((resolve) => {
    settle = resolve;
  });
  Reflect.set(scripted, 'connect', () => connecting);
  const connected = transport.connect();
  pass(500);
  assert.deepEqual(told, [250, 500]);
  settle();
  await connected;
  pass(1_000);
  assert.equal(told.length, 2);
  transport.cancel('no time left');
  assert.equal(transport.connect(), undefined);
});
