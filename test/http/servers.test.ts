// Several servers in one process, and exchanges that one hands to another: each exchange is seen, and seen once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import { WebSocket, WebSocketServer } from 'ws';
import type { ObservedExchange } from '../../src/http/observed-exchange.ts';
import { selfSigned } from '../support/certificates.ts';
import { listen as listenNet } from '../support/listen.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { listen, Observed } from './support/observed.ts';

const hello: RequestListener = (_request, response) => response.end('hello');
const UPGRADE = requestText('/up', { headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const MALFORMED = 'GET / HTTP/1.1\r\nno colon\r\n\r\n';

/** Accepts, echoes once, and ends. */
function acceptUpgrades(server: Server): Server {
  return server.on('upgrade', (_request, socket) => {
    socket.write(ACCEPTED);
    socket.once('data', (chunk: Buffer) => socket.end(chunk));
  });
}

const told = ({ target, outcome, statusCode, errorCode }: ObservedExchange): unknown[] => [
  target,
  outcome,
  statusCode,
  errorCode,
];

const REQUEST = ['/', 'completed', 200, undefined];
const UPGRADED = ['/up', 'upgraded', 101, undefined];
const REJECTED = ['/', 'rejected', 400, 'HPE_INVALID_HEADER_TOKEN'];

/** A request, an upgrade and something malformed, each on a connection of its own, one after the other. */
async function sendOneOfEach(t: TestContext, port: number, tls?: object): Promise<void> {
  const to = { port, ...(tls !== undefined && { tls }) };
  const client = await RawClient.connect(t, to);
  await client.send(requestText('/', { headers: { Connection: 'close' } }));
  await client.closed();
  const upgrade = await RawClient.connect(t, to);
  await upgrade.send(UPGRADE);
  await upgrade.receive(ACCEPTED.length);
  await upgrade.send('ping');
  await upgrade.closed();
  const malformed = await RawClient.connect(t, to);
  await malformed.send(MALFORMED);
  await malformed.closed();
}

/** Those and no others. */
async function assertOneOfEach(observed: Observed, port?: number): Promise<void> {
  const exchanges = await observed.ended(3);
  assert.deepEqual(exchanges.map(told), [REQUEST, UPGRADED, REJECTED]);
  if (port !== undefined)
    assert.deepEqual(
      exchanges.map(({ connection }) => connection.localPort),
      [port, port, port],
    );
  assert.deepEqual([observed.exchanges.length, observed.observer.openExchanges], [3, 0]);
  assert.deepEqual(observed.errors, []);
}

describe('several servers in one process', () => {
  test('each exchange is that of its own server', async (t) => {
    const observed = new Observed(t);
    const ports = await Promise.all([1, 2, 3].map(() => listen(t, acceptUpgrades(createServer(hello)))));
    for (const port of ports) await sendOneOfEach(t, port);
    const exchanges = await observed.ended(9);
    assert.deepEqual(
      exchanges.map((exchange) => [exchange.connection.localPort, ...told(exchange)]),
      ports.flatMap((port) => [REQUEST, UPGRADED, REJECTED].map((one) => [port, ...one])),
    );
  });

  test('a server that listened before anything was observed', async (t) => {
    const port = await listen(t, acceptUpgrades(createServer(hello)));
    const observed = new Observed(t);
    await sendOneOfEach(t, port);
    await assertOneOfEach(observed, port);
  });

  test('a connection that was open before: its next request, and all that follows on it', async (t) => {
    const port = await listen(t, acceptUpgrades(createServer(hello)));
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/before'));
    await client.responses(1);
    const observed = new Observed(t);
    await client.send(requestText('/'));
    await client.responses(2);
    await client.send(MALFORMED);
    await client.closed();
    const exchanges = await observed.ended(2);
    assert.deepEqual(exchanges.map(told), [REQUEST, REJECTED]);
  });
});

describe('a server that hands on to another', () => {
  test('its requests and upgrades', async (t) => {
    const observed = new Observed(t);
    const inner = acceptUpgrades(createServer(hello));
    const server = createServer((...args) => inner.emit('request', ...args));
    server.on('upgrade', (...args) => inner.emit('upgrade', ...args));
    const port = await listen(t, server);
    await sendOneOfEach(t, port);
    await assertOneOfEach(observed, port);
  });

  test('its requests and upgrades, to one that has connections of its own', async (t) => {
    const observed = new Observed(t);
    const inner = acceptUpgrades(createServer(hello));
    const server = createServer((...args) => inner.emit('request', ...args));
    server.on('upgrade', (...args) => inner.emit('upgrade', ...args));
    const ports = [await listen(t, inner), await listen(t, server)];
    for (const port of ports) await sendOneOfEach(t, port);
    assert.deepEqual((await observed.ended(6)).map(told), [
      ...[REQUEST, UPGRADED, REJECTED],
      ...[REQUEST, UPGRADED, REJECTED],
    ]);
    assert.equal(observed.exchanges.length, 6);
  });

  test('connections of a server that is no HTTP server', async (t) => {
    const observed = new Observed(t);
    const inner = acceptUpgrades(createServer(hello));
    const address = await listenNet(
      t,
      createNetServer((socket) => inner.emit('connection', socket)),
    );
    const port = Number(address.split(':')[1]);
    await sendOneOfEach(t, port);
    await assertOneOfEach(observed, port);
  });

  test('connections whose first byte decides between HTTP and HTTPS', async (t) => {
    const observed = new Observed(t);
    const { cert, key } = await selfSigned();
    const plain = acceptUpgrades(createServer(hello));
    const secure = acceptUpgrades(createTlsServer({ cert, key }, hello) as unknown as Server);
    const address = await listenNet(
      t,
      createNetServer((socket: Socket) => {
        socket.once('data', (first: Buffer) => {
          socket.pause();
          socket.unshift(first);
          (first[0] === 22 ? secure : plain).emit('connection', socket);
          process.nextTick(() => socket.resume());
        });
      }),
    );
    const port = Number(address.split(':')[1]);
    await sendOneOfEach(t, port);
    await sendOneOfEach(t, port, { ca: cert, servername: 'localhost' });
    const exchanges = await observed.ended(6);
    assert.deepEqual(
      exchanges.map((exchange) => [exchange.connection.encrypted, ...told(exchange)]),
      [false, true].flatMap((encrypted) => [REQUEST, UPGRADED, REJECTED].map((one) => [encrypted, ...one])),
    );
    assert.equal(observed.exchanges.length, 6);
  });

  test('an upgrade to a server of WebSockets: one record', async (t) => {
    const observed = new Observed(t);
    const inner = createServer();
    new WebSocketServer({ server: inner }).on('connection', (socket) => socket.close());
    const server = createServer();
    server.on('upgrade', (...args) => inner.emit('upgrade', ...args));
    const port = await listen(t, server);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, 'close');
    const exchanges = await observed.ended(1);
    assert.deepEqual(exchanges.map(told), [['/', 'upgraded', 101, undefined]]);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(observed.exchanges.length, 1);
  });
});

describe('servers that something else makes', () => {
  test('serverFactory of Fastify, with a wrapped handler', async (t) => {
    const observed = new Observed(t);
    const app = Fastify({
      serverFactory: (handler) =>
        acceptUpgrades(createServer((request, response) => setImmediate(handler, request, response))),
    });
    app.get('/', () => 'hello');
    await app.listen({ port: 0, host: '127.0.0.1' });
    t.after(() => app.close());
    const port = (app.server.address() as AddressInfo).port;
    await sendOneOfEach(t, port);
    await assertOneOfEach(observed, port);
  });

  test('injected requests and upgrades are no exchanges: nothing of them is on a wire', async (t) => {
    const observed = new Observed(t);
    const app = Fastify({ serverFactory: (handler) => acceptUpgrades(createServer(handler)) });
    app.get('/', () => 'hello');
    await app.listen({ port: 0, host: '127.0.0.1' });
    t.after(() => app.close());
    const { port } = app.server.address() as AddressInfo;
    await sendOneOfEach(t, port);
    assert.equal((await app.inject('/')).statusCode, 200);
    // As `injectWS` of @fastify/websocket does it.
    const stream = new PassThrough();
    const request = { method: 'GET', url: '/up', httpVersion: '1.1', headers: { upgrade: 'echo' } };
    app.server.emit('upgrade', request, stream, Buffer.alloc(0));
    await once(stream, 'close');
    await new Promise(setImmediate);
    await assertOneOfEach(observed, port);
  });

  test('a Unix domain socket: a peer without an address, for each kind of exchange', async (t) => {
    const observed = new Observed(t);
    const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'app.sock');
    const server = acceptUpgrades(createServer(hello));
    server.listen(path);
    await once(server, 'listening');
    t.after(() => server.close());
    for (const [text, then] of [
      [requestText('/', { headers: { Connection: 'close' } }), undefined],
      [UPGRADE, 'ping'],
      [MALFORMED, undefined],
    ] as const) {
      const client = connect(path);
      client.write(text);
      if (then !== undefined) client.once('data', () => client.write(then));
      client.resume();
      await once(client, 'close');
    }
    await assertOneOfEach(observed);
    assert.deepEqual(
      observed.exchanges.map(({ connection: { isUnixSocket, remoteAddress, remotePort } }) => [
        isUnixSocket,
        remoteAddress,
        remotePort,
      ]),
      Array(3).fill([true, undefined, undefined]),
    );
  });
});
