// What the observer must not do to the application that it observes.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
  createServer,
  IncomingMessage,
  OutgoingMessage,
  type RequestListener,
  ServerResponse,
} from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { selfSigned } from '../support/certificates.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { type listen, manageContexts, Observed, seen, serve } from './support/observed.ts';

const hello: RequestListener = (_request, response) => {
  response.end('hello');
};

async function request(t: Parameters<typeof listen>[0], port: number, count = 1): Promise<void> {
  const client = await RawClient.connect(t, { port });
  for (let index = 0; index < count; index += 1) {
    await client.send(requestText('/'));
    await client.responses(index + 1);
  }
}

describe('the observer', () => {
  test('disabled, leaves nothing behind', async (t) => {
    const channels = [
      'http.server.request.start',
      'http.server.response.finish',
      'tracing:fastify.request.handler:start',
    ];
    const own = (): string[] => Object.getOwnPropertyNames(ServerResponse.prototype).sort();
    const before = own();
    const { observer } = new Observed(t);
    observer.enable();
    assert.ok(channels.every((name) => channel(name).hasSubscribers));
    observer.disable();
    assert.ok(channels.every((name) => !channel(name).hasSubscribers));
    assert.deepEqual(own(), before);
    assert.equal(ServerResponse.prototype.write, OutgoingMessage.prototype.write);
  });

  test('leaves the methods of a response as they are called, and what they return', async (t) => {
    new Observed(t);
    const results: unknown[] = [];
    const { port } = await serve(t, {}, (_request, response) => {
      results.push(response.writeHead(200, 'Fine', { 'X-A': '1' }) === response);
      results.push(response.write('a', 'utf8', () => results.push('written')));
      results.push(response.end('b', () => results.push('ended')) === response);
      results.push(response.end() === response);
      try {
        response.writeHead(200);
      } catch (error) {
        results.push((error as NodeJS.ErrnoException).code);
      }
      try {
        response.write(null as unknown as string);
      } catch (error) {
        results.push((error as NodeJS.ErrnoException).code);
      }
    });
    await request(t, port);
    assert.deepEqual(results.slice(0, 6), [
      true,
      true,
      true,
      true,
      'ERR_HTTP_HEADERS_SENT',
      'ERR_STREAM_NULL_VALUES',
    ]);
    assert.deepEqual(results.slice(6).sort(), ['ended', 'written']);
  });

  test('adds no listener to which Node reacts', async (t) => {
    new Observed(t);
    const { server, port } = await serve(t, {}, hello);
    await request(t, port);
    const counts = [
      'upgrade',
      'connect',
      'checkContinue',
      'checkExpectation',
      'clientError',
      'timeout',
      'dropRequest',
    ].map((name) => server.listenerCount(name));
    assert.deepEqual(counts, [0, 0, 0, 0, 0, 0, 0]);
  });

  test('adds one of requests, as the first, only where contexts are managed', async (t) => {
    const observed = new Observed(t);
    const { server, port } = await serve(t, {}, hello);
    await request(t, port);
    assert.deepEqual(server.listeners('request'), [hello]);
    manageContexts(t);
    await request(t, port);
    assert.equal(server.listenerCount('request'), 2);
    assert.equal(server.listeners('request')[1], hello);
    const exchanges = await observed.ended(2);
    assert.deepEqual(
      exchanges.map(({ handlerContext }) => handlerContext),
      [undefined, ROOT_CONTEXT],
    );
  });

  test('sees the exchanges of servers whose listeners come, go, are wrapped and are handed on', async (t) => {
    manageContexts(t);
    const observed = new Observed(t);
    const inner = createServer(hello);
    const { server, port } = await serve(t, {}, () => assert.fail('this listener was removed'));
    await (async () => {
      server.removeAllListeners('request');
      server.on('request', (req, res) => inner.emit('request', req, res));
    })();
    await request(t, port, 2);
    server.removeAllListeners('request');
    server.on('request', hello);
    await request(t, port);
    const emit = server.emit.bind(server) as (name: string, ...args: unknown[]) => boolean;
    server.emit = (name: string, ...args: unknown[]) => emit(name, ...args);
    await request(t, port);
    const exchanges = await observed.ended(4);
    assert.deepEqual(
      exchanges.map((exchange) => [seen(exchange).statusCode, exchange.handlerContext !== undefined]),
      Array(4).fill([200, true]),
    );
  });

  test('sees responses of classes of the application, and counts through methods of its own', async (t) => {
    const observed = new Observed(t);
    class LoudResponse extends ServerResponse {
      override end(...args: never[]): this {
        super.write('loud: ');
        return super.end(...args);
      }
    }
    const { port } = await serve(t, { ServerResponse: LoudResponse as typeof ServerResponse }, hello);
    await request(t, port);
    const [exchange] = await observed.ended(1);
    assert.equal(exchange?.responseBodySize, 'loud: hello'.length);
  });

  test('what goes wrong in us is told, and the exchange of the application goes on', async (t) => {
    const observed = new Observed(t, {
      onStart: () => {
        throw new Error('start');
      },
      onEnd: () => {
        throw new Error('end');
      },
    });
    const { port } = await serve(t, {}, hello);
    await request(t, port);
    assert.deepEqual(observed.errors.map(String), ['Error: start', 'Error: end']);
  });

  test('a patch of OutgoingMessage that somebody makes later is honoured', async (t) => {
    const observed = new Observed(t);
    const { write } = OutgoingMessage.prototype;
    t.after(() => {
      OutgoingMessage.prototype.write = write;
    });
    let calls = 0;
    OutgoingMessage.prototype.write = function patched(
      this: OutgoingMessage,
      ...args: Parameters<typeof write>
    ) {
      calls += 1;
      return write.apply(this, args);
    } as typeof write;
    const { port } = await serve(t, {}, (_request, response) => {
      response.write('abc');
      response.end();
    });
    await request(t, port);
    const [exchange] = await observed.ended(1);
    assert.deepEqual([calls, exchange?.responseBodySize], [1, 3]);
  });

  test('a class of requests of the application keeps its own push', async (t) => {
    const observed = new Observed(t);
    class LoudRequest extends IncomingMessage {
      override push(chunk: unknown, encoding?: BufferEncoding): boolean {
        return super.push(
          chunk instanceof Uint8Array ? Buffer.from(String(chunk).toUpperCase()) : chunk,
          encoding,
        );
      }
    }
    let text = '';
    const { port } = await serve(t, { IncomingMessage: LoudRequest }, (req, response) => {
      assert.deepEqual(
        Object.keys(req).filter((key) => key === 'push'),
        [],
      );
      req.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      req.on('end', () => response.end());
    });
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/', { method: 'POST', body: 'hello' }));
    await client.responses(1);
    const [exchange] = await observed.ended(1);
    assert.deepEqual([text, exchange?.requestBodySize], ['HELLO', 5]);
  });

  test('puts nothing on requests, responses and sockets that anybody could see', async (t) => {
    // Not enumerable, and the only one: what is written past responses is seen there.
    const own = '_writeGeneric';
    const keys = (objects: readonly object[]): number[] =>
      objects.map((object) => Reflect.ownKeys(object).filter((key) => key !== own).length);
    const counts: number[][] = [];
    const handler: RequestListener = (req, response) => {
      // Node keeps the addresses on the socket once somebody asked for them.
      assert.ok(req.socket.remoteAddress !== undefined && req.socket.localAddress !== undefined);
      counts.push(keys([req, response, req.socket]));
      response.end();
    };
    const without = await serve(t, {}, handler);
    await request(t, without.port);
    new Observed(t);
    const within = await serve(t, {}, handler);
    await request(t, within.port);
    assert.deepEqual(counts[1], counts[0]);
  });

  test('an HTTP/2 server that allows HTTP/1 and has a stream listener only answers streams as before', async (t) => {
    const observed = new Observed(t);
    const { cert, key } = await selfSigned();
    const server = createSecureServer({ cert, key, allowHTTP1: true });
    server.on('stream', (stream) => stream.respond({ ':status': 204 }, { endStream: true }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const client = await RawClient.connect(t, { port, tls: { ca: cert, servername: 'localhost' } });
    await client.send(requestText('/', { headers: { Connection: 'close' } }));
    client.halfClose();
    await client.closed();
    await observed.ended(1);
    assert.deepEqual([server.listenerCount('stream'), server.listenerCount('request')], [1, 0]);
  });
});

describe('time to the head', () => {
  test('of a response that waited behind another: when its turn came', async (t) => {
    const observed = new Observed(t);
    const { port } = await serve(t, {}, (req, response) => {
      if (req.url === '/1') setTimeout(() => response.end('first'), 20);
      else response.end('second');
    });
    const client = await RawClient.connect(t, { port });
    await client.pipeline([requestText('/1'), requestText('/2')]);
    await client.responses(2);
    const [first, second] = await observed.ended(2);
    assert.ok(first !== undefined && second?.timeToHeadersMs !== undefined);
    assert.ok(second.startMs + second.timeToHeadersMs >= first.startMs + first.durationMs);
  });

  for (const send of ['flushHeaders', 'write', 'end'] as const) {
    test(`of a head that was made earlier: when ${send} sent it`, async (t) => {
      const observed = new Observed(t);
      let before = Number.POSITIVE_INFINITY;
      const { port } = await serve(t, {}, (_req, response) => {
        response.writeHead(200);
        setTimeout(() => {
          before = performance.now();
          if (send === 'flushHeaders') response.flushHeaders();
          else response[send]('x');
          response.end();
        }, 5);
      });
      await request(t, port);
      const [exchange] = await observed.ended(1);
      assert.ok(exchange?.timeToHeadersMs !== undefined);
      assert.ok(exchange.startMs + exchange.timeToHeadersMs >= before);
    });
  }
});
