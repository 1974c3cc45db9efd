// Turns of the event loop in which more is recorded than one export has.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { bodies, scene } from '../stream/support/scene.ts';
import { accepted } from '../stream/support/scripted-transport.ts';

const KIB = 1024;
/** A chunk of 8 KiB has room for 68 records of 100 bytes: 7 KiB without its headroom. An export has as much. */
const CHUNK = 68;
const SMALL = { memoryLimitBytes: 64 * KIB, maxExportBytes: CHUNK * 104 };

describe('a turn of the event loop that fills several chunks', () => {
  test('the next turn sends as many exports, and the one after that one', async () => {
    const { emit, timers, transport } = scene(SMALL);
    emit(...bodies(3 * CHUNK + 1, 100));
    assert.equal(transport.attempts.length, 0);
    timers.turn();
    assert.equal(transport.attempts.length, 3);
    emit(...bodies(CHUNK + 1, 100));
    await timers.settle();
    assert.equal(transport.attempts.length, 4);
  });

  test('so many that are smaller than a chunk as there are in the chunks', async () => {
    const { emit, timers, transport } = scene({ ...SMALL, maxExportBytes: (CHUNK / 2) * 104 });
    emit(...bodies(2 * CHUNK + 1, 100));
    timers.turn();
    assert.equal(transport.attempts.length, 4);
  });

  test('a turn that fills one sends one in the next turn, also where exports do not need turns', async () => {
    const { emit, timers, transport } = scene(SMALL);
    let relieved = 0;
    transport.relieve = () => {
      relieved += 1;
      return true;
    };
    for (let turn = 1; turn <= 3; turn += 1) {
      emit(...bodies(CHUNK + 1, 100));
      assert.equal(transport.attempts.length, turn - 1);
      await timers.settle();
      assert.equal(transport.attempts.length, turn);
    }
    assert.equal(relieved, 0);
  });

  test('where exports do not need turns, it sends from the second chunk on, and memory is free again', async () => {
    const { delivery, emit, timers, transport, lost, counts } = scene(SMALL);
    transport.script = () => undefined;
    // Answers come in the microtasks of the same turn.
    transport.relieve = () => {
      transport.replyAll(accepted);
      return true;
    };
    const total = 40 * CHUNK;
    for (let from = 0; from < total; from += CHUNK / 2) {
      emit(...bodies(CHUNK / 2, 100, from));
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
    assert.ok(transport.attempts.length >= 36, `${transport.attempts.length} exports within the turn`);
    assert.deepEqual(lost, []);
    transport.script = () => accepted;
    transport.replyAll(accepted);
    await timers.pass(2_000);
    assert.deepEqual(counts(), [total, 0, 0]);
    assert.ok(delivery.heldBytes <= 8 * KIB);
  });

  test('it sends none within the turn before the transport can', () => {
    const { emit, transport } = scene(SMALL);
    transport.relieve = () => false;
    emit(...bodies(4 * CHUNK, 100));
    assert.equal(transport.attempts.length, 0);
  });

  test('an export within a turn is not sent in the context of the request that has filled the chunk', () => {
    const { emit, transport } = scene(SMALL);
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    transport.relieve = () => seen.push(context.getStore()) > 0;
    transport.script = () => {
      seen.push(context.getStore());
      return undefined;
    };
    context.run('a request', () => emit(...bodies(4 * CHUNK, 100)));
    assert.ok(seen.length >= 4, `${seen.length} calls`);
    assert.deepEqual(new Set(seen), new Set([undefined]));
  });

  test('an error of the transport is told, and costs no record', async () => {
    const { emit, timers, transport, errors, counts } = scene(SMALL);
    const error = new Error('no thread');
    transport.relieve = () => {
      throw error;
    };
    emit(...bodies(2 * CHUNK + 1, 100));
    await timers.pass(2_000);
    assert.deepEqual(errors, [error]);
    assert.deepEqual(counts(), [2 * CHUNK + 1, 0, 0]);
  });
});
