// Exchanges that the application answers as a whole.
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { requestText } from '../../../support/raw-client.ts';
import { type Scenario, sendAndRead, sendAndWait } from '../scenario.ts';

const GET = requestText('/');
const HEAD = requestText('/', { method: 'HEAD' });
const POST = requestText('/', { method: 'POST', body: 'hello' });
const CHUNKED_POST = `${requestText('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}5\r\nhello\r\n0\r\n\r\n`;

/** A row whose client sends one `GET /` and reads one response. */
function answered(name: string, handler: NonNullable<Scenario['handler']>): Scenario {
  return { name, handler, act: sendAndRead(GET), records: [{}] };
}

export const ANSWERED: readonly Scenario[] = [
  answered('sync 200 end(str)', (_request, response) => response.end('hello')),
  answered('async 200 setTimeout', (_request, response) => setTimeout(() => response.end('hello'), 5)),
  answered('implicit 200 write+end (chunked)', (_request, response) => {
    response.write('one');
    response.write(Buffer.from('two'));
    response.end('end');
  }),
  answered('chunked w/ delays', (_request, response) => {
    response.write('one');
    setTimeout(() => response.end('three'), 5);
  }),
  answered('end() empty', (_request, response) => response.end()),
  answered('content-length + write', (_request, response) => {
    response.setHeader('Content-Length', 5);
    response.write('he');
    response.end('llo');
  }),
  answered('writeHead({content-length}) then end(buffer)', (_request, response) => {
    response.writeHead(200, { 'Content-Length': 5 });
    response.end(Buffer.from('hello'));
  }),
  {
    name: 'HEAD end(body)',
    act: sendAndRead(HEAD, 1, ['HEAD']),
    methods: ['HEAD'],
    records: [{ method: 'HEAD' }],
  },
  {
    name: 'HEAD write+end',
    handler: (_request, response) => {
      response.write('one');
      response.end('three');
    },
    act: sendAndRead(HEAD, 1, ['HEAD']),
    methods: ['HEAD'],
    records: [{ method: 'HEAD' }],
  },
  ...[204, 304].map((status) =>
    answered(`${status} w/ body`, (_request, response) => {
      response.statusCode = status;
      response.end('ignored');
    }),
  ),
  {
    name: 'HTTP/1.0 no CL stream',
    handler: (_request, response) => {
      response.write('one');
      response.end('22');
    },
    act: sendAndWait('GET / HTTP/1.0\r\n\r\n'),
    records: [{}],
  },
  answered('1xx: continue+earlyHints+processing then 200', (_request, response) => {
    response.writeContinue();
    response.writeEarlyHints({ link: '</x.css>; rel=preload' });
    response.writeProcessing();
    response.end('hello');
  }),
  answered('async reject, 500 by app', (_request, response) => {
    Promise.reject(new Error('boom')).catch(() => {
      response.statusCode = 500;
      response.end('no!');
    });
  }),
  {
    name: 'async reject, captureRejections: Node answers 500',
    // The TLS servers of Node 20 and 22 do not handle rejections.
    only: 'plain',
    handler: async () => Promise.reject(new Error('boom')),
    setUp: ({ server }) => {
      const capture = Object.getOwnPropertySymbols(server).find(
        ({ description }) => description === 'kCapture',
      );
      if (capture !== undefined) Reflect.set(server, capture, true);
    },
    act: sendAndRead(GET),
    records: [{}],
  },
  answered('flushHeaders then end', (_request, response) => {
    response.flushHeaders();
    setImmediate(() => response.end('hello'));
  }),
  answered('writeHead twice (throws ERR_HTTP_HEADERS_SENT, caught)', (_request, response) => {
    response.writeHead(201);
    try {
      response.write('x');
      response.writeHead(500);
    } catch {
      response.end();
    }
  }),
  answered('statusCode changed after headers sent', (_request, response) => {
    response.write('x');
    response.statusCode = 500;
    response.end('y');
  }),
  answered('write after end', (_request, response) => {
    response.end('hello');
    response.write('late');
  }),
  answered('trailers', (_request, response) => {
    response.writeHead(200, { Trailer: 'Digest' });
    response.write('abc');
    response.addTrailers({ Digest: 'x' });
    response.end();
  }),
  answered('cork/uncork chunked', (_request, response) => {
    response.cork();
    response.write('abc');
    response.write('def');
    response.uncork();
    response.end();
  }),
  answered('latin1 / hex encodings', (_request, response) => {
    response.write('äöü', 'latin1');
    response.end('616263', 'hex');
  }),
  answered('gzip, piped', (_request, response) => {
    response.setHeader('Content-Encoding', 'gzip');
    Readable.from([gzipSync('x'.repeat(10_000))]).pipe(response);
  }),
  {
    name: 'POST body read',
    handler: (request, response) => request.resume().on('end', () => response.end('ok')),
    act: sendAndRead(POST),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: 'POST chunked body read',
    handler: (request, response) => request.resume().on('end', () => response.end('ok')),
    act: sendAndRead(CHUNKED_POST),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: 'POST chunked body not read by app',
    handler: (_request, response) => response.end('ok'),
    act: sendAndRead(CHUNKED_POST),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: 'POST, answered while half of its body is missing, and the client leaves',
    handler: (_request, response) => response.end('ok'),
    act: sendAndRead(`${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`),
    records: [
      {
        method: 'POST',
        requestBodySize: 5,
        instead: {
          why: 'Node answers the missing half with a 400 of its own, when the response has been sent and recorded',
          statusCode: 200,
          bodySize: 2,
          size: 124,
        },
      },
    ],
  },
  {
    name: 'small response that the client never reads',
    act: async (client, app) => {
      client.pause();
      await client.send(GET);
      await app.saw('response / finish');
      client.reset();
    },
    records: [
      {
        answer: null,
        instead: {
          why: 'the kernel took it; whether the peer reads it is not known',
          statusCode: 200,
          bodySize: 5,
          size: 127,
        },
      },
    ],
  },
  {
    name: 'keep-alive reuse x2',
    act: async (client) => {
      await client.send(requestText('/1'));
      await client.responses(1);
      await client.send(requestText('/2'));
      await client.responses(2);
    },
    records: [{ path: '/1' }, { path: '/2' }],
  },
  {
    name: 'pipelined x3, 1st slow',
    handler: ({ url }, response) => {
      if (url === '/1') setTimeout(() => response.end('first!'), 10);
      else response.end('quick!');
    },
    act: sendAndRead(['/1', '/2', '/3'].map((path) => requestText(path)).join(''), 3),
    records: [{ path: '/1' }, { path: '/2' }, { path: '/3' }],
  },
];
