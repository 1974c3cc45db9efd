// Exchanges that break off: the client leaves, or the application destroys.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { requestText } from '../../../support/raw-client.ts';
import { type ExpectedRecord, type Scenario, sendAndLeave, sendAndRead, sendAndWait } from '../scenario.ts';

const GET = requestText('/');
const HALF_POST = `${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`;
const EIGHT_MEBIBYTE = 8 * 1024 * 1024;

const never = (): void => undefined;
const write = (_request: IncomingMessage, response: ServerResponse): void => {
  response.write('abc');
};
/** Waits until the client has what was written. */
const later = (act: () => void): void => void setTimeout(act, 20);

const UNANSWERED: ExpectedRecord = { outcome: 'aborted', answer: null };
const CUT: ExpectedRecord = { outcome: 'aborted', isBroken: true };
const unread = (bodySize: number | { readonly atMost: number }, errorType: string): ExpectedRecord => ({
  outcome: 'aborted',
  answer: null,
  errorType,
  instead: {
    why: 'the client reads nothing: how much of what the kernel took has arrived is not known',
    statusCode: 200,
    bodySize,
  },
});

/** A client that reads nothing of its response, and leaves after the event. */
const unreadUntil =
  (event: string, leave: 'destroy' | 'reset'): Scenario['act'] =>
  async (client, app) => {
    client.pause();
    await client.send(GET);
    await app.saw(event);
    later(() => client[leave]());
    await app.saw('socket close');
  };

export const BROKEN: readonly Scenario[] = [
  {
    name: 'abort before headers (FIN/destroy)',
    handler: never,
    act: sendAndLeave(GET, 'request GET', 'destroy'),
    records: [UNANSWERED],
  },
  {
    name: 'abort before headers (RST)',
    only: 'plain',
    handler: never,
    act: sendAndLeave(GET, 'request GET', 'reset'),
    records: [{ ...UNANSWERED, errorType: 'ECONNRESET' }],
  },
  {
    name: 'abort mid response body',
    handler: write,
    act: sendAndLeave(GET, 'request GET', 'halfClose', 139),
    records: [CUT],
  },
  {
    name: 'abort mid request body (POST)',
    handler: never,
    act: sendAndLeave(HALF_POST, 'request POST', 'halfClose'),
    // Not `destroy`: the client would have to read what Node answers to half a message.
    records: [{ method: 'POST', outcome: 'aborted', errorType: 'HPE_INVALID_EOF_STATE', requestBodySize: 5 }],
  },
  {
    name: 'abort mid request body (POST), RST',
    only: 'plain',
    handler: never,
    act: sendAndLeave(HALF_POST, 'request POST', 'reset'),
    records: [{ ...UNANSWERED, method: 'POST', errorType: 'ECONNRESET', requestBodySize: 5 }],
  },
  {
    name: 'half a request body and RST in one turn: Node writes 400, which the kernel refuses',
    only: 'plain',
    handler: never,
    act: async (client) => {
      await client.send(HALF_POST);
      client.reset();
    },
    records: [{ ...UNANSWERED, method: 'POST', errorType: 'ECONNRESET', requestBodySize: 5 }],
  },
  {
    name: 'client half-close (FIN) before response',
    handler: never,
    act: sendAndLeave(GET, 'request GET', 'halfClose'),
    records: [UNANSWERED],
  },
  {
    name: 'slow reader, 8MB end(buf), RST',
    handler: (_request, response) => response.end(Buffer.alloc(EIGHT_MEBIBYTE)),
    act: unreadUntil('response / prefinish', 'reset'),
    records: [unread(EIGHT_MEBIBYTE, 'ECONNRESET')],
  },
  {
    name: 'slow reader, 8MB end(buf), client aborts',
    handler: (_request, response) => response.end(Buffer.alloc(EIGHT_MEBIBYTE)),
    // The kernel sends RST for what was not read.
    act: unreadUntil('response / prefinish', 'destroy'),
    records: [unread(EIGHT_MEBIBYTE, 'ECONNRESET')],
  },
  {
    name: 'slow reader, 8MB end(buf), client sends FIN, and leaves',
    handler: (_request, response) => response.end(Buffer.alloc(EIGHT_MEBIBYTE)),
    act: async (client, app) => {
      client.pause();
      await client.send(GET);
      await app.saw('response / prefinish');
      client.halfClose();
      await app.saw('socket end');
      client.destroy();
      await app.saw('socket close');
    },
    // What the kernel says of a reset behind a FIN.
    records: [unread(EIGHT_MEBIBYTE, 'EPIPE')],
  },
  {
    name: 'slow reader, 8MB chunked pipe, client aborts',
    drainsVary: true,
    handler: (_request, response) => {
      const chunk = Buffer.alloc(65_536);
      Readable.from(Array.from({ length: EIGHT_MEBIBYTE / chunk.length }, () => chunk)).pipe(response);
    },
    act: unreadUntil('response / drain', 'destroy'),
    // What the response has taken: the kernel has all of that but for the last chunks.
    records: [unread({ atMost: EIGHT_MEBIBYTE }, 'ECONNRESET')],
  },
  {
    name: 'SSE, client leaves',
    handler: (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
    },
    act: sendAndLeave(GET, 'request GET', 'halfClose', 100),
    records: [{ isBroken: true }],
  },
  {
    name: 'res.destroy() before headers',
    handler: (_request, response) => response.destroy(),
    act: sendAndWait(GET),
    records: [UNANSWERED],
  },
  {
    name: 'res.destroy(err) after write',
    handler: (request, response) => {
      write(request, response);
      later(() => response.destroy(Object.assign(new Error('boom'), { code: 'E_BOOM' })));
    },
    act: sendAndWait(GET),
    records: [{ ...CUT, errorType: 'E_BOOM' }],
  },
  {
    name: 'res.socket.destroy()',
    handler: (request, response) => {
      write(request, response);
      later(() => response.socket?.destroy());
    },
    act: sendAndWait(GET),
    records: [CUT],
  },
  {
    name: 'req.destroy()',
    handler: (request) => request.destroy(),
    act: sendAndWait(GET),
    records: [UNANSWERED],
  },
  {
    name: 'closeAllConnections in flight',
    handler: write,
    act: async (client, app) => {
      await client.send(GET);
      await client.receive(139);
      app.server.closeAllConnections();
      await client.closed();
    },
    records: [CUT],
  },
  {
    name: 'res.socket.end() raw write',
    handler: (_request, response) => response.socket?.end('HTTP/1.1 299 X\r\nContent-Length: 0\r\n\r\n'),
    act: sendAndWait(GET),
    records: [{}],
  },
  {
    name: 'res.socket raw write, destroyed',
    handler: (_request, response) => {
      response.socket?.write('HTTP/1.1 299 X\r\nContent-Length: 5\r\n\r\nhe');
      later(() => response.socket?.destroy());
    },
    act: sendAndWait(GET),
    records: [{ outcome: 'aborted' }],
  },
  {
    name: 'piped stream errors (pipe)',
    handler: (_request, response) => {
      const source = new PassThrough();
      source.on('error', () => response.destroy());
      source.pipe(response);
      source.write('abc');
      later(() => source.destroy(new Error('src')));
    },
    act: sendAndWait(GET),
    records: [CUT],
  },
  {
    name: 'piped stream errors (pipeline)',
    handler: (_request, response) => {
      const source = new PassThrough();
      pipeline(source, response, () => undefined);
      source.write('abc');
      later(() => source.destroy(Object.assign(new Error('src'), { code: 'E_SRC' })));
    },
    act: sendAndWait(GET),
    records: [{ ...CUT, errorType: 'E_SRC' }],
  },
  {
    name: 'strictContentLength mismatch',
    handler: (_request, response) => {
      response.strictContentLength = true;
      response.writeHead(200, { 'Content-Length': 5 });
      try {
        response.end('too much');
      } catch (error) {
        response.destroy(error as Error);
      }
    },
    act: sendAndWait(GET),
    records: [{ ...UNANSWERED, errorType: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' }],
  },
  {
    name: 'declared CL 10, only 3 written, end',
    handler: (_request, response) => {
      response.setHeader('Content-Length', 10);
      response.end('abc');
    },
    act: async (client, app) => {
      await client.send(GET);
      await app.saw('response / finish');
      await client.receive(98);
    },
    records: [{ outcome: 'aborted', errorType: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' }],
  },
  {
    name: 'pipelined x3, abort while 1st in flight',
    handler: ({ url }, response) => {
      if (url !== '/1') response.end('queued');
    },
    act: sendAndLeave(
      ['/1', '/2', '/3'].map((path) => requestText(path)).join(''),
      'request GET /3',
      'destroy',
    ),
    // Node 24 and later break off the responses that wait, with an error.
    records: (node) => [
      { ...UNANSWERED, path: '/1' },
      ...['/2', '/3'].map((path) => ({
        ...UNANSWERED,
        path,
        errorType: node >= 24 ? 'ECONNRESET' : undefined,
      })),
    ],
  },
  {
    name: 'pipelined: 2nd res.destroy() while queued',
    handler: ({ url }, response) => {
      if (url === '/1') setTimeout(() => response.end('1'), 10);
      else response.destroy();
    },
    act: sendAndRead(requestText('/1') + requestText('/2')),
    records: [{ path: '/1' }, { ...UNANSWERED, path: '/2' }],
  },
  {
    name: 'a body that goes on until the client leaves',
    handler: (_request, response) => void Readable.from(['abc', 'def']).pipe(response, { end: false }),
    act: sendAndLeave(GET, 'request GET', 'halfClose', 130),
    records: [CUT],
  },
];
