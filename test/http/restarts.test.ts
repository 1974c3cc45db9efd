// Observers that are stopped and started, one after the other, and errors of what they call.
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import type { ObserverOptions } from '../../src/http/observation.ts';
import { HttpObserver } from '../../src/http/observer.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { listen, Observed } from './support/observed.ts';

const hello: RequestListener = (_request, response) => response.end('hello');
const MALFORMED = 'GET / HTTP/1.1\r\nno colon\r\n\r\n';
const UPGRADE = requestText('/up', { headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
const CONNECT = requestText('test.example:443', { method: 'CONNECT' });

async function send(t: TestContext, port: number, text: string): Promise<void> {
  const client = await RawClient.connect(t, { port });
  await client.send(text);
  await client.closed();
}

const closing = requestText('/', { headers: { Connection: 'close' } });

describe('observers one after the other', () => {
  test('an exchange that is open when its observer stops is none of the next one, which sees all of its own', async (t) => {
    const first = new Observed(t);
    const open: (() => void)[] = [];
    const server = createServer((request, response) => {
      if (request.url === '/open') open.push(() => response.end('done'));
      else response.end('hello');
    });
    const port = await listen(t, server);
    const connect = async (path: string): Promise<RawClient> => {
      const client = await RawClient.connect(t, { port });
      await client.send(requestText(path));
      return client;
    };
    const [before] = await Promise.all([connect('/open'), connect('/open')]);
    while (open.length < 2) await new Promise(setImmediate);
    first.observer.disable();
    assert.equal(first.observer.openExchanges, 0);

    const next = new Observed(t);
    await connect('/open');
    while (open.length < 3) await new Promise(setImmediate);
    open[0]?.();
    open[1]?.();
    await before?.responses(1);
    assert.equal(next.observer.openExchanges, 1);
    // On a connection from before: the next observer sees how that ends, too.
    await before?.send(requestText('/open'));
    while (open.length < 4) await new Promise(setImmediate);
    assert.equal(next.observer.openExchanges, 2);
    before?.reset();
    const [exchange] = await next.ended(1);
    assert.deepEqual([exchange?.target, exchange?.outcome], ['/open', 'aborted']);
    assert.equal(next.observer.openExchanges, 1);
    open[2]?.();
    await next.ended(2);
    assert.equal(next.observer.openExchanges, 0);
    assert.deepEqual([...first.exchanges, ...first.errors, ...next.errors], []);
  });

  test('a server with an emit of its own gets it back each time', async (t) => {
    const server = createServer(hello);
    const calls: unknown[] = [];
    function emit(this: Server, ...args: Parameters<Server['emit']>): boolean {
      calls.push(args[0]);
      return Object.getPrototypeOf(server).emit.apply(this, args);
    }
    Object.assign(server, { emit });
    const port = await listen(t, server);
    const observed = new Observed(t);
    for (let count = 1; count <= 50; count += 1) {
      await send(t, port, MALFORMED);
      assert.equal((await observed.ended(count)).length, count);
      observed.observer.disable();
      assert.deepEqual(Object.getOwnPropertyDescriptor(server, 'emit'), {
        value: emit,
        writable: true,
        configurable: true,
        enumerable: true,
      });
      observed.observer.enable();
    }
    assert.equal(calls.filter((event) => event === 'clientError').length, 50);
  });

  test('a server whose emit cannot be replaced is left alone, and its requests are seen', async (t) => {
    const observed = new Observed(t);
    const getter = createServer(hello);
    const { emit } = getter;
    Object.defineProperty(getter, 'emit', { get: () => emit, configurable: true });
    const fixed = createServer(hello);
    Object.defineProperty(fixed, 'emit', { value: emit });
    const closed = createServer(hello);
    const ports = await Promise.all([getter, fixed, closed].map((server) => listen(t, server)));
    Object.preventExtensions(closed);
    for (const port of ports) await send(t, port, closing);
    await observed.ended(3);
    assert.equal(typeof Object.getOwnPropertyDescriptor(getter, 'emit')?.get, 'function');
    assert.deepEqual(observed.errors, []);
  });
});

describe('an error of what the observer calls goes to onError alone', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const rows: readonly (readonly [string, Partial<ObserverOptions>])[] = [
    ['onStart', { onStart: boom }],
    ['onEnd', { onEnd: boom }],
    ['onEnd of an upgrade at its handshake', { onEnd: boom, upgrades: 'start' }],
  ];
  for (const [name, options] of rows) {
    test(name, async (t) => {
      const observed = new Observed(t, options);
      const server = createServer(hello);
      server.on('upgrade', (_request, socket) => {
        // An error here would be one of the application.
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        socket.end('bye');
      });
      const port = await listen(t, server);
      // Also a CONNECT that no listener takes, which is recorded when its connection has closed.
      for (const text of [closing, MALFORMED, UPGRADE, CONNECT]) await send(t, port, text);
      while (observed.errors.length < 4) await new Promise(setImmediate);
      assert.deepEqual(
        observed.errors.map((error) => (error as Error).message),
        ['boom', 'boom', 'boom', 'boom'],
      );
      assert.equal(observed.observer.openExchanges, 0);
    });
  }

  test('the options at the first exchange', async (t) => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const observer = new HttpObserver(
      { requestHeaderNames: [], keepResponseHead: false, idSource: boom, onEnd: boom, onError },
      boom,
    );
    observer.enable();
    t.after(() => observer.disable());
    const port = await listen(t, createServer(hello));
    for (const text of [closing, MALFORMED, CONNECT]) await send(t, port, text);
    while (errors.length < 3) await new Promise(setImmediate);
    assert.equal(observer.openExchanges, 0);
  });
});
