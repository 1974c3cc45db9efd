// Reverse proxies of Node in front of an upstream that answers, upgrades, or breaks off: the record of the proxy says
// what its own client got.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import fastifyHttpProxy from '@fastify/http-proxy';
import express from 'express';
import Fastify from 'fastify';
import httpProxy from 'http-proxy';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { WebSocket, WebSocketServer } from 'ws';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { sendReset } from '../../support/send-reset.ts';
import type { Seen } from '../support/observed.ts';
import { listen, Observed, seen } from '../support/observed.ts';
import { behindHead, startRelay } from '../support/relay.ts';
import { readOnWire } from '../support/wire.ts';

const upstreamHandler: RequestListener = (request, response) => {
  if (request.url === '/plain') {
    response.end('hello');
    return;
  }
  // So many bytes of the ten thousand that it promises, or of chunks without a last one.
  if (request.url === '/short') response.setHeader('Content-Length', 10_000);
  response.write('x'.repeat(4_000));
  if (request.url !== '/short' && request.url !== '/chunks') return;
  setTimeout(() => response.socket && sendReset(response.socket), 50);
};

/** In this process: its exchanges are observed too. */
async function startUpstream(t: TestContext): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer(upstreamHandler);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  return { server, port: await listen(t, server) };
}

type Front = (t: TestContext, upstream: number) => Promise<number>;

const FRONTS: Readonly<Record<string, Front>> = {
  'http-proxy': async (t, upstream) => {
    const proxy = httpProxy.createProxyServer({ target: { host: '127.0.0.1', port: upstream } });
    proxy.on('error', (_error, _request, response) => {
      if ('writeHead' in response && !response.headersSent) response.writeHead(502).end();
      else response.destroy();
    });
    const server = createServer((request, response) => proxy.web(request, response));
    server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
    t.after(() => proxy.close());
    return listen(t, server);
  },
  'http-proxy-middleware': async (t, upstream) => {
    const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${upstream}`, ws: true });
    const server = createServer(express().use(proxy));
    server.on('upgrade', proxy.upgrade);
    return listen(t, server);
  },
  '@fastify/http-proxy': async (t, upstream) => {
    const app = Fastify();
    app.register(fastifyHttpProxy, { upstream: `http://127.0.0.1:${upstream}`, websocket: true });
    await app.listen({ port: 0, host: '127.0.0.1' });
    t.after(() => app.close());
    return Number(new URL(app.listeningOrigin).port);
  },
};

/**
 * Proxies that end a response whose upstream broke off, with a text of their own behind it. Chunks are whole for their
 * client then; a body with a length is too short.
 */
const ENDS_BROKEN_RESPONSES: Readonly<
  Record<string, Readonly<Record<string, readonly [outcome: string, errorCode: string | undefined]>>>
> = {
  'http-proxy-middleware': {
    '/short': ['aborted', 'ERR_HTTP_CONTENT_LENGTH_MISMATCH'],
    '/chunks': ['completed', undefined],
  },
};

for (const [name, start] of Object.entries(FRONTS)) {
  describe(name, () => {
    async function scene(t: TestContext): Promise<{ port: number; observed: Observed; upstream: Server }> {
      const { server, port } = await startUpstream(t);
      const front = await start(t, port);
      return { port: front, observed: new Observed(t), upstream: server };
    }

    /** The first exchange of the proxy that has ended: that of the upstream came in on another port. */
    async function atFront(observed: Observed, port: number): Promise<Seen> {
      for (let count = 1; ; count += 1) {
        const exchange = (await observed.ended(count))[count - 1];
        if (exchange?.connection.localPort === port) return seen(exchange);
      }
    }

    test('a response that it passes on', async (t) => {
      const { port, observed } = await scene(t);
      const client = await RawClient.connect(t, { port });
      await client.send(requestText('/plain'));
      await client.responses(1);
      const { statusCode, outcome, responseBodySize, responseSize } = await atFront(observed, port);
      assert.deepEqual(
        [statusCode, outcome, responseBodySize, responseSize],
        [200, 'completed', 5, client.received.length],
      );
    });

    for (const path of ['/short', '/chunks']) {
      test(`an upstream that breaks in the middle of its body: ${path}`, async (t) => {
        const { port, observed } = await scene(t);
        const client = await RawClient.connect(t, { port });
        await client.send(requestText(path));
        const { bytes } = await client.closed();
        const { status, bodySize } = readOnWire(bytes);
        assert.ok(bodySize >= 4_000);
        const { statusCode, outcome, errorCode, responseBodySize } = await atFront(observed, port);
        assert.deepEqual(
          [statusCode, outcome, errorCode, responseBodySize],
          [status, ...(ENDS_BROKEN_RESPONSES[name]?.[path] ?? ['aborted', undefined]), bodySize],
        );
      });
    }

    test('a client that leaves in the middle', async (t) => {
      const { port, observed } = await scene(t);
      const client = await RawClient.connect(t, { port });
      await client.send(requestText('/endless'));
      await client.receive(4_000);
      client.destroy();
      const { statusCode, outcome, responseBodySize } = await atFront(observed, port);
      assert.deepEqual([statusCode, outcome, responseBodySize], [200, 'aborted', 4_000]);
    });

    test('an upstream that is not there', async (t) => {
      const { port, observed, upstream } = await scene(t);
      upstream.close();
      await once(upstream, 'close');
      const client = await RawClient.connect(t, { port });
      await client.send(requestText('/plain'));
      const [response] = await client.responses(1);
      const [exchange] = await observed.ended(1);
      assert.ok(exchange !== undefined && response !== undefined);
      assert.deepEqual(
        [exchange.statusCode, exchange.outcome, exchange.responseBodySize],
        [response.status, 'completed', response.body.length],
      );
      assert.ok(response.status >= 500);
    });

    test('a WebSocket', async (t) => {
      const { port, observed } = await scene(t);
      const relay = await startRelay(t, port);
      const client = new WebSocket(`ws://127.0.0.1:${relay.port}/chat`);
      await once(client, 'open');
      client.send('y'.repeat(2_000));
      await once(client, 'message');
      client.close();
      await once(client, 'close');
      const { target, statusCode, outcome, ...sizes } = await atFront(observed, port);
      const [connection] = relay.connections;
      assert.ok(connection !== undefined);
      assert.deepEqual(
        [target, statusCode, outcome, sizes.requestBodySize, sizes.responseBodySize, sizes.responseSize],
        [
          '/chat',
          101,
          'upgraded',
          behindHead(connection.sent),
          behindHead(connection.got),
          connection.got.length,
        ],
      );
    });
  });
}
