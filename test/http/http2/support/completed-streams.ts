// Streams whose response is sent as a whole.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { constants } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { watch } from './servers.ts';
import { after, beforeHeaders, quiet, type StreamScenario } from './stream-scenario.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;
const FILE = fileURLToPath(import.meta.url);
const BIG = Buffer.alloc(8 * 1024 * 1024);

export const COMPLETED_STREAMS: readonly StreamScenario[] = [
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
