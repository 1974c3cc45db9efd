// The trace id in the head of a response of HTTP/2.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import { sensitiveHeaders } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import type { EchoOptions } from '../../../src/http/echo/echo.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { Observed } from '../support/observed.ts';
import { clientOf, request, type SeenByClient, serveH2c, watch } from './support/servers.ts';

const BOTH: EchoOptions = { fields: ['x-trace-id', 'server-timing'] };
const FILE = 'package.json';
const [major = 0] = process.versions.node.split('.').map(Number);

type OnStream = (stream: ServerHttp2Stream) => void;
type OnRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** What a client saw of one exchange, and its exchange. */
async function answered(
  t: TestContext,
  event: 'stream' | 'request',
  listener: OnStream | OnRequest,
  echo: EchoOptions | 'off' = BOTH,
): Promise<{ seen: SeenByClient; exchange: ObservedExchange | undefined }> {
  const observed = new Observed(t, { echo: echo === 'off' ? undefined : echo });
  const served = await serveH2c(t, (server) => server.on(event, listener as OnStream));
  const seen = await request(await clientOf(t, served), { ':path': '/' });
  const [exchange] = await observed.ended(1);
  assert.deepEqual(observed.errors, []);
  observed.observer.disable();
  return { seen, exchange };
}

function told(exchange: ObservedExchange | undefined): Record<string, string> {
  const { traceId, spanId } = exchange?.spanContext ?? assert.fail('no ids');
  return { 'x-trace-id': traceId, 'server-timing': `traceparent;desc="00-${traceId}-${spanId}-01"` };
}

/** Headers as a client saw them, but for the date. */
function shown({ headers: { date: _date, 'last-modified': _modified, ...headers } }: SeenByClient): object {
  // Without the symbol of sensitive fields.
  return Object.fromEntries(Object.entries(headers));
}

describe('each way to make a head has the fields that it has without us', () => {
  const streams: Record<string, OnStream> = {
    'respond()': (stream) => {
      stream.respond();
      stream.end('body');
    },
    'respond(object)': (stream) => {
      stream.respond({ ':status': 201, 'X-A': '1', 'set-cookie': ['a=1', 'b=2'] });
      stream.end('body');
    },
    'respond(object, endStream)': (stream) => stream.respond({ ':status': 304 }, { endStream: true }),
    'respond with sensitive fields': (stream) => {
      stream.respond({ ':status': 200, secret: '1', [sensitiveHeaders]: ['secret'] });
      stream.end();
    },
    'a head by Node itself': (stream) => stream.end('body'),
    'a head by Node itself, before the first write': (stream) => {
      stream.write('first');
      stream.end('last');
    },
    respondWithFile: (stream) => stream.respondWithFile(FILE, { 'X-A': '1' }),
    'respondWithFile without headers': (stream) => stream.respondWithFile(FILE),
    respondWithFD: (stream) => {
      const fd = openSync(FILE, 'r');
      stream.on('close', () => closeSync(fd));
      stream.respondWithFD(fd, { ':status': 200, 'x-a': '1' });
    },
    'additionalHeaders, then respond': (stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      stream.respond({ ':status': 200 });
      stream.end();
    },
  };
  const requests: Record<string, OnRequest> = {
    'end, of the compatibility API': (_request, response) => void response.end('body'),
    'writeHead(object)': (_request, response) => void response.writeHead(202, { 'X-A': '1' }).end(),
    'writeHead(flat)': (_request, response) => {
      (response.writeHead as (...args: unknown[]) => unknown)(200, ['x-a', '1', 'x-b', '2']);
      response.end();
    },
    'setHeader, then writeHead': (_request, response) => {
      response.setHeader('x-set', '1');
      response.writeHead(200).end();
    },
    flushHeaders: (_request, response) => {
      (response as unknown as { flushHeaders(): void }).flushHeaders();
      response.end('body');
    },
  };
  for (const [event, forms] of [
    ['stream', streams],
    ['request', requests],
  ] as const) {
    for (const [name, listener] of Object.entries(forms)) {
      test(name, async (t) => {
        const { seen: without, exchange: before } = await answered(t, event, listener, 'off');
        const { seen, exchange } = await answered(t, event, listener);
        const {
          'x-trace-id': traceId,
          'server-timing': timing,
          ...others
        } = shown(seen) as Record<string, string>;
        assert.deepEqual({ 'x-trace-id': traceId, 'server-timing': timing }, told(exchange));
        assert.deepEqual(others, shown(without));
        assert.equal(seen.bodySize, without.bodySize);
        assert.equal(exchange?.responseBodySize, before?.responseBodySize);
      });
    }
  }

  test('respond(array)', { skip: major < 24 && 'Node 22 and earlier take no array' }, async (t) => {
    const given = [':status', 200, 'x-a', '1', 'X-A', '2'];
    const { seen, exchange } = await answered(t, 'stream', (stream: ServerHttp2Stream) => {
      stream.respond(given as never);
      stream.end();
    });
    const { 'x-a': a, ...others } = shown(seen) as Record<string, unknown>;
    assert.equal(a, '1, 2');
    assert.deepEqual(others, { ':status': 200, ...told(exchange) });
    assert.deepEqual(given, [':status', 200, 'x-a', '1', 'X-A', '2']);
  });
});

test('what the application says itself stays', async (t) => {
  const { seen, exchange } = await answered(t, 'request', (_request, response: Http2ServerResponse) => {
    response.setHeader('X-Trace-Id', 'mine');
    response.setHeader('Server-Timing', 'db;dur=5');
    response.end();
  });
  assert.equal(seen.headers['x-trace-id'], 'mine');
  assert.equal(seen.headers['server-timing'], `db;dur=5, ${told(exchange)['server-timing']}`);
});

test('a head that Node refuses is refused with the same error', async (t) => {
  const codes: unknown[] = [];
  const refused = (given: unknown) => (stream: ServerHttp2Stream) => {
    try {
      stream.respond(given as never);
    } catch (error) {
      codes.push((error as NodeJS.ErrnoException).code);
    }
    if (!stream.headersSent) stream.respond({ ':status': 500 });
    stream.end();
  };
  for (const given of ['text', { ':status': 42 }, { connection: 'close' }]) {
    await answered(t, 'stream', refused(given), 'off');
    await answered(t, 'stream', refused(given));
  }
  assert.equal(codes.length, 6);
  for (let at = 0; at < codes.length; at += 2) assert.equal(codes[at], codes[at + 1]);
});

test('a push tells its own ids', async (t) => {
  const observed = new Observed(t, { echo: BOTH });
  const served = await serveH2c(t, (server) =>
    server.on('stream', (stream) => {
      stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
        pushed.respond({ ':status': 200 });
        pushed.end('pushed');
        stream.end('body');
      });
    }),
  );
  const session = await clientOf(t, served);
  const pushed = once(session, 'stream').then(async ([stream]) => {
    const [headers] = await once(stream, 'push');
    stream.resume();
    return headers;
  });
  const seen = await watch(session.request({ ':path': '/' }));
  const headers = await pushed;
  const exchanges = await observed.ended(2);
  const toldBy = (target: string) => told(exchanges.find((exchange) => exchange.target === target));
  assert.equal(seen.headers['x-trace-id'], toldBy('/')['x-trace-id']);
  assert.equal(headers['x-trace-id'], toldBy('/pushed')['x-trace-id']);
});
