// What is recorded is held against the bytes that a raw client sent and got. The scenarios are those that
// hand-written middleware gets wrong: aborts, pipelining, implicit heads, answers that Node gives itself.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '../support/certificates.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { listen, Observed, type Seen, seen, serve } from './support/observed.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Scenario {
  readonly name: string;
  readonly options?: ServerOptions;
  readonly handler: Handler;
  readonly requests: readonly string[];
  readonly methods?: readonly string[];
  /** What differs from a completed `GET /` with a 200 whose sizes are those on the wire. */
  readonly expected: readonly Partial<Seen>[];
}

const ok: Handler = (_request, response) => response.end('hello');
const echo: Handler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.end(Buffer.concat(chunks)));
};

const completed: readonly Scenario[] = [
  { name: 'end with a text', handler: ok, requests: [requestText('/')], expected: [{}] },
  {
    name: 'an answer after some asynchronous work',
    handler: (_request, response) => setImmediate(() => response.end('later')),
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'implicit 200, chunked',
    handler: (_request, response) => {
      response.write('one');
      response.write(Buffer.from('two'));
      response.end('three');
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'texts in other encodings count as the bytes that they become',
    handler: (_request, response) => {
      response.write('äöü');
      response.write('c3a4', 'hex');
      response.end('w6Q=', 'base64');
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'end without a body',
    handler: (_request, response) => response.end(),
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'end with a callback only',
    handler: (_request, response) => response.end(() => undefined),
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'a status set after the head was sent is not the status',
    handler: (_request, response) => {
      response.writeHead(202);
      response.write('x');
      response.statusCode = 500;
      response.end();
    },
    requests: [requestText('/')],
    expected: [{ statusCode: 202 }],
  },
  {
    name: 'flushed head',
    handler: (_request, response) => {
      response.flushHeaders();
      setImmediate(() => response.end('hello'));
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'HEAD has no body, whatever is written',
    handler: ok,
    requests: [requestText('/', { method: 'HEAD' })],
    methods: ['HEAD'],
    expected: [{ method: 'HEAD' }],
  },
  {
    name: '204 and 304 have no body, whatever is written',
    handler: (request, response) => {
      response.statusCode = request.url === '/204' ? 204 : 304;
      response.write('not sent');
      response.end('nor this');
    },
    requests: [requestText('/204'), requestText('/304')],
    expected: [
      { target: '/204', statusCode: 204 },
      { target: '/304', statusCode: 304 },
    ],
  },
  {
    name: '1xx before the final head',
    handler: (_request, response) => {
      response.writeContinue();
      response.writeEarlyHints({ link: '</x.css>; rel=preload' });
      response.writeProcessing();
      response.end('hello');
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'trailers',
    handler: (_request, response) => {
      response.writeHead(200, { Trailer: 'Digest' });
      response.write('hello');
      response.addTrailers({ Digest: 'x' });
      response.end();
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'compressed: the bytes on the wire',
    handler: (_request, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync('x'.repeat(10_000)));
    },
    requests: [requestText('/')],
    expected: [{}],
  },
  {
    name: 'HTTP/1.0 without a length',
    handler: (_request, response) => {
      response.write('one');
      response.end('two');
    },
    requests: ['GET / HTTP/1.0\r\n\r\n'],
    expected: [{}],
  },
  {
    name: 'pipelined, the first one slow',
    handler: (request, response) => {
      if (request.url === '/1') setTimeout(() => response.end('first'), 20);
      else response.end(`answer to ${request.url}`);
    },
    requests: [requestText('/1'), requestText('/2'), requestText('/3')],
    expected: [{ target: '/1' }, { target: '/2' }, { target: '/3' }],
  },
  {
    name: 'request bodies: a length, chunks, none, one that nobody reads',
    handler: (request, response) =>
      request.url === '/unread' ? response.end('no thanks') : echo(request, response),
    requests: [
      requestText('/length', { method: 'POST', body: 'hello' }),
      requestText('/chunked', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }) +
        '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
      requestText('/none', { method: 'POST' }),
      requestText('/unread', { method: 'POST', body: 'hello' }),
    ],
    expected: [
      { method: 'POST', target: '/length', requestBodySize: 5 },
      { method: 'POST', target: '/chunked', requestBodySize: 11 },
      { method: 'POST', target: '/none' },
      { method: 'POST', target: '/unread', requestBodySize: 5 },
    ],
  },
  {
    name: 'Expect: 100-continue',
    handler: echo,
    requests: [requestText('/', { method: 'POST', headers: { Expect: '100-continue' }, body: 'hello' })],
    expected: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: '417, which Node answers itself',
    handler: ok,
    requests: [requestText('/', { headers: { Expect: 'wonders' } })],
    expected: [{ statusCode: 417 }],
  },
  {
    name: '400 for a missing Host, which Node answers itself',
    handler: ok,
    requests: ['GET / HTTP/1.1\r\n\r\n'],
    expected: [{ statusCode: 400 }],
  },
  {
    name: '503 over maxRequestsPerSocket, which Node answers itself',
    options: { keepAlive: true },
    handler: ok,
    requests: [requestText('/1'), requestText('/2')],
    expected: [{ target: '/1' }, { target: '/2', statusCode: 503 }],
  },
];

describe('exchanges that complete', () => {
  for (const scenario of completed) {
    test(scenario.name, async (t) => {
      const observed = new Observed(t);
      const { server, port } = await serve(t, scenario.options ?? {}, scenario.handler);
      if (scenario.name.includes('maxRequestsPerSocket')) server.maxRequestsPerSocket = 1;
      const client = await RawClient.connect(t, { port });
      await client.pipeline(scenario.requests);
      if (scenario.requests[0]?.includes('HTTP/1.0')) await client.closed();
      const responses = await client.responses(scenario.requests.length, scenario.methods);
      const exchanges = await observed.ended(scenario.requests.length);

      assert.deepEqual(
        exchanges.map(seen),
        responses.map((response, index) => ({
          method: 'GET',
          target: '/',
          statusCode: response.status,
          outcome: 'completed',
          errorCode: undefined,
          requestBodySize: 0,
          responseBodySize: response.body.length,
          responseSize: exchanges[index]?.responseSize,
          sentHead: true,
          ...scenario.expected[index],
        })),
      );
      const wireSizes = exchanges.map(({ responseSize = 0 }) => responseSize);
      assert.equal(
        wireSizes.reduce((sum, size) => sum + size, 0),
        client.received.length,
        'the sizes of all responses add up to what the client received',
      );
      assert.deepEqual(observed.errors, []);
    });
  }

  test('TLS', async (t) => {
    const observed = new Observed(t);
    const { cert, key } = await selfSigned();
    const port = await listen(t, createTlsServer({ cert, key }, ok));
    const client = await RawClient.connect(t, { port, tls: { ca: cert, servername: 'localhost' } });
    await client.send(requestText('/'));
    await client.responses(1);
    const [exchange] = await observed.ended(1);
    assert.ok(exchange !== undefined);
    assert.equal(exchange.connection.encrypted, true);
    assert.equal(exchange.statusCode, 200);
    assert.equal(exchange.responseSize, client.received.length);
  });
});

describe('exchanges that break off', () => {
  interface Broken {
    readonly name: string;
    readonly options?: ServerOptions;
    readonly handler: (request: IncomingMessage, response: ServerResponse, client: () => RawClient) => void;
    readonly requests: readonly string[];
    readonly prepare?: (server: Awaited<ReturnType<typeof serve>>['server']) => void;
    readonly act?: (client: RawClient) => void | Promise<void>;
    readonly expected: readonly Partial<Seen>[];
    /** Node 24 and later tell a reason for some of them. */
    readonly codes?: readonly (string | undefined)[];
  }
  const none = {
    method: 'GET',
    target: '/',
    statusCode: undefined,
    outcome: 'aborted',
    errorCode: undefined,
    requestBodySize: 0,
    responseBodySize: undefined,
    responseSize: undefined,
    sentHead: false,
  };

  const scenarios: readonly Broken[] = [
    {
      name: 'the client leaves before the head: no status',
      handler: (_request, _response, client) => client().destroy(),
      requests: [requestText('/')],
      expected: [{}],
    },
    {
      name: 'the client resets before the head',
      handler: (_request, _response, client) => client().reset(),
      requests: [requestText('/')],
      expected: [{ errorCode: 'ECONNRESET' }],
    },
    {
      name: 'the client half-closes before the head: Node ends the connection',
      handler: (_request, _response, client) => client().halfClose(),
      requests: [requestText('/')],
      expected: [{}],
    },
    {
      name: 'the client leaves in the middle of the body: the status that was sent',
      handler: (_request, response, client) => {
        response.statusCode = 201;
        response.write('abc');
        void client()
          .receive(20)
          .then(() => client().destroy());
      },
      requests: [requestText('/')],
      expected: [{ statusCode: 201, responseBodySize: 3, sentHead: true }],
    },
    {
      name: 'the client leaves in the middle of its own body',
      handler: (_request, _response, client) => client().destroy(),
      requests: [`${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`],
      // Node answers what it takes for half of a message; whether the client reads that is not known.
      expected: [
        {
          method: 'POST',
          statusCode: 400,
          requestBodySize: 5,
          errorCode: 'HPE_INVALID_EOF_STATE',
          responseBodySize: 0,
          responseSize: 47,
        },
      ],
    },
    {
      name: 'a large response that nobody reads is not complete',
      handler: (_request, response, client) => {
        client().pause();
        response.end(Buffer.alloc(16 * 1024 * 1024));
        setImmediate(() => client().reset());
      },
      requests: [requestText('/')],
      expected: [
        { statusCode: 200, errorCode: 'ECONNRESET', responseBodySize: 16 * 1024 * 1024, sentHead: true },
      ],
    },
    {
      name: 'the application destroys the response before the head',
      handler: (_request, response) => response.destroy(),
      requests: [requestText('/')],
      expected: [{}],
    },
    {
      name: 'the application destroys the response after the head',
      handler: (_request, response, client) => {
        response.write('abc');
        void client()
          .receive(20)
          .then(() => response.destroy(Object.assign(new Error('boom'), { code: 'E_BOOM' })));
        response.on('error', () => undefined);
      },
      requests: [requestText('/')],
      expected: [{ statusCode: 200, errorCode: 'E_BOOM', responseBodySize: 3, sentHead: true }],
    },
    {
      name: 'the application destroys the socket in the tick of a small end: it was sent',
      handler: (_request, response) => {
        const { socket } = response;
        response.end('x');
        socket?.destroy();
      },
      requests: [requestText('/')],
      expected: [
        { statusCode: 200, outcome: 'completed', responseBodySize: 1, responseSize: 123, sentHead: true },
      ],
    },
    {
      name: 'pipelined, the client leaves while the first one is open: queued responses never left',
      handler: (request, response, client) => {
        if (request.url === '/1') return;
        response.end('queued');
        if (request.url === '/3') client().destroy();
      },
      requests: [requestText('/1'), requestText('/2'), requestText('/3')],
      expected: [{ target: '/1' }, { target: '/2' }, { target: '/3' }],
    },
    {
      name: 'requestTimeout: 408, which Node writes itself',
      options: { requestTimeout: 50, headersTimeout: 40, connectionsCheckingInterval: 10 },
      handler: echo,
      requests: [`${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`],
      expected: [
        {
          method: 'POST',
          statusCode: 408,
          outcome: 'timeout',
          errorCode: 'ERR_HTTP_REQUEST_TIMEOUT',
          requestBodySize: 5,
          responseBodySize: 0,
          responseSize: 51,
        },
      ],
    },
    {
      name: 'requestTimeout, which the handler answers too, but too late',
      options: { requestTimeout: 50, headersTimeout: 40, connectionsCheckingInterval: 10 },
      handler: (request, response) => {
        request.on('aborted', () => response.writeHead(400).end('your body broke off'));
        request.resume();
      },
      requests: [`${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`],
      expected: [
        {
          method: 'POST',
          statusCode: 408,
          outcome: 'timeout',
          errorCode: 'ERR_HTTP_REQUEST_TIMEOUT',
          requestBodySize: 5,
          responseBodySize: 0,
          responseSize: 51,
        },
      ],
    },
    {
      name: 'requestTimeout after the head: the status that was sent',
      options: { requestTimeout: 50, headersTimeout: 40, connectionsCheckingInterval: 10 },
      handler: (request, response) => {
        request.resume();
        response.write('abc');
      },
      requests: [`${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`],
      expected: [
        {
          method: 'POST',
          statusCode: 200,
          outcome: 'timeout',
          errorCode: 'ERR_HTTP_REQUEST_TIMEOUT',
          requestBodySize: 5,
          responseBodySize: 3,
          sentHead: true,
        },
      ],
    },
    {
      name: 'server.setTimeout: a timeout, though Node gives no reason',
      prepare: (server) => server.setTimeout(40),
      handler: () => undefined,
      requests: [requestText('/')],
      expected: [{ outcome: 'timeout' }],
    },
    {
      name: 'a malformed chunk: 400, which Node writes itself',
      handler: echo,
      requests: [
        `${requestText('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}zz\r\n`,
      ],
      expected: [
        {
          method: 'POST',
          statusCode: 400,
          errorCode: 'HPE_INVALID_CHUNK_SIZE',
          responseBodySize: 0,
          responseSize: 47,
        },
      ],
    },
    {
      name: 'a malformed chunk, answered by the application itself: the status that it wrote',
      prepare: (server) => {
        server.on('clientError', (_error, socket) => {
          socket.end('HTTP/1.1 422 Nope\r\n\r\n', () => socket.destroy());
        });
      },
      handler: echo,
      requests: [
        `${requestText('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}zz\r\n`,
      ],
      expected: [
        {
          method: 'POST',
          statusCode: 422,
          errorCode: 'HPE_INVALID_CHUNK_SIZE',
          responseBodySize: 0,
          responseSize: 21,
        },
      ],
    },
    {
      name: 'server.closeAllConnections',
      handler: (_request, response) => {
        response.write('abc');
        setImmediate(() =>
          (response.req.socket as { server?: { closeAllConnections(): void } }).server?.closeAllConnections(),
        );
      },
      requests: [requestText('/')],
      expected: [{ statusCode: 200, responseBodySize: 3, sentHead: true }],
    },
  ];

  for (const scenario of scenarios) {
    test(scenario.name, async (t) => {
      await runBroken(t, scenario);
    });
  }

  async function runBroken(t: TestContext, scenario: Broken): Promise<void> {
    const observed = new Observed(t);
    let client: RawClient | undefined;
    const { server, port } = await serve(t, scenario.options ?? {}, (request, response) =>
      scenario.handler(request, response, () => {
        if (client === undefined) throw new Error('no client yet');
        return client;
      }),
    );
    scenario.prepare?.(server);
    client = await RawClient.connect(t, { port });
    await client.pipeline(scenario.requests);
    const exchanges = await observed.ended(scenario.expected.length);
    const bySame = (index: number): Partial<Seen> => scenario.expected[index] ?? {};
    assert.deepEqual(
      exchanges.map((exchange, index) => {
        const { errorCode, ...rest } = seen(exchange);
        // Node 24 tells why queued responses were closed, Node 22 why a socket was destroyed; earlier ones do not.
        const told =
          errorCode === 'ECONNRESET' && bySame(index).errorCode === undefined ? undefined : errorCode;
        return { ...rest, errorCode: told };
      }),
      exchanges.map((_exchange, index) => ({ ...none, ...bySame(index) })),
    );
    assert.deepEqual(observed.errors, []);
  }
});
