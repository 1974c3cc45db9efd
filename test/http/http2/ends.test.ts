// How streams end: what is recorded is held against what a client saw of the same stream.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import {
  type ClientHttp2Session,
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Observed, type Seen, seen } from '../support/observed.ts';
import {
  type AnyHttp2Server,
  clientOf,
  request,
  type SeenByClient,
  type Served,
  serveH2,
  serveH2c,
  watch,
} from './support/servers.ts';

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type OnRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

const {
  NGHTTP2_CANCEL,
  NGHTTP2_INTERNAL_ERROR,
  NGHTTP2_ENHANCE_YOUR_CALM,
  NGHTTP2_NO_ERROR,
  NGHTTP2_REFUSED_STREAM,
} = constants;
const FILE = fileURLToPath(import.meta.url);
const BIG = Buffer.alloc(8 * 1024 * 1024);

interface Scenario {
  readonly name: string;
  readonly onStream?: OnStream;
  readonly onRequest?: OnRequest;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** What the client does, if not one request whose response it reads. */
  readonly client?: (
    session: ClientHttp2Session,
    server: AnyHttp2Server,
  ) => Promise<SeenByClient | undefined>;
  /** What differs from a completed `GET /` whose status and body are those that the client saw. */
  readonly expected: Partial<Seen>;
}

const quiet = (stream: ServerHttp2Stream): ServerHttp2Stream => stream.on('error', () => undefined);

/** Sends a request, waits for what the server does, and then ends the stream so. */
function after(
  event: 'response' | 'data',
  end: (stream: ReturnType<ClientHttp2Session['request']>, session: ClientHttp2Session) => void,
  headers: OutgoingHttpHeaders = {},
): NonNullable<Scenario['client']> {
  return async (session) => {
    const stream = session.request(headers, { endStream: headers[':method'] !== 'POST' });
    const watched = watch(stream);
    await once(stream, event);
    end(stream, session);
    return watched;
  };
}

/** Resets a request that the server has not answered. */
function beforeHeaders(
  end: (stream: ReturnType<ClientHttp2Session['request']>, session: ClientHttp2Session) => void,
): NonNullable<Scenario['client']> {
  return async (session, server) => {
    const arrived = once(server, 'stream');
    const stream = session.request({});
    const watched = watch(stream);
    await arrived;
    end(stream, session);
    return watched;
  };
}

const COMPLETED: readonly Scenario[] = [
  { name: 'compat: end with a text', onRequest: (_q, s) => s.end('hello'), expected: {} },
  {
    name: 'compat: chunks after some time',
    onRequest: (_q, s) => {
      s.write('one');
      setImmediate(() => {
        s.write(Buffer.from('two'));
        s.end('ä');
      });
    },
    expected: {},
  },
  {
    name: 'compat: corked writes',
    onRequest: (_q, s) => {
      s.writeHead(200);
      s.stream.cork();
      s.write('one');
      s.write('zwölf');
      s.stream.uncork();
      s.end();
    },
    expected: {},
  },
  { name: 'compat: end without a body', onRequest: (_q, s) => s.end(), expected: {} },
  {
    name: 'compat: HEAD',
    onRequest: (_q, s) => s.end('not sent'),
    headers: { ':method': 'HEAD' },
    expected: { method: 'HEAD' },
  },
  {
    name: 'compat: 204',
    onRequest: (_q, s) => {
      s.statusCode = 204;
      s.end();
    },
    expected: {},
  },
  {
    name: 'compat: early hints',
    onRequest: (_q, s) => {
      s.writeEarlyHints({ link: '</x.css>; rel=preload' });
      s.end('x');
    },
    expected: {},
  },
  {
    name: 'compat: a status set after the head was sent is not the status',
    onRequest: (_q, s) => {
      s.writeHead(202);
      s.write('x');
      s.statusCode = 500;
      s.end();
    },
    expected: { statusCode: 202 },
  },
  {
    name: 'compat: a query',
    headers: { ':path': '/a?b=1' },
    onRequest: (_q, s) => s.end(),
    expected: { target: '/a?b=1' },
  },
  {
    name: 'compat: a body that is read',
    headers: { ':method': 'POST' },
    body: 'a body',
    onRequest: (q, s) => {
      q.resume();
      q.on('end', () => s.end('x'));
    },
    expected: { method: 'POST', requestBodySize: 6 },
  },
  {
    name: 'compat: Expect: 100-continue',
    headers: { ':method': 'POST', expect: '100-continue' },
    body: 'a body',
    onRequest: (q, s) => {
      q.resume();
      q.on('end', () => s.end('x'));
    },
    expected: { method: 'POST', requestBodySize: 6 },
  },
  {
    name: 'compat: another expectation',
    headers: { expect: 'other' },
    onRequest: (_q, s) => s.end('x'),
    expected: { statusCode: 417 },
  },
  {
    name: 'compat: trailers',
    onRequest: (_q, s) => {
      s.write('x');
      s.addTrailers({ 'x-sum': '1' });
      s.end();
    },
    expected: {},
  },
  {
    name: 'stream: respond and end',
    onStream: (s) => {
      s.respond({ ':status': 201 });
      s.end('hello');
    },
    expected: { statusCode: 201 },
  },
  {
    name: 'stream: a head that Node makes',
    onStream: (s) => {
      s.end('hello');
    },
    expected: {},
  },
  {
    name: 'stream: endStream',
    onStream: (s) => {
      s.respond({ ':status': 404 }, { endStream: true });
    },
    expected: { statusCode: 404 },
  },
  {
    name: 'stream: trailers',
    onStream: (s) => {
      s.respond({}, { waitForTrailers: true });
      s.on('wantTrailers', () => s.sendTrailers({ a: 'b' }));
      s.end('x');
    },
    expected: {},
  },
  {
    name: 'stream: a file',
    onStream: (s) => s.respondWithFile(FILE),
    expected: { responseBodySize: statSync(FILE).size },
  },
  {
    name: 'stream: a part of a file',
    onStream: (s) => s.respondWithFile(FILE, {}, { offset: 10, length: 20 }),
    expected: { responseBodySize: 20 },
  },
  {
    name: 'stream: a file that has not changed',
    onStream: (s) =>
      s.respondWithFile(
        FILE,
        {},
        {
          statCheck: () => {
            s.respond({ ':status': 304 });
            return false;
          },
        },
      ),
    expected: {},
  },
  {
    name: 'stream: a file that is not there, and an answer instead',
    onStream: (s) =>
      s.respondWithFile(
        '/nowhere',
        {},
        {
          onError: () => {
            s.respond({ ':status': 404 });
            s.end('gone');
          },
        },
      ),
    expected: { statusCode: 404, responseBodySize: 4 },
  },
  {
    name: 'stream: 413 while the body arrives',
    headers: { ':method': 'POST' },
    client: after('response', () => undefined, { ':method': 'POST' }),
    onStream: (s) => {
      s.respond({ ':status': 413 });
      s.end('too large');
    },
    expected: { method: 'POST', statusCode: 413 },
  },
  {
    name: 'stream: 8 MiB',
    onStream: (s) => {
      s.respond({});
      s.end(BIG);
    },
    expected: {},
  },
  {
    name: 'a reset of the client after a complete response, while its own body is open',
    onStream: (s) => {
      quiet(s);
      s.resume();
      s.respond({});
      s.end('whole');
    },
    client: async (session) => {
      const stream = session.request({ ':method': 'POST' });
      const watched = watch(stream);
      stream.write('part');
      await once(stream, 'end');
      stream.close(NGHTTP2_CANCEL);
      return watched;
    },
    expected: { method: 'POST', requestBodySize: 4 },
  },
  {
    name: 'an event stream whose client closes it',
    onStream: (s) => {
      quiet(s);
      s.respond({ 'Content-Type': 'text/event-stream' });
      s.write('data: 1\n\n');
    },
    client: after('data', (stream) => stream.close(NGHTTP2_CANCEL)),
    expected: {},
  },
  {
    name: 'an event stream whose client closes the connection',
    onRequest: (_q, s) => {
      s.setHeader('content-type', 'text/event-stream; charset=utf-8');
      s.write('data: 1\n\n');
    },
    client: after('data', (_stream, session) => session.destroy()),
    expected: {},
  },
  {
    name: 'GOAWAY of the server: what is open goes on',
    onStream: (s) => {
      s.session?.goaway(NGHTTP2_NO_ERROR);
      setImmediate(() => {
        s.respond({});
        s.end('last');
      });
    },
    expected: {},
  },
  {
    name: 'GOAWAY of the client without an error: what is open goes on',
    onStream: (s) => {
      s.session?.on('goaway', () => {
        s.respond({});
        s.end('last');
      });
    },
    client: beforeHeaders((_stream, session) => session.goaway(NGHTTP2_NO_ERROR)),
    expected: {},
  },
];

const noHead: Partial<Seen> = { statusCode: undefined, sentHead: false, responseBodySize: undefined };

const BROKEN: readonly Scenario[] = [
  {
    name: 'a reset before the head',
    onRequest: () => undefined,
    client: beforeHeaders((stream) => stream.close(NGHTTP2_CANCEL)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'a reset with another code',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((stream) => stream.close(NGHTTP2_ENHANCE_YOUR_CALM)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_ENHANCE_YOUR_CALM' },
  },
  {
    name: 'a reset with a code that is not registered',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((stream) => stream.close(4711)),
    expected: { ...noHead, outcome: 'aborted', errorCode: '_OTHER' },
  },
  {
    name: 'the connection is closed before the head',
    onRequest: () => undefined,
    client: beforeHeaders((_stream, session) => session.destroy()),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'GOAWAY of the client with an error',
    onStream: (s) => {
      quiet(s);
    },
    client: beforeHeaders((_stream, session) => session.goaway(NGHTTP2_ENHANCE_YOUR_CALM)),
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_ENHANCE_YOUR_CALM' },
  },
  {
    name: 'a reset in the middle of a response',
    onRequest: (_q, s) => {
      s.write('part');
    },
    client: after('data', (stream) => stream.close(NGHTTP2_CANCEL)),
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'compat: the response is destroyed',
    onRequest: (_q, s) => {
      (s as unknown as { destroy(): void }).destroy();
    },
    expected: { ...noHead, outcome: 'aborted' },
  },
  {
    name: 'the stream is destroyed before the head',
    onStream: (s) => {
      quiet(s).destroy(new Error('no'));
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_INTERNAL_ERROR' },
  },
  {
    name: 'the stream is destroyed by an error with a code',
    onStream: (s) => {
      quiet(s).destroy(Object.assign(new Error('no'), { code: 'E_OWN' }));
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'E_OWN' },
  },
  {
    name: 'the stream is closed before the head',
    onStream: (s) => {
      quiet(s).close(NGHTTP2_REFUSED_STREAM);
    },
    expected: { ...noHead, outcome: 'aborted', errorCode: 'NGHTTP2_REFUSED_STREAM' },
  },
  {
    name: 'the stream is destroyed after the head',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.destroy());
    },
    expected: { outcome: 'aborted' },
  },
  {
    name: 'the stream is closed after the head',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.close(NGHTTP2_INTERNAL_ERROR));
    },
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_INTERNAL_ERROR' },
  },
  {
    name: 'an event stream that the server resets',
    onStream: (s) => {
      quiet(s).respond({ 'content-type': 'text/event-stream' });
      s.write('data: 1\n\n');
      setImmediate(() => s.close(NGHTTP2_CANCEL));
    },
    expected: { outcome: 'aborted', errorCode: 'NGHTTP2_CANCEL' },
  },
  {
    name: 'the server destroys the session',
    onStream: (s) => {
      quiet(s).respond({});
      s.write('part');
      setImmediate(() => s.session?.destroy());
    },
    expected: { outcome: 'aborted' },
  },
  {
    name: 'fewer bytes than content-length',
    onStream: (s) => {
      quiet(s).respond({ 'content-length': 10 });
      s.end('four');
    },
    expected: { outcome: 'aborted', errorCode: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' },
  },
  {
    name: 'a reset while 8 MiB are sent',
    onStream: (s) => {
      quiet(s).respond({});
      s.end(BIG);
    },
    client: async (session) => {
      const stream = session.request({});
      stream.on('error', () => undefined);
      await once(stream, 'response');
      stream.close(NGHTTP2_CANCEL);
      return undefined;
    },
    expected: {
      statusCode: 200,
      responseBodySize: BIG.length,
      outcome: 'aborted',
      errorCode: 'NGHTTP2_CANCEL',
    },
  },
];

async function play(
  t: TestContext,
  served: Served,
  observed: Observed,
  scenario: Scenario,
): Promise<[Seen, SeenByClient | undefined]> {
  const session = await clientOf(t, served);
  const { client, headers = {}, body } = scenario;
  const client_ = client ?? ((to: ClientHttp2Session) => request(to, headers, body));
  const byClient = await client_(session, served.server);
  const [exchange] = await observed.ended(1);
  assert.ok(exchange);
  assert.equal(exchange.httpVersion, '2');
  assert.deepEqual(observed.errors, []);
  assert.equal(observed.exchanges.length, 1);
  assert.equal(observed.observer.openExchanges, 0);
  return [seen(exchange), byClient];
}

for (const [kind, serve] of [
  ['h2c', serveH2c],
  ['h2', serveH2],
] as const) {
  describe(`${kind}: a stream is recorded as its client saw it`, () => {
    for (const scenario of [...COMPLETED, ...BROKEN]) {
      test(scenario.name, async (t) => {
        const observed = new Observed(t);
        const served = await serve(t, (server: AnyHttp2Server) => {
          if (scenario.onStream !== undefined) server.on('stream', scenario.onStream);
          if (scenario.onRequest !== undefined) server.on('request', scenario.onRequest);
        });
        const [recorded, byClient] = await play(t, served, observed, scenario);
        const expected: Seen = {
          method: 'GET',
          target: '/',
          statusCode: byClient?.status,
          outcome: 'completed',
          errorCode: undefined,
          requestBodySize: scenario.expected.method === 'POST' ? undefined : 0,
          responseBodySize: byClient?.status === undefined ? undefined : byClient.bodySize,
          responseSize: undefined,
          sentHead: true,
          ...scenario.expected,
        };
        assert.deepEqual(recorded, expected);
        if (byClient !== undefined) assert.equal(recorded.statusCode, byClient.status);
      });
    }
  });
}
