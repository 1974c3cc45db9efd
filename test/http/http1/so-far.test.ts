// What is known of an exchange while it is open, compared with the bytes that its client sent and got.
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { selfSigned } from '../../support/certificates.ts';
import { Changes } from '../../support/changes.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { listen, Observed } from '../support/observed.ts';

const PERIOD_MS = 50;

interface Scene {
  readonly client: RawClient;
  readonly observed: Observed;
  /** The next milestone of the exchange from now on. */
  next(target?: string): Promise<Exchange>;
}

async function start(t: TestContext, server: Server, tls?: { readonly cert: string }): Promise<Scene> {
  const seen: Exchange[] = [];
  const changes = new Changes();
  const observed = new Observed(t, {
    longAfterMs: PERIOD_MS,
    onLong: (soFar) => {
      seen.push(soFar);
      changes.notify();
    },
  });
  const port = await listen(t, server);
  const client = await RawClient.connect(t, {
    port,
    ...(tls && { tls: { ca: tls.cert, servername: 'localhost' } }),
  });
  return {
    client,
    observed,
    next: (target = '/') => {
      const before = seen.length;
      const find = (): Exchange | undefined => seen.slice(before).find((one) => one.target === target);
      return changes.until(find, 10_000, () => `a milestone of ${target} expected`);
    },
  };
}

function shown({ method, target, statusCode, outcome, errorCode, ...rest }: Exchange): object {
  const { requestBodySize, responseBodySize, requestSize, responseSize, timeToHeadersMs } = rest;
  const sentHead = timeToHeadersMs !== undefined;
  const sizes = { requestBodySize, responseBodySize, requestSize, responseSize };
  return { method, target, statusCode, outcome, errorCode, sentHead, ...sizes };
}

const NOTHING_SENT = {
  method: 'GET',
  target: '/',
  statusCode: undefined,
  outcome: 'completed',
  errorCode: undefined,
  sentHead: false,
  requestBodySize: 0,
  responseBodySize: undefined,
  requestSize: undefined,
  responseSize: undefined,
};

const eventStream: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: one\n\n');
  response.write('data: two\n\n');
};

describe('an exchange so far', () => {
  test('an event stream has its status, and the bytes of its events without chunk framing', async (t) => {
    const { client, next, observed } = await start(t, createServer(eventStream));
    await client.send(requestText('/'));
    await client.receiveUntil('data: two\n\n\r\n');
    const soFar = await next();
    assert.deepEqual(shown(soFar), {
      ...NOTHING_SENT,
      statusCode: 200,
      sentHead: true,
      responseBodySize: 22,
    });
    assert.ok(soFar.durationMs >= PERIOD_MS);
    client.destroy();
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.startMs, soFar.startMs);
    assert.deepEqual(exchange?.spanContext, soFar.spanContext);
    assert.equal(exchange?.outcome, 'completed');
    assert.equal(exchange?.responseBodySize, 22);
    assert.deepEqual(observed.errors, []);
  });

  test('the same over TLS', async (t) => {
    const tls = await selfSigned();
    const { client, next } = await start(t, createTlsServer({ ...tls }, eventStream), tls);
    await client.send(requestText('/'));
    await client.receiveUntil('data: two\n\n\r\n');
    assert.deepEqual(shown(await next()), {
      ...NOTHING_SENT,
      statusCode: 200,
      sentHead: true,
      responseBodySize: 22,
    });
  });

  test('a long poll has neither status nor size', async (t) => {
    const { client, next } = await start(
      t,
      createServer(() => undefined),
    );
    await client.send(requestText('/'));
    assert.deepEqual(shown(await next()), NOTHING_SENT);
  });

  test('a download that its client does not read has no more bytes than the socket took', async (t) => {
    const total = 64 * 2 ** 20;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': total });
      response.end(Buffer.alloc(total));
    });
    const { client, next, observed } = await start(t, server);
    client.pause();
    await client.send(requestText('/'));
    const { responseBodySize, statusCode } = await next();
    assert.equal(statusCode, 200);
    assert.ok(responseBodySize !== undefined && responseBodySize <= total, `${responseBodySize} bytes`);
    client.destroy();
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.outcome, 'aborted');
  });

  test('an upload has the bytes that have come in', async (t) => {
    const { client, next } = await start(
      t,
      createServer((request) => request.resume()),
    );
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(300)}`);
    await next();
    await client.send('x'.repeat(400));
    await next();
    assert.deepEqual(shown(await next()), { ...NOTHING_SENT, method: 'POST', requestBodySize: 700 });
  });

  test('a response that waits behind another one has sent nothing', async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/second') response.end('done');
      else response.write('begun');
    });
    const { client, next } = await start(t, server);
    await client.send(requestText('/first') + requestText('/second'));
    await client.receiveUntil('begun');
    assert.deepEqual(shown(await next('/second')), { ...NOTHING_SENT, target: '/second' });
  });

  test('an upgraded connection has the bytes of both directions behind the heads', async (t) => {
    const server = createServer();
    server.on('upgrade', (_request, socket, received) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello');
      socket.write(received);
      socket.on('error', () => undefined);
      socket.on('data', (data) => socket.write(data));
      socket.on('end', () => socket.end());
    });
    const { client, next, observed } = await start(t, server);
    await client.send('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nabc');
    await client.receiveUntil('helloabc');
    const expected = { ...NOTHING_SENT, statusCode: 101, outcome: 'upgraded', sentHead: true };
    assert.deepEqual(shown(await next()), { ...expected, requestBodySize: 3, responseBodySize: 8 });
    await client.send('defg');
    await client.receiveUntil('defg');
    assert.deepEqual(shown(await next()), { ...expected, requestBodySize: 7, responseBodySize: 12 });
    client.destroy();
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.requestBodySize, 7);
    assert.equal(exchange?.responseBodySize, 12);
  });

  test('a tunnel that no one has answered yet has no status', async (t) => {
    const server = createServer();
    server.on('connect', (_request, socket) => socket.on('error', () => undefined));
    const { client, next } = await start(t, server);
    await client.send('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n');
    assert.deepEqual(shown(await next('a:443')), { ...NOTHING_SENT, method: 'CONNECT', target: 'a:443' });
  });

  test('what the application changes of the copy is not in the exchange', async (t) => {
    const { client, next, observed } = await start(t, createServer(eventStream));
    await client.send(requestText('/'));
    Object.assign(await next(), { method: 'PUT', statusCode: 500 });
    client.destroy();
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.method, 'GET');
    assert.equal(exchange?.statusCode, 200);
  });
});
