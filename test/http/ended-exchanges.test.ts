import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EndedExchanges } from '../../src/http/ended-exchanges.ts';
import { exchangeOf } from '../../src/http/http1/exchange-slot.ts';
import { Http1Exchange } from '../../src/http/http1/http1-exchange.ts';
import { ObservedConnection } from '../../src/http/http1/observed-connection.ts';
import { noIds } from '../../src/http/trace/trace-context.ts';
import { Observed, serve } from './support/observed.ts';

const MAX_WAIT_MS = 100;

/** Exchanges with the targets `/0`, `/1`, …, none of which was ever on a wire. */
function exchanges(count: number): Http1Exchange[] {
  const socket = new Socket();
  const server = new Server();
  const connection = new ObservedConnection(socket, server);
  return Array.from({ length: count }, (_, index) => {
    const request = new IncomingMessage(socket);
    request.url = `/${index}`;
    const message = { request, response: new ServerResponse(request), socket, server };
    return new Http1Exchange(message, connection, noIds, index);
  });
}

interface Scene {
  readonly ended: EndedExchanges;
  /** Targets, as they were handed on. */
  readonly handled: string[];
  readonly errors: unknown[];
}

function scene(
  t: TestContext,
  { maxWaitMs = MAX_WAIT_MS, onHandle = (_target: string): void => undefined } = {},
): Scene {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const handled: string[] = [];
  const errors: unknown[] = [];
  const ended = new EndedExchanges(
    maxWaitMs,
    ({ target }) => {
      handled.push(target);
      onHandle(target);
    },
    (error) => errors.push(error),
  );
  return { ended, handled, errors };
}

const targets = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `/${from + index}`);

describe('exchanges that have ended', () => {
  test('are handed on when 64 wait, in the order of their ends, and the next ones again', (t) => {
    const { ended, handled } = scene(t);
    const all = exchanges(130);
    for (const exchange of all.slice(0, 63)) ended.add(exchange);
    assert.deepEqual(handled, []);
    for (const exchange of all.slice(63, 65)) ended.add(exchange);
    assert.deepEqual(handled, targets(0, 64));
    for (const exchange of all.slice(65)) ended.add(exchange);
    assert.deepEqual(handled, targets(0, 128));
  });

  test('wait no longer than they are told, each time anew', (t) => {
    const { ended, handled } = scene(t);
    const [first, second, third] = exchanges(3);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    ended.add(first);
    t.mock.timers.tick(MAX_WAIT_MS - 1);
    ended.add(second);
    assert.deepEqual(handled, []);
    t.mock.timers.tick(1);
    assert.deepEqual(handled, ['/0', '/1']);
    t.mock.timers.tick(10 * MAX_WAIT_MS);
    ended.add(third);
    t.mock.timers.tick(MAX_WAIT_MS);
    assert.deepEqual(handled, ['/0', '/1', '/2']);
  });

  test('do not wait where they must not', (t) => {
    const { ended, handled } = scene(t, { maxWaitMs: 0 });
    for (const exchange of exchanges(2)) ended.add(exchange);
    assert.deepEqual(handled, ['/0', '/1']);
  });

  test('are handed on when somebody asks, once', (t) => {
    const { ended, handled } = scene(t, { onHandle: () => ended.handOn() });
    for (const exchange of exchanges(3)) ended.add(exchange);
    ended.handOn();
    ended.handOn();
    t.mock.timers.tick(MAX_WAIT_MS);
    assert.deepEqual(handled, ['/0', '/1', '/2']);
  });

  test('are all handed on, whatever is thrown, and whatever ends meanwhile', (t) => {
    const [late, ...all] = exchanges(65);
    const onHandle = (target: string): void => {
      if (target === '/1' && late !== undefined) ended.add(late);
      if (target === '/2') throw new Error('broken');
    };
    const { ended, handled, errors } = scene(t, { onHandle });
    for (const exchange of all) ended.add(exchange);
    assert.deepEqual(handled, ['/1', '/0', ...targets(2, 65)]);
    assert.deepEqual(errors.map(String), ['Error: broken']);
  });

  test('after their time are handed on in nobody’s asynchronous context', async (t) => {
    const storage = new AsyncLocalStorage<string>();
    const [exchange] = exchanges(1);
    assert.ok(exchange !== undefined);
    // The process of this test has nothing else to live for.
    const alive = setInterval(() => undefined, 1_000);
    t.after(() => clearInterval(alive));
    const store = await new Promise((resolve, reject) => {
      const ended = new EndedExchanges(1, () => resolve(storage.getStore()), reject);
      storage.run('a request', () => ended.add(exchange));
    });
    assert.equal(store, undefined);
  });
});

test('an exchange that has ended holds on to neither its request nor its response', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  const observed = new Observed(t);
  const refs: WeakRef<object>[] = [];
  const { port } = await serve(t, {}, (request, response) => {
    refs.push(new WeakRef(request), new WeakRef(response));
    assert.ok(exchangeOf(response) !== undefined);
    response.end('x');
  });
  await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text();
  const [exchange] = await observed.ended(1);
  // What Node itself holds goes with the turns in which the connection closes.
  for (let turn = 0; turn < 1_000 && refs.some((ref) => ref.deref() !== undefined); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.deepEqual(
    refs.map((ref) => ref.deref()),
    [undefined, undefined],
  );
  assert.equal(exchange?.target, '/');
});
