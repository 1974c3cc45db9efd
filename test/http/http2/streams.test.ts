// What becomes an exchange over HTTP/2, and what is known of it.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { constants, type Http2ServerResponse } from 'node:http2';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { context, type Span, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import fastify from 'fastify';
import { listen } from '../../support/listen.ts';
import { manageContexts, Observed, seen } from '../support/observed.ts';
import { at, clientOf, request, serveH2, serveH2c, watch } from './support/servers.ts';

const { NGHTTP2_CANCEL } = constants;
/** Node 20 has none. */
const HAS_CHANNELS = Number(process.versions.node.split('.')[0]) >= 22;

describe('an exchange over HTTP/2', () => {
  test('has the pseudo-headers, the peer and the headers that are kept', async (t) => {
    const observed = new Observed(t, { requestHeaderNames: ['x-a', 'accept'], keepResponseHead: true });
    const served = await serveH2(t, (server) =>
      server.on('request', (_q, response) => {
        response.setHeader('X-B', ['1', '2']);
        response.end('x');
      }),
    );
    const session = await clientOf(t, served);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = {
      ':path': '/a?b',
      ':authority': 'shop.example',
      'user-agent': 'test',
      'x-a': '1',
      traceparent,
    };
    await request(session, headers);
    await request(session, { ':path': '/second' });
    const [first, second] = await observed.ended(2);
    assert.ok(first !== undefined && second !== undefined);
    const { method, target, host, scheme, userAgent, httpVersion, requestHeaders } = first;
    assert.deepEqual(
      { method, target, host, scheme, userAgent, httpVersion, requestHeaders: { ...requestHeaders } },
      {
        method: 'GET',
        target: '/a?b',
        host: 'shop.example',
        scheme: 'https',
        userAgent: 'test',
        httpVersion: '2',
        requestHeaders: { 'x-a': '1' },
      },
    );
    assert.equal(first.traceparent, traceparent);
    assert.equal(first.spanContext?.traceId, '0af7651916cd43dd8448eb211c80319c');
    assert.deepEqual(first.responseHeaders?.['x-b'], ['1', '2']);
    const { remoteAddress, encrypted, isUnixSocket, localPort } = first.connection;
    assert.deepEqual(
      [remoteAddress, encrypted, isUnixSocket, localPort],
      ['127.0.0.1', true, false, served.port],
    );
    assert.equal(second.connection, first.connection);
    assert.ok(first.timeToHeadersMs !== undefined && first.timeToHeadersMs <= first.durationMs);
  });

  test('is one of each stream of a session, also at the same time', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) =>
        setImmediate(() => {
          stream.respond({});
          stream.end('x');
        }),
      ),
    );
    const session = await clientOf(t, served);
    await Promise.all(Array.from({ length: 50 }, (_, index) => request(session, { ':path': `/${index}` })));
    const exchanges = await observed.ended(50);
    assert.equal(new Set(exchanges.map(({ target }) => target)).size, 50);
    assert.equal(observed.exchanges.length, 50);
  });

  test('is also a push', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream, { ':path': path }) => {
        if (path === '/warm') stream.respond({}, { endStream: true });
        else
          stream.pushStream({ ':path': '/style.css' }, (_error, pushed) => {
            pushed.respond({ ':status': 203 });
            pushed.end('pushed');
            stream.respond({});
            stream.end('page');
          });
      }),
    );
    const session = await clientOf(t, served);
    const pushes: Promise<unknown>[] = [];
    session.on('stream', (pushed) => pushes.push(watch(pushed)));
    // Methods of streams are patched at the first one.
    await request(session, { ':path': '/warm' });
    await request(session, { ':path': '/page' });
    const exchanges = await observed.ended(3);
    const [page, push] = ['/page', '/style.css'].map((path) =>
      exchanges.find(({ target }) => target === path),
    );
    assert.ok(page !== undefined && push !== undefined);
    assert.deepEqual([page.statusCode, page.responseBodySize], [200, 4]);
    assert.deepEqual(seen(push), {
      method: 'GET',
      target: '/style.css',
      statusCode: 203,
      outcome: 'completed',
      errorCode: undefined,
      requestBodySize: 0,
      responseBodySize: 6,
      responseSize: undefined,
      sentHead: true,
    });
    assert.equal(push.connection, page.connection);
  });

  test('of a push that the client refuses is aborted', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) =>
        stream.pushStream({ ':path': '/style.css' }, (_error, pushed) => {
          pushed.on('error', () => undefined);
          pushed.respond({});
          pushed.write('part');
          pushed.on('close', () => {
            stream.respond({});
            stream.end('page');
          });
        }),
      ),
    );
    const session = await clientOf(t, served);
    session.on('stream', (pushed) => pushed.close(NGHTTP2_CANCEL));
    await request(session, {});
    const exchanges = await observed.ended(2);
    const push = exchanges.find(({ target }) => target === '/style.css');
    assert.deepEqual([push?.statusCode, push?.outcome, push?.errorCode], [200, 'aborted', 'NGHTTP2_CANCEL']);
  });

  test('is one where the session ends with several open streams: one for each', async (t) => {
    const observed = new Observed(t);
    let open = 0;
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) => {
        stream.on('error', () => undefined);
        open += 1;
        if (open === 5) stream.session?.destroy();
      }),
    );
    const session = await clientOf(t, served);
    await Promise.all(Array.from({ length: 5 }, () => request(session, {})));
    const exchanges = await observed.ended(5);
    assert.deepEqual(
      exchanges.map(({ outcome }) => outcome),
      Array(5).fill('aborted'),
    );
    assert.equal(observed.observer.openExchanges, 0);
  });

  test('is timeout where the timeout of the server ends the session', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) => {
      server.setTimeout(50);
      server.on('stream', (stream) => stream.on('error', () => undefined));
    });
    const session = await clientOf(t, served);
    await request(session, {});
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual([exchange.outcome, exchange.statusCode], ['timeout', undefined]);
  });

  test('of a server that got its connections from elsewhere is seen where Node has the channels', {
    skip: !HAS_CHANNELS,
  }, async (t) => {
    const observed = new Observed(t);
    const { server } = await serveH2c(t, (prepared) =>
      prepared.on('request', (_q, response) => response.end('x')),
    );
    const authority = await listen(
      t,
      createNetServer((socket) => server.emit('connection', socket)),
    );
    const session = await clientOf(t, { server, origin: `http://${authority}`, port: 0 });
    await request(session, {});
    assert.equal(at(await observed.ended(1), 0).statusCode, 200);
  });
});

describe('a CONNECT over HTTP/2', () => {
  const cases = [
    [
      'extended, accepted',
      { ':protocol': 'websocket', ':scheme': 'http', ':path': '/chat' },
      200,
      'upgraded',
      '/chat',
    ],
    [
      'extended, refused',
      { ':protocol': 'websocket', ':scheme': 'http', ':path': '/chat' },
      403,
      'completed',
      '/chat',
    ],
    ['accepted', {}, 200, 'tunneled', 'db.example:5432'],
    ['refused', {}, 502, 'completed', 'db.example:5432'],
  ] as const;
  for (const upgrades of ['end', 'start'] as const) {
    for (const [name, headers, status, outcome, target] of cases) {
      test(`${name}, recorded at the ${upgrades}`, async (t) => {
        const observed = new Observed(t, { upgrades });
        const served = await serveH2c(
          t,
          (server) =>
            server.on('stream', (stream) => {
              stream.on('error', () => undefined);
              stream.respond({ ':status': status });
              if (status !== 200) stream.end();
              else stream.on('data', (chunk) => stream.write(chunk)).on('end', () => stream.end('bye'));
            }),
          { settings: { enableConnectProtocol: true } },
        );
        const session = await clientOf(t, served);
        if (!session.remoteSettings.enableConnectProtocol) await once(session, 'remoteSettings');
        const stream = session.request(
          { ':method': 'CONNECT', ':authority': 'db.example:5432', ...headers },
          { endStream: false },
        );
        const watched = watch(stream);
        await once(stream, 'response');
        const isOpen = status === 200;
        if (upgrades === 'start' && isOpen) await observed.ended(1);
        stream.end(isOpen ? 'ping' : undefined);
        const { bodySize } = await watched;
        const exchange = at(await observed.ended(1), 0);
        assert.equal(observed.exchanges.length, 1);
        const { method, statusCode, requestBodySize, responseBodySize } = exchange;
        assert.deepEqual(
          [method, exchange.target, statusCode, exchange.outcome],
          ['CONNECT', target, status, outcome],
        );
        if (isOpen) {
          const sizes = upgrades === 'end' ? [4, bodySize] : [undefined, undefined];
          assert.deepEqual([requestBodySize, responseBodySize], sizes);
          assert.equal(bodySize, 7);
        }
      });
    }
  }

  test('that no listener of the compatibility API takes is a 405', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) => server.on('request', () => assert.fail('not a request')));
    const session = await clientOf(t, served);
    await request(session, { ':method': 'CONNECT', ':authority': 'x:1' });
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual([exchange.statusCode, exchange.outcome], [405, 'completed']);
    assert.equal(observed.exchanges.length, 1);
  });
});

describe('a server with allowHTTP1', () => {
  test('has one exchange for each request, of either version', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2(
      t,
      (server) =>
        server.on('request', (_q, response) => {
          response.end('x');
        }),
      { allowHTTP1: true },
    );
    await request(await clientOf(t, served), { ':path': '/two' });
    const old = requestHttps(`${served.origin}/one`, {
      rejectUnauthorized: false,
      agent: false,
      ALPNProtocols: ['http/1.1'],
    } as RequestOptions);
    old.end();
    const [response] = await once(old, 'response');
    response.resume();
    const exchanges = await observed.ended(2);
    await once(response, 'close');
    assert.deepEqual(
      exchanges.map(({ target, httpVersion, statusCode }) => [target, httpVersion, statusCode]),
      [
        ['/two', '2', 200],
        ['/one', '1.1', 200],
      ],
    );
    assert.equal(observed.exchanges.length, 2);
    assert.deepEqual(observed.errors, []);
  });
});

describe('a client without ALPN', () => {
  test('is rejected with the 403 that Node writes', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2(t, (server) => server.on('request', () => undefined));
    const socket = connectTls({ port: served.port, host: '127.0.0.1', rejectUnauthorized: false });
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
    });
    await once(socket, 'end');
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(
      [exchange.outcome, exchange.errorCode, exchange.statusCode, exchange.responseSize, exchange.method],
      ['rejected', 'unknown_protocol', 403, bytes, ''],
    );
  });

  test('is nothing where a listener deals with it', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2(t, (server) => server.on('unknownProtocol', (socket) => socket.destroy()));
    const socket = connectTls({ port: served.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    assert.deepEqual(observed.exchanges, []);
  });
});

describe('what the process leaves behind', () => {
  test('an exchange that is open when the process crashes has what is known of it', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) => {
        stream.on('error', () => undefined);
        stream.respond({ ':status': 202 });
        stream.write('part');
      }),
    );
    const session = await clientOf(t, served);
    const stream = session.request({});
    watch(stream);
    await once(stream, 'data');
    observed.observer.endWithProcess({ outcome: 'crashed', errorCode: 'TypeError' }, performance.now());
    const exchange = at(observed.exchanges, 0);
    assert.deepEqual(
      [exchange.statusCode, exchange.outcome, exchange.errorCode, exchange.responseBodySize],
      [202, 'crashed', 'TypeError', 4],
    );
    stream.close();
    await once(stream, 'close');
    assert.equal(observed.exchanges.length, 1);
  });
});

describe('trace context', () => {
  test('the context of handlers is captured, for requests and for streams', async (t) => {
    manageContexts(t);
    const span = trace.wrapSpanContext({
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      traceFlags: TraceFlags.SAMPLED,
    });
    for (const event of ['request', 'stream'] as const) {
      const observed = new Observed(t);
      const served = await serveH2c(t, (server) => {
        server.on(event, (first: unknown, second: unknown) => {
          const stream = event === 'stream' ? first : (second as Http2ServerResponse).stream;
          (stream as Http2ServerResponse['stream']).respond({});
          (stream as Http2ServerResponse['stream']).end('x');
        });
        // As an instrumentation of the server does.
        const { emit } = server;
        server.emit = (...args: unknown[]) => {
          const call = (): boolean => Reflect.apply(emit, server, args);
          return args[0] === event ? context.with(trace.setSpan(context.active(), span), call) : call();
        };
      });
      await request(await clientOf(t, served), {});
      const exchange = at(await observed.ended(1), 0);
      assert.equal(exchange.spanContext?.spanId, '2'.repeat(16), event);
      observed.observer.disable();
    }
  });

  test('a server span that begins inside is found when the head is sent', async (t) => {
    manageContexts(t);
    const observed = new Observed(t);
    const ids = { traceId: '3'.repeat(32), spanId: '4'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    const span = Object.assign(trace.wrapSpanContext(ids), { kind: SpanKind.SERVER }) as Span;
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) =>
        context.with(trace.setSpan(context.active(), span), () => {
          stream.respond({});
          stream.end('x');
        }),
      ),
    );
    await request(await clientOf(t, served), {});
    assert.equal(at(await observed.ended(1), 0).spanContext?.spanId, '4'.repeat(16));
  });

  test('handlers are announced before they are called', async (t) => {
    const order: string[] = [];
    const observed = new Observed(t, { onHandlers: ({ target }) => order.push(`announced ${target}`) });
    const served = await serveH2c(t, (server) =>
      server.on('request', (q, response) => {
        order.push(`called ${q.url}`);
        response.end();
      }),
    );
    await request(await clientOf(t, served), { ':path': '/a' });
    await observed.ended(1);
    assert.deepEqual(order, ['announced /a', 'called /a']);
  });
});

describe('routes', () => {
  test('of Fastify over HTTP/2', async (t) => {
    const observed = new Observed(t);
    const app = fastify({ http2: true });
    app.get('/orders/:id', async () => 'x');
    await app.listen({ port: 0, host: '127.0.0.1' });
    t.after(() => app.close());
    const { port } = at(app.addresses(), 0) as AddressInfo;
    const session = await clientOf(t, {
      server: app.server as never,
      origin: `http://127.0.0.1:${port}`,
      port,
    });
    await request(session, { ':path': '/orders/7' });
    session.close();
    const exchange = at(await observed.ended(1), 0);
    assert.deepEqual(
      [exchange.route, exchange.statusCode, exchange.target],
      ['/orders/:id', 200, '/orders/7'],
    );
  });
});

describe('the observer of HTTP/2 changes nothing', () => {
  test('no listener of a stream, session or server, no property that shows, and nothing left behind', async (t) => {
    const listeners: Record<string, unknown>[] = [];
    const look = async (): Promise<void> => {
      const served = await serveH2c(t, (server) =>
        server.on('request', (_q, response) => {
          const { stream } = response;
          const { session } = stream;
          listeners.push({
            stream: Object.fromEntries(
              stream.eventNames().map((name) => [String(name), stream.listenerCount(name)]),
            ),
            session:
              session === undefined
                ? {}
                : Object.fromEntries(
                    session.eventNames().map((name) => [String(name), session.listenerCount(name)]),
                  ),
            server: Object.fromEntries(
              served.server.eventNames().map((name) => [String(name), served.server.listenerCount(name)]),
            ),
            keys: Object.keys(stream),
          });
          response.end('x');
        }),
      );
      const session = await clientOf(t, served);
      await request(session, {});
      session.destroy();
    };
    await look();
    const observed = new Observed(t);
    await look();
    observed.observer.disable();
    await look();
    assert.deepEqual(listeners[1], listeners[0]);
    assert.deepEqual(listeners[2], listeners[0]);
    assert.equal(observed.exchanges.length, 1);
    assert.equal(channel('http2.server.stream.created').hasSubscribers, false);
  });
});
