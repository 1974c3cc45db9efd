import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatchedTransport } from '../../src/delivery/watched-transport.ts';
import { accepted, ScriptedTransport } from './stream/scripted-transport.ts';

test('tells of exports without an answer, four times a second, until they have one', async (t) => {
  let nowMs = 0;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => nowMs);
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 10) {
      nowMs += 10;
      t.mock.timers.tick(10);
    }
  };
  const scripted = new ScriptedTransport(() => nowMs);
  const told: number[] = [];
  const transport = new WatchedTransport(scripted, () => told.push(nowMs));
  assert.equal(await transport.send([], 1_000), accepted);
  pass(1_000);
  scripted.script = () => undefined;
  const first = transport.send([], 1_000);
  pass(100);
  const second = transport.send([], 1_000);
  pass(650);
  assert.deepEqual(told, [1_250, 1_500, 1_750]);
  scripted.replyAll(accepted);
  assert.deepEqual(await Promise.all([first, second]), [accepted, accepted]);
  pass(200);
  // It looks on while there are others, and tells of those that are older only.
  const third = transport.send([], 1_000);
  pass(200);
  assert.deepEqual(told.slice(3), []);
  pass(100);
  assert.equal(told.length, 4);
  transport.cancel('enough');
  assert.equal((await third).kind, 'refused');
  pass(1_000);
  assert.equal(told.length, 4);
  transport.close();
  assert.equal(scripted.isClosed, true);
});
