import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { compileRecordBuilder } from '../../src/record/record-builder.ts';
import type { RecordOptions } from '../../src/record/record-options.ts';
import {
  connection,
  contentReader,
  exchange,
  RECORD_CONTEXT,
  recordOptions,
} from './support/exchange-factory.ts';

/** What {@link exchange} becomes with the default options. */
const PLAIN = {
  'http.request.method': 'GET',
  'url.path': '/orders/42',
  'url.scheme': 'http',
  'http.route': '/orders/:id',
  'http.response.status_code': 200,
  'client.address': '203.0.113.7',
  'network.peer.address': '203.0.113.7',
  'network.peer.port': 50123,
  'network.protocol.version': '1.1',
  'server.address': 'shop.example',
  'server.port': 3000,
  'user_agent.original': 'curl/8.5.0',
  'http.request.body.size': 0,
  'http.request.size': 78,
  'http.response.body.size': 1532,
  'http.response.size': 1700,
  'http.server.request.duration': 0.0124,
  'access_log.time_to_headers': 0.01125,
  'access_log.outcome': 'completed',
  'access_log.client_address.source': 'socket',
};

/** `PLAIN` without some attributes, and with others. */
function plain(without: readonly (keyof typeof PLAIN)[], more: object = {}): object {
  const attributes: Record<string, unknown> = { ...PLAIN };
  for (const name of without) delete attributes[name];
  return { ...attributes, ...more };
}

describe('the record of an exchange', () => {
  test('is complete', () => {
    const build = contentReader(recordOptions());
    assert.deepEqual(build(exchange(), RECORD_CONTEXT), {
      eventName: 'access_log.request',
      severityNumber: 9,
      severityText: 'INFO',
      body: 'GET /orders/42 200 1532B 12.4ms',
      attributes: PLAIN,
    });
  });

  const x2048 = 'x'.repeat(2048);
  const noHead = [
    'http.response.status_code',
    'http.response.body.size',
    'access_log.time_to_headers',
  ] as const;
  const gone = { statusCode: undefined, responseBodySize: undefined, timeToHeadersMs: undefined };
  type Case = readonly [name: string, Partial<RecordOptions>, Partial<Exchange>, attributes: object];
  const cases: readonly Case[] = [
    [
      'without anything that may be missing',
      {},
      {
        ...gone,
        connection: connection({
          remoteAddress: undefined,
          remotePort: undefined,
          localAddress: undefined,
          localPort: undefined,
        }),
        host: undefined,
        userAgent: undefined,
        requestBodySize: undefined,
        requestSize: undefined,
        responseSize: undefined,
        route: undefined,
        outcome: 'crashed',
      },
      {
        'http.request.method': 'GET',
        'url.path': '/orders/42',
        'url.scheme': 'http',
        'error.type': 'crashed',
        'network.protocol.version': '1.1',
        'http.server.request.duration': 0.0124,
        'access_log.outcome': 'crashed',
      },
    ],
    [
      'with a query',
      {},
      { target: '/orders/42?a=1&token=x' },
      plain([], { 'url.query': 'a=1&token=REDACTED' }),
    ],
    ['with an empty query', {}, { target: '/orders/42?' }, PLAIN],
    [
      'with a query on a sensitive path',
      {},
      { target: '/login?user=a' },
      plain([], { 'url.path': '/login' }),
    ],
    ['with a query on /%6Cogin/', {}, { target: '/%6Cogin/?user=a' }, plain([], { 'url.path': '/%6Cogin/' })],
    [
      'with a query on a path that is sensitive no more',
      { sensitivePaths: [] },
      { target: '/login?user=a' },
      plain([], { 'url.path': '/login', 'url.query': 'user=a' }),
    ],
    [
      'of an absolute target, without its user information',
      {},
      { target: 'http://me:pw@b.example/x?y#z' },
      plain([], { 'url.path': '/x', 'url.query': 'y', 'server.address': 'b.example', 'server.port': 80 }),
    ],
    [
      'of gRPC',
      {},
      { httpVersion: '2', grpcStatus: 0, responseSize: undefined },
      plain(['http.response.size'], { 'network.protocol.version': '2', 'rpc.status_code': 'OK' }),
    ],
    [
      'of gRPC, with a status that is the fault of the client',
      {},
      { grpcStatus: 5 },
      plain([], { 'rpc.status_code': 'NOT_FOUND' }),
    ],
    [
      'of gRPC, with a status that is the fault of the server',
      {},
      { grpcStatus: 13 },
      plain([], { 'rpc.status_code': 'INTERNAL', 'error.type': 'INTERNAL' }),
    ],
    [
      'of gRPC, with a status that is in no table',
      {},
      { grpcStatus: 99 },
      plain([], { 'rpc.status_code': '99' }),
    ],
    [
      'of HTTP/2 that names https, on a connection without TLS',
      {},
      { httpVersion: '2', scheme: 'https', host: 'shop.example' },
      plain([], { 'network.protocol.version': '2', 'url.scheme': 'https', 'server.port': 443 }),
    ],
    [
      'with headers that HTTP/2 sent',
      { responseHeaders: ['content-type', 'set-cookie', 'content-length', 'absent'] },
      {
        responseHeaders: {
          ':status': 200,
          'Content-Type': 'text/x',
          'set-cookie': ['a=1', 'b=2'],
          'content-length': 7,
        },
      },
      plain([], {
        'http.response.header.content-type': ['text/x'],
        'http.response.header.set-cookie': ['a=REDACTED', 'b=REDACTED'],
        'http.response.header.content-length': ['7'],
      }),
    ],
    [
      'of CONNECT',
      {},
      { method: 'CONNECT', target: 'db.example:5432', outcome: 'tunneled' },
      plain(['url.path'], {
        'http.request.method': 'CONNECT',
        'server.address': 'db.example',
        'server.port': 5432,
        'access_log.outcome': 'tunneled',
      }),
    ],
    [
      'of an unknown method',
      {},
      { method: 'PROPFIND' },
      plain([], { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' }),
    ],
    [
      'of a method in small letters',
      {},
      { method: 'get' },
      plain([], { 'http.request.method': '_OTHER', 'http.request.method_original': 'get' }),
    ],
    ['of QUERY', {}, { method: 'QUERY' }, plain([], { 'http.request.method': 'QUERY' })],
    [
      'of a method that only the override knows',
      { knownMethods: ['PROPFIND'] },
      { method: 'PROPFIND' },
      plain([], { 'http.request.method': 'PROPFIND' }),
    ],
    [
      'of a method that the override leaves out',
      { knownMethods: ['PROPFIND'] },
      {},
      plain([], { 'http.request.method': '_OTHER', 'http.request.method_original': 'GET' }),
    ],
    ['of 404', {}, { statusCode: 404 }, plain([], { 'http.response.status_code': 404 })],
    [
      'of 503',
      {},
      { statusCode: 503, errorCode: 'ECONNRESET', outcome: 'aborted' },
      plain([], { 'http.response.status_code': 503, 'error.type': '503', 'access_log.outcome': 'aborted' }),
    ],
    [
      'of 503 that the end of the process cut off',
      {},
      { statusCode: 503, errorCode: 'RangeError', outcome: 'crashed' },
      plain([], {
        'http.response.status_code': 503,
        'error.type': 'RangeError',
        'access_log.outcome': 'crashed',
      }),
    ],
    [
      'aborted, with a code',
      {},
      { ...gone, outcome: 'aborted', errorCode: 'ECONNRESET' },
      plain(noHead, { 'error.type': 'ECONNRESET', 'access_log.outcome': 'aborted' }),
    ],
    [
      'aborted, without a code',
      {},
      { outcome: 'aborted' },
      plain([], { 'error.type': 'aborted', 'access_log.outcome': 'aborted' }),
    ],
    [
      'timed out with 408',
      {},
      { statusCode: 408, outcome: 'timeout', errorCode: 'ERR_HTTP_REQUEST_TIMEOUT' },
      plain([], {
        'http.response.status_code': 408,
        'error.type': 'ERR_HTTP_REQUEST_TIMEOUT',
        'access_log.outcome': 'timeout',
      }),
    ],
    ['completed, with a code', {}, { errorCode: 'ECONNRESET' }, PLAIN],
    [
      'rounded to nanoseconds, and never negative',
      {},
      { durationMs: 0.1234567, timeToHeadersMs: -1e-9 },
      plain([], {
        'http.server.request.duration': 0.000123457,
        'access_log.time_to_headers': 0,
      }),
    ],
    [
      'over TLS and HTTP/1.0',
      {},
      { connection: connection({ encrypted: true }), httpVersion: '1.0', host: 'shop.example' },
      plain([], { 'url.scheme': 'https', 'network.protocol.version': '1.0', 'server.port': 443 }),
    ],
    [
      'through a trusted proxy',
      { trustedProxies: ['203.0.113.0/24'] },
      { requestHeaders: { 'x-forwarded-for': '9.9.9.9, 198.51.100.9', 'x-forwarded-proto': 'https' } },
      plain([], {
        'url.scheme': 'https',
        'client.address': '198.51.100.9',
        'access_log.client_address.source': 'x-forwarded-for',
      }),
    ],
    [
      'with truncated addresses',
      { trustedProxies: ['203.0.113.0/24'], clientIp: 'truncated' },
      { requestHeaders: { 'x-forwarded-for': '[2001:db8:1:2::3]:80' } },
      plain([], {
        'client.address': '2001:db8:1::',
        'network.peer.address': '203.0.113.0',
        'access_log.client_address.source': 'x-forwarded-for',
      }),
    ],
    [
      'through a proxy on a Unix socket',
      { trustedProxies: ['unix'] },
      {
        connection: connection({
          isUnixSocket: true,
          remoteAddress: undefined,
          remotePort: undefined,
          localAddress: undefined,
          localPort: undefined,
        }),
        requestHeaders: { 'x-forwarded-for': '9.9.9.9, 198.51.100.9', 'x-forwarded-proto': 'https' },
      },
      plain(['network.peer.address', 'network.peer.port'], {
        'url.scheme': 'https',
        'client.address': '198.51.100.9',
        'access_log.client_address.source': 'x-forwarded-for',
      }),
    ],
    [
      'without addresses',
      { trustedProxies: ['203.0.113.0/24'], clientIp: 'none' },
      { requestHeaders: { 'x-forwarded-for': '198.51.100.9' } },
      plain([
        'client.address',
        'network.peer.address',
        'network.peer.port',
        'access_log.client_address.source',
      ]),
    ],
    [
      'with captured headers',
      {
        requestHeaders: ['x-a', 'x-b', 'constructor'],
        responseHeaders: ['content-type', 'set-cookie', 'x-none'],
      },
      {
        requestHeaders: { 'x-a': '1', 'x-c': '2', 'x-b': ['3', '4'] },
        responseHead:
          'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-D: 5\r\n\r\n',
      },
      plain([], {
        'http.request.header.x-a': ['1'],
        'http.request.header.x-b': ['3', '4'],
        'http.response.header.content-type': ['text/html'],
        'http.response.header.set-cookie': ['a=REDACTED', 'b=REDACTED'],
      }),
    ],
    [
      'with kept headers that nobody asked to be written',
      {},
      { requestHeaders: { cookie: 'a=b' }, responseHead: 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n' },
      PLAIN,
    ],
    [
      'with a path too long to be judged: without its query',
      {},
      { target: `/${x2048}?a=1` },
      plain([], { 'url.path': `/${x2048}`.slice(0, 2048), 'access_log.truncated': ['url.path'] }),
    ],
    [
      'cut to the caps',
      {},
      {
        method: 'M'.repeat(65),
        target: `/a?token=x&${x2048}`,
        userAgent: x2048,
        host: x2048,
        route: x2048,
        errorCode: x2048,
        outcome: 'aborted',
      },
      plain([], {
        'http.request.method': '_OTHER',
        'http.request.method_original': 'M'.repeat(64),
        'url.path': '/a',
        'url.query': `token=REDACTED&${x2048}`.slice(0, 2048),
        'http.route': x2048.slice(0, 512),
        'error.type': x2048.slice(0, 64),
        'server.address': x2048.slice(0, 255),
        'server.port': 80,
        'user_agent.original': x2048.slice(0, 512),
        'access_log.outcome': 'aborted',
        'access_log.truncated': [
          ...['http.request.method_original', 'url.query', 'server.address', 'user_agent.original'],
          ...['http.route', 'error.type'],
        ],
      }),
    ],
  ];
  for (const [name, options, overrides, attributes] of cases) {
    test(name, () => {
      const build = contentReader(recordOptions(options));
      assert.deepEqual(build(exchange(overrides), RECORD_CONTEXT).attributes, attributes);
    });
  }

  test('carries the attributes of the hook, and shows those in its body', () => {
    const build = contentReader(recordOptions());
    const record = build(exchange(), RECORD_CONTEXT, { tenant: 'a', 'url.path': '/orders/-' });
    assert.equal(record.body, 'GET /orders/- 200 1532B 12.4ms');
    assert.deepEqual(record.attributes, plain([], { tenant: 'a', 'url.path': '/orders/-' }));
  });

  test('leaves the exchange as it is', () => {
    const raw = exchange({
      target: '/a?token=x',
      requestHeaders: { cookie: 'a=b', 'x-forwarded-for': ['1.1.1.1'] },
      responseHead: 'HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n',
    });
    const before = structuredClone({ ...raw, context: undefined });
    const options = {
      requestHeaders: ['cookie'],
      responseHeaders: ['set-cookie'],
      trustedProxies: ['203.0.113.7'],
    };
    contentReader(recordOptions(options))(Object.freeze(raw), RECORD_CONTEXT);
    assert.deepEqual({ ...raw, context: undefined }, before);
  });
});

describe('what the observer must keep', () => {
  const cases: readonly [options: Partial<RecordOptions>, names: string[], wantsResponseHead: boolean][] = [
    [{}, [], false],
    [{ requestHeaders: ['x-a'], responseHeaders: ['x-b'] }, ['x-a'], true],
    [
      { requestHeaders: ['x-a', 'forwarded'], trustedProxies: ['cloudflare'] },
      [...['x-a', 'forwarded', 'x-forwarded-for', 'cf-connecting-ip', 'x-forwarded-proto', 'tracestate']],
      false,
    ],
    [
      { trustedProxies: 1, clientIpHeaders: ['x-real-ip'], originHeaders: ['x-forwarded-host', 'forwarded'] },
      ['x-real-ip', 'x-forwarded-host', 'forwarded', 'tracestate'],
      false,
    ],
  ];
  for (const [options, names, wantsResponseHead] of cases) {
    test(JSON.stringify(options), () => {
      const builder = compileRecordBuilder(recordOptions(options));
      assert.deepEqual([builder.requestHeaderNames, builder.wantsResponseHead], [names, wantsResponseHead]);
    });
  }
});

describe('compileRecordBuilder', () => {
  const cases: readonly Partial<RecordOptions>[] = [
    { trustedProxies: ['proxy.example'] },
    { noise: ['health'] },
    { sensitivePaths: ['login'] },
  ];
  for (const options of cases) {
    test(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => compileRecordBuilder(recordOptions(options)), TypeError);
    });
  }
});
