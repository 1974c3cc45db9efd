// How exchanges end where it takes a second look: corked sockets, bodies that are too short, streams without an end.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { type Certificate, selfSigned } from '../../support/certificates.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import type { Seen } from '../support/observed.ts';
import { listen, Observed, seen } from '../support/observed.ts';

interface Case {
  readonly name: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly request?: string;
  /** What the client does once it has received so many bytes; default: nothing. */
  readonly after?: readonly [bytes: number, act: (client: RawClient) => void];
  /** What differs from a `GET /` without an answer; `isWhole`: its size is what the client got. */
  readonly expected: Partial<Seen> & { readonly isWhole?: true };
}

const UNANSWERED = {
  method: 'GET',
  target: '/',
  statusCode: undefined,
  outcome: 'aborted',
  errorCode: undefined,
  requestBodySize: 0,
  responseBodySize: undefined,
  responseSize: undefined,
  sentHead: false,
} satisfies Seen;
const sent = { statusCode: 200, sentHead: true };

function testAll(cases: readonly Case[]): void {
  for (const one of cases) {
    test(one.name, (t) => run(t, one));
    test(`${one.name}, over TLS`, async (t) => run(t, one, await selfSigned()));
  }
}

async function run(t: TestContext, { handler, request, after, expected }: Case, tls?: Certificate) {
  const observed = new Observed(t);
  const port = await listen(
    t,
    tls === undefined ? createServer(handler) : createTlsServer({ ...tls }, handler),
  );
  const client = await RawClient.connect(t, {
    port,
    ...(tls && { tls: { ca: tls.cert, servername: 'localhost' } }),
  });
  await client.send(request ?? requestText('/'));
  if (after !== undefined) {
    await client.receive(after[0]);
    after[1](client);
  }
  const [exchange] = await observed.ended(1);
  assert.ok(exchange !== undefined);
  const { isWhole, ...rest } = expected;
  const responseSize = isWhole ? (await client.receive(exchange.responseSize ?? 1)).length : undefined;
  assert.deepEqual(
    { ...seen(exchange), errorCode: reason(exchange.errorCode) },
    { ...UNANSWERED, responseSize, ...rest },
  );
  assert.deepEqual(observed.errors, []);
}

/** Node 22 and later tell that a write was cancelled. */
function reason(code: string | undefined): string | undefined {
  return code === 'ECANCELED' ? undefined : code;
}

describe('what a corked socket held back was not sent', () => {
  testAll([
    {
      name: 'a head and a body, in the turn in which they are written',
      handler: (_request, response) => {
        response.write('abc');
        response.socket?.destroy();
      },
      expected: {},
    },
    {
      name: 'corked by the application',
      handler: (_request, response) => {
        response.cork();
        response.writeHead(200, { 'Content-Length': 6 });
        response.write('abc');
        setImmediate(() => response.destroy());
      },
      expected: {},
    },
    {
      name: 'after 100 Continue, which was sent',
      handler: (_request, response) => {
        response.socket?.cork();
        response.writeHead(200, { 'Content-Length': 6 });
        response.write('abc');
        setImmediate(() => response.destroy());
      },
      request: requestText('/', {
        method: 'POST',
        headers: { Expect: '100-continue', 'Content-Length': '0' },
      }),
      expected: { method: 'POST' },
    },
    {
      name: 'the rest of a body',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Length': 20 });
        response.write('sent ');
        setImmediate(() => {
          response.socket?.cork();
          response.write('held back');
          setImmediate(() => response.destroy());
        });
      },
      expected: { ...sent, responseBodySize: 5 },
    },
    {
      name: 'a head that was made and never sent',
      handler: (_request, response) => {
        response.writeHead(200);
        setImmediate(() => response.destroy());
      },
      expected: {},
    },
    {
      name: 'nor what the application itself writes to the socket after the response',
      handler: (_request, response) => {
        const { socket } = response;
        response.end('abc');
        socket?.cork();
        socket?.write('later');
      },
      expected: { ...sent, outcome: 'completed', responseBodySize: 3, isWhole: true },
    },
    {
      name: 'a head that is sent after the end of the connection',
      handler: (_request, response) => {
        response.destroy();
        response.flushHeaders();
        response.end();
      },
      expected: {},
    },
  ]);
});

describe('a client that has sent its FIN', () => {
  testAll([
    {
      name: 'was sent the head before, whatever is written after',
      handler: (request, response) => {
        response.writeHead(200, { 'Content-Length': 20 });
        response.write('abc');
        request.socket.once('end', () => response.write('too late'));
      },
      after: [20, (client) => client.halfClose()],
      expected: { ...sent, responseBodySize: 3 },
    },
  ]);
});

describe('a body that is shorter than its Content-Length', () => {
  const short = { ...sent, errorCode: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', responseBodySize: 3 };
  testAll([
    {
      name: 'the server closes the connection',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Length': 10, Connection: 'close', Date: 'now' });
        response.end('abc');
      },
      expected: { ...short, isWhole: true },
    },
    {
      name: 'the connection stays: its client waits',
      handler: (_request, response) => {
        response.writeHead(200, {
          'Content-Length': 10,
          Connection: 'keep-alive',
          'Keep-Alive': 'x',
          Date: 'now',
        });
        response.end('abc');
      },
      expected: { ...short, isWhole: true },
    },
    {
      name: 'in pieces',
      handler: (_request, response) => {
        response.setHeader('Content-Length', '10');
        response.write('a');
        setImmediate(() => response.end('bc'));
      },
      expected: { ...short, isWhole: true },
    },
  ]);
});

describe('a Content-Length that promises nothing: completed', () => {
  const completed = { ...sent, outcome: 'completed' } as const;
  testAll([
    {
      name: 'HEAD',
      handler: (_request, response) => response.writeHead(200, { 'Content-Length': 10 }).end('abc'),
      request: requestText('/', { method: 'HEAD' }),
      expected: { ...completed, method: 'HEAD', responseBodySize: 0, isWhole: true },
    },
    {
      name: '304',
      handler: (_request, response) => response.writeHead(304, { 'Content-Length': 10 }).end(),
      expected: { ...completed, statusCode: 304, responseBodySize: 0, isWhole: true },
    },
    {
      name: 'beside chunks',
      handler: (_request, response) =>
        response.writeHead(200, { 'Content-Length': 10, 'Transfer-Encoding': 'chunked' }).end('abc'),
      expected: { ...completed, responseBodySize: 3, isWhole: true },
    },
    {
      name: 'taken away',
      handler: (_request, response) => {
        response.setHeader('Content-Length', 10);
        response.removeHeader('Content-Length');
        response.end('abc');
      },
      expected: { ...completed, responseBodySize: 3, isWhole: true },
    },
    {
      name: 'more than promised',
      handler: (_request, response) => response.writeHead(200, { 'Content-Length': 1 }).end('abc'),
      expected: { ...completed, responseBodySize: 3, isWhole: true },
    },
    {
      name: 'kept, but not by the response',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Length': 3 });
        response.flushHeaders();
        response.socket?.write('abc');
        response.end();
      },
      expected: { ...completed, isWhole: true },
    },
  ]);
});

describe('a stream without an end', () => {
  const events = (response: ServerResponse): void => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
  };
  const completed = { ...sent, outcome: 'completed', responseBodySize: 9 } as const;
  const aborted = { ...completed, outcome: 'aborted' } as const;
  testAll([
    {
      name: 'is complete when its client closes the connection',
      handler: (_request, response) => events(response),
      after: [100, (client) => client.destroy()],
      expected: completed,
    },
    {
      name: 'or sends a FIN',
      handler: (_request, response) => events(response),
      after: [100, (client) => client.halfClose()],
      expected: completed,
    },
    {
      name: 'or a reset',
      handler: (_request, response) => events(response),
      after: [100, (client) => client.reset()],
      expected: completed,
    },
    {
      name: 'also with parameters, set by header, in any case',
      handler: (_request, response) => {
        response.setHeader('CONTENT-TYPE', 'Text/Event-Stream; charset=utf-8');
        response.write('data: 1\n\n');
      },
      after: [100, (client) => client.destroy()],
      expected: completed,
    },
    {
      name: 'a series of pictures',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=x' });
        response.write('--x\r\n\r\n..');
      },
      after: [100, (client) => client.destroy()],
      expected: completed,
    },
    {
      name: 'not when the application destroys it',
      handler: (_request, response) => {
        events(response);
        setImmediate(() => response.destroy());
      },
      expected: aborted,
    },
    {
      name: 'not when the server times out',
      handler: (request, response) => {
        events(response);
        request.socket.setTimeout(20);
      },
      expected: { ...aborted, outcome: 'timeout' },
    },
    {
      name: 'not before its head was sent',
      handler: (_request, response) => {
        response.setHeader('Content-Type', 'text/event-stream');
      },
      expected: {},
      after: [0, (client) => client.destroy()],
    },
    {
      name: 'not with a length',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Length': 1000 });
        response.write('data: 1\n\n');
      },
      after: [100, (client) => client.destroy()],
      expected: aborted,
    },
    {
      name: 'not of another type: chunks have an end, and this one never came',
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'X-Text': 'text/event-stream' });
        response.write('{"a": 1, ');
      },
      after: [100, (client) => client.destroy()],
      expected: aborted,
    },
  ]);
});
