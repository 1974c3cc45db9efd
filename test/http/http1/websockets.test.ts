// Real clients and servers of WebSocket: one record for each connection, with the bytes of both ways.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { parseResponses } from '../../support/http-responses.ts';
import { listen, Observed, seen } from '../support/observed.ts';
import { behindHead, type Relay, startRelay } from '../support/relay.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

interface Scene {
  readonly observed: Observed;
  readonly server: Server;
  readonly relay: Relay;
}

async function start(t: TestContext, server: Server, options = {}): Promise<Scene> {
  const observed = new Observed(t, options);
  return { observed, server, relay: await startRelay(t, await listen(t, server)) };
}

function open(t: TestContext, { relay }: Scene, path: string, options = {}): WebSocket {
  const client = new WebSocket(`ws://127.0.0.1:${relay.port}${path}`, {
    headers: { traceparent: TRACEPARENT },
    ...options,
  });
  t.after(() => client.terminate());
  return client;
}

/** An echo of what each client says. */
function echo(server: Server, options = {}): WebSocketServer {
  const sockets = new WebSocketServer({ server, ...options });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  return sockets;
}

function assertUpgraded(exchange: ObservedExchange | undefined, relay: Relay, target: string): void {
  const [connection] = relay.connections;
  assert.ok(exchange !== undefined && connection !== undefined);
  assert.deepEqual(seen(exchange), {
    method: 'GET',
    target,
    statusCode: 101,
    outcome: 'upgraded',
    errorCode: undefined,
    requestBodySize: behindHead(connection.sent),
    responseBodySize: behindHead(connection.got),
    responseSize: connection.got.length,
    sentHead: true,
  });
  assert.equal(exchange.spanContext?.traceId, TRACE);
  assert.ok(exchange.durationMs >= (exchange.timeToHeadersMs ?? Number.NaN));
}

describe('ws', () => {
  test('a connection is one record at its end, with the bytes of both ways', async (t) => {
    const server = createServer();
    echo(server);
    const scene = await start(t, server);
    const client = open(t, scene, '/chat?room=1');
    await once(client, 'open');
    for (const size of [5, 300, 100_000]) {
      client.send('x'.repeat(size));
      await once(client, 'message');
    }
    assert.equal(scene.observed.exchanges.length, 0);
    client.close();
    await once(client, 'close');
    const [exchange] = await scene.observed.ended(1);
    assertUpgraded(exchange, scene.relay, '/chat?room=1');
  });

  test('compressed, with pings, and terminated by its client', async (t) => {
    const server = createServer();
    echo(server, { perMessageDeflate: { threshold: 0 } });
    const scene = await start(t, server);
    const client = open(t, scene, '/', { perMessageDeflate: { threshold: 0 } });
    await once(client, 'open');
    client.ping('are you there');
    await once(client, 'pong');
    client.send('y'.repeat(50_000));
    await once(client, 'message');
    client.terminate();
    const [exchange] = await scene.observed.ended(1);
    assertUpgraded(exchange, scene.relay, '/');
  });

  test('is one record at the handshake, where the options ask for it', async (t) => {
    const server = createServer();
    echo(server);
    const scene = await start(t, server, { upgrades: 'start' });
    const client = open(t, scene, '/');
    await once(client, 'open');
    const [exchange] = await scene.observed.ended(1);
    assert.ok(exchange !== undefined);
    const { outcome, statusCode, requestBodySize, responseBodySize } = exchange;
    assert.deepEqual(
      [outcome, statusCode, requestBodySize, responseBodySize],
      ['upgraded', 101, undefined, undefined],
    );
    client.close();
    await once(client, 'close');
    await new Promise((resolve) => server.close(resolve));
    assert.equal(scene.observed.exchanges.length, 1);
  });

  for (const [name, options, statusCode, target] of [
    ['by verifyClient', { verifyClient: () => false }, 401, '/'],
    ['by its path', { path: '/chat' }, 400, '/'],
  ] as const) {
    test(`a handshake that is refused ${name}: the status on the wire`, async (t) => {
      const server = createServer();
      echo(server, options);
      const scene = await start(t, server);
      const client = open(t, scene, target);
      const [error] = await once(client, 'error');
      assert.match(String(error), new RegExp(String(statusCode)));
      const [exchange] = await scene.observed.ended(1);
      const [connection] = scene.relay.connections;
      assert.ok(exchange !== undefined && connection !== undefined);
      assert.deepEqual(seen(exchange), {
        method: 'GET',
        target,
        statusCode,
        outcome: 'completed',
        errorCode: undefined,
        requestBodySize: 0,
        responseBodySize: behindHead(connection.got),
        responseSize: connection.got.length,
        sentHead: true,
      });
    });
  }

  test('an application that handles the event itself, and refuses with a head of its own', async (t) => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    });
    const scene = await start(t, server);
    await once(open(t, scene, '/admin'), 'error');
    const [exchange] = await scene.observed.ended(1);
    assert.ok(exchange !== undefined);
    const { statusCode, outcome, responseBodySize } = exchange;
    assert.deepEqual([statusCode, outcome, responseBodySize], [403, 'completed', 2]);
  });

  test('two servers that share one by their paths, as the manual of ws has it: one record each', async (t) => {
    const server = createServer();
    const rooms = { '/a': echo(server, { noServer: true, server: undefined }), '/b': undefined };
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/a') socket.destroy();
      else
        rooms['/a'].handleUpgrade(request, socket, head, (client) => rooms['/a'].emit('connection', client));
    });
    const scene = await start(t, server);
    const client = open(t, scene, '/a');
    await once(client, 'open');
    client.close();
    await once(client, 'close');
    await once(open(t, scene, '/b'), 'error');
    const exchanges = await scene.observed.ended(2);
    assert.deepEqual(
      exchanges.map(({ target, outcome, statusCode }) => [target, outcome, statusCode]),
      [
        ['/a', 'upgraded', 101],
        ['/b', 'aborted', undefined],
      ],
    );
  });
});

describe('socket.io', () => {
  test('each polling request is a record, and the WebSocket is one', async (t) => {
    const server = createServer();
    const sockets = new SocketIoServer(server);
    sockets.on('connection', (socket) => socket.on('say', (text: string, answer) => answer(text)));
    const scene = await start(t, server);
    const client = io(`http://127.0.0.1:${scene.relay.port}`, { reconnection: false });
    t.after(() => client.disconnect());
    const upgraded = new Promise((resolve) =>
      client.io.once('open', () => client.io.engine.once('upgrade', resolve)),
    );
    await once(client as never, 'connect');
    await upgraded;
    assert.equal(await client.emitWithAck('say', 'hello'), 'hello');
    client.disconnect();
    await sockets.close();

    const bytes = scene.relay.connections;
    const requests = bytes.map(({ sent }) => sent.toString('latin1').match(/^(?:GET|POST) \S+ HTTP/gm) ?? []);
    const exchanges = await scene.observed.ended(requests.flat().length);
    const polled = exchanges.filter(({ outcome }) => outcome === 'completed');
    const answers = bytes
      .flatMap(({ got }) => parseResponses(got, [], true))
      .filter(({ status }) => status === 200);
    assert.deepEqual(
      polled.map(({ statusCode, responseBodySize }) => [statusCode, responseBodySize]).sort(),
      answers.map(({ status, body }) => [status, body.length]).sort(),
    );
    const webSockets = exchanges.filter(({ outcome }) => outcome === 'upgraded');
    assert.equal(webSockets.length, 1);
    const webSocket = bytes.find(({ got }) => got.toString('latin1').startsWith('HTTP/1.1 101 '));
    assert.ok(webSocket !== undefined);
    assert.deepEqual(
      webSockets.map(({ requestBodySize, responseBodySize }) => [requestBodySize, responseBodySize]),
      [[behindHead(webSocket.sent), behindHead(webSocket.got)]],
    );
    assert.equal(exchanges.length, polled.length + 1);
    assert.ok(polled.length >= 3, `${polled.length} polling requests`);
  });
});
