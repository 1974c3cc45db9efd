// Upgrades that are unlike those of WebSocket: with a body, and where the application decides for each request.
import assert from 'node:assert/strict';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import type { ObserverOptions } from '../../../src/http/observation.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { listen, Observed, seen } from '../support/observed.ts';
import { behindHead } from '../support/relay.ts';

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'echo' };
const TUNNEL = 'CONNECT store.example:443 HTTP/1.1\r\nHost: store.example:443\r\n\r\n';
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

/** Answers each upgrade, says what came of the request's body, and ends behind `bye`. */
function accept(server: Server): Server {
  return server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    request.resume();
    socket.write(ACCEPTED);
    socket.on('data', (chunk: Buffer) => {
      if (chunk.toString().endsWith('bye')) socket.end('bye');
    });
  });
}

async function scene(
  t: TestContext,
  server: Server,
  options: Partial<ObserverOptions> = {},
): Promise<{ readonly client: RawClient; readonly observed: Observed; readonly port: number }> {
  const observed = new Observed(t, options);
  const port = await listen(t, server);
  return { observed, port, client: await RawClient.connect(t, { port }) };
}

describe('an upgrade with a body', () => {
  for (const [name, parts] of [
    ['in the packet of its head', ['hello']],
    ['in several packets', ['he', 'l', 'lo']],
  ] as const) {
    test(name, async (t) => {
      const { observed, client } = await scene(t, accept(createServer()));
      const [first, ...rest] = parts;
      const { localPort } = client;
      const text = requestText('/', { method: 'POST', headers: { ...UPGRADE, 'Content-Length': '5' } });
      await client.send(text + first);
      await client.receive(ACCEPTED.length);
      for (const part of rest) await client.send(part);
      await client.send('bye');
      const { bytes } = await client.closed();
      const [exchange] = await observed.ended(1);
      assert.ok(exchange !== undefined);
      assert.deepEqual(seen(exchange), {
        method: 'POST',
        target: '/',
        statusCode: 101,
        outcome: 'upgraded',
        errorCode: undefined,
        requestBodySize: 'hellobye'.length,
        responseBodySize: behindHead(bytes),
        responseSize: bytes.length,
        sentHead: true,
      });
      assert.equal(exchange.connection.remotePort, localPort);
      assert.equal(observed.exchanges.length, 1);
    });
  }
});

describe('a refusal is completed, with its sizes, whenever an upgrade is recorded', () => {
  for (const upgrades of ['end', 'start'] as const) {
    for (const [event, method, text] of [
      ['upgrade', 'GET', requestText('/', { headers: UPGRADE })],
      ['connect', 'CONNECT', TUNNEL],
    ] as const) {
      test(`${event}, at the ${upgrades}`, async (t) => {
        const server = createServer().on(event, (_request, socket) => {
          socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n');
          socket.end('no');
        });
        const { observed, client } = await scene(t, server, { upgrades });
        await client.send(text);
        const { bytes } = await client.closed();
        const [exchange, ...others] = await observed.ended(1);
        assert.ok(exchange !== undefined);
        assert.deepEqual(others, []);
        assert.deepEqual(seen(exchange), {
          method,
          target: method === 'GET' ? '/' : 'store.example:443',
          statusCode: 403,
          outcome: 'completed',
          errorCode: undefined,
          requestBodySize: 0,
          responseBodySize: 2,
          responseSize: bytes.length,
          sentHead: true,
        });
      });
    }
  }
});

describe('other exchanges on a connection that is handed over', () => {
  const sizes = ({
    target,
    outcome,
    statusCode,
    responseBodySize,
    responseSize,
  }: ObservedExchange): unknown => [target, outcome, statusCode, responseBodySize, responseSize];

  test('requests inside a tunnel: the sizes of their own responses', async (t) => {
    const established = 'HTTP/1.1 200 Connected\r\n\r\n';
    const server = createServer((_request, response) => response.end('inside'));
    server.on('connect', (_request, socket) => {
      socket.write(established);
      server.emit('connection', socket);
    });
    const { observed, client } = await scene(t, server);
    await client.send(TUNNEL);
    await client.receive(established.length);
    await client.send(requestText('/first'));
    await client.receiveUntil('inside');
    const { length } = client.received;
    await client.send(requestText('/second'));
    await client.receive(length + 1);
    client.halfClose();
    const { bytes } = await client.closed();
    assert.deepEqual((await observed.ended(3)).map(sizes), [
      ['/first', 'completed', 200, 6, length - established.length],
      ['/second', 'completed', 200, 6, bytes.length - length],
      ['store.example:443', 'tunneled', 200, bytes.length - established.length, bytes.length],
    ]);
  });

  test('a request that an upgrade overtakes: sizes that cannot be told apart are absent', async (t) => {
    const server = accept(createServer());
    const { observed, client } = await scene(t, server);
    const answered = new Promise<ServerResponse>((resolve) => {
      server.on('request', (_request, response) => resolve(response));
    });
    await client.send(requestText('/overtaken') + requestText('/up', { headers: UPGRADE }));
    await client.receive(ACCEPTED.length);
    (await answered).end('late');
    await client.receiveUntil('late');
    await client.send('bye');
    await client.closed();
    assert.deepEqual((await observed.ended(2)).map(sizes), [
      ['/overtaken', 'completed', 200, 4, undefined],
      ['/up', 'upgraded', 101, undefined, undefined],
    ]);
  });
});

describe('a socket off which the application takes all listeners', () => {
  for (const when of ['at once', 'later'] as const) {
    test(`${when}: one record, at the end of the connection`, async (t) => {
      const server = createServer((_request, response) => response.end('inside'));
      server.on('upgrade', (_request, socket) => {
        socket.write(ACCEPTED);
        const takeOver = (): void => {
          socket.removeAllListeners();
          socket.on('data', () => socket.end('bye'));
        };
        if (when === 'at once') takeOver();
        else setImmediate(takeOver);
      });
      const { observed, client } = await scene(t, server);
      await client.send(requestText('/up', { headers: UPGRADE }));
      await client.receive(ACCEPTED.length);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await client.send('hello');
      await client.closed();
      const [exchange] = await observed.ended(1);
      const { outcome, requestBodySize, responseBodySize } = exchange ?? {};
      assert.deepEqual([outcome, requestBodySize, responseBodySize], ['upgraded', 5, 3]);
      assert.deepEqual([observed.exchanges.length, observed.observer.openExchanges], [1, 0]);
    });
  }
});

const canDecide = Number(process.versions.node.split('.')[0]) >= 24;

describe('shouldUpgradeCallback', { skip: !canDecide && 'this Node has no such option' }, () => {
  const options = {
    shouldUpgradeCallback: (request: IncomingMessage) => request.url === '/up',
  } as ServerOptions;

  test('a request that is not upgraded is an ordinary exchange', async (t) => {
    const server = accept(createServer(options, (_request, response) => response.end('no')));
    const { observed, client } = await scene(t, server);
    await client.send(requestText('/no', { headers: UPGRADE }));
    await client.responses(1);
    const [exchange] = await observed.ended(1);
    assert.ok(exchange !== undefined);
    assert.deepEqual(seen(exchange), {
      method: 'GET',
      target: '/no',
      statusCode: 200,
      outcome: 'completed',
      errorCode: undefined,
      requestBodySize: 0,
      responseBodySize: 2,
      responseSize: client.received.length,
      sentHead: true,
    });
  });

  test('one that is upgraded on the same connection is a record of its own', async (t) => {
    const server = accept(createServer(options, (_request, response) => response.end('no')));
    const { observed, client } = await scene(t, server);
    await client.send(requestText('/no', { headers: UPGRADE }));
    await client.responses(1);
    const before = client.received.length;
    await client.send(requestText('/up', { headers: UPGRADE }));
    await client.receive(before + ACCEPTED.length);
    await client.send('bye');
    const { bytes } = await client.closed();
    const exchanges = await observed.ended(2);
    assert.deepEqual(
      exchanges.map((exchange) => [
        exchange.target,
        exchange.outcome,
        exchange.statusCode,
        exchange.responseSize,
      ]),
      [
        ['/no', 'completed', 200, before],
        ['/up', 'upgraded', 101, bytes.length - before],
      ],
    );
  });
});
