// What the parser, or a timeout, refuses before there is a request.
import type { Socket } from 'node:net';
import { requestText } from '../../../support/raw-client.ts';
import { type App, type ExpectedRecord, type Scenario, sendAndLeave, sendAndWait } from '../scenario.ts';

const UNKNOWN = { method: '_OTHER', path: null, outcome: 'rejected', requestBodySize: null } as const;
const GARBAGE = 'garbage\r\n\r\n';
const CLIENT_HELLO = Buffer.from('1603010200010001fc0303', 'hex');

/** A listener of `clientError`, which has to answer itself. */
function onClientError(act: (socket: Socket) => void): NonNullable<Scenario['setUp']> {
  return ({ server, log }: App) => {
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      log(`clientError ${error.code}`);
      act(socket);
    });
  };
}

/** A row of one rejected request, answered by Node. */
function rejected(name: string, bytes: string, record: ExpectedRecord): Scenario {
  return { name, act: sendAndWait(bytes), records: [{ ...UNKNOWN, ...record }] };
}

export const REJECTED: readonly Scenario[] = [
  rejected('malformed request line (400)', GARBAGE, { errorType: 'HPE_INVALID_METHOD' }),
  rejected('preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', {
    path: '*',
    errorType: 'HPE_PAUSED_H2_UPGRADE',
  }),
  {
    name: 'TLS bytes on a plain port (400)',
    only: 'plain',
    act: sendAndWait(CLIENT_HELLO),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_METHOD' }],
  },
  rejected('malformed header (400)', 'GET /x HTTP/1.1\r\nHost: test.example\r\nbad header\r\n\r\n', {
    method: 'GET',
    path: '/x',
    errorType: 'HPE_INVALID_HEADER_TOKEN',
  }),
  rejected(
    'two lengths (400)',
    'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
    {
      method: 'POST',
      path: '/x',
      errorType: 'HPE_UNEXPECTED_CONTENT_LENGTH',
    },
  ),
  {
    name: 'header overflow (431)',
    act: sendAndWait(`GET /x HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    records: (_node, transport) => [
      {
        ...UNKNOWN,
        errorType: 'HPE_HEADER_OVERFLOW',
        // A TLS record has at most 16 KiB, and Node keeps only the last one: the request line is gone.
        ...(transport === 'plain' && { method: 'GET', path: '/x' }),
      },
    ],
  },
  {
    name: 'headersTimeout -> 408',
    options: { headersTimeout: 30, requestTimeout: 60, connectionsCheckingInterval: 10 },
    act: sendAndWait('GET / HTTP/1.1\r\nHost: a\r\n'),
    records: [{ ...UNKNOWN, errorType: 'ERR_HTTP_REQUEST_TIMEOUT' }],
  },
  {
    name: 'half a head, and the client half-closes (400)',
    act: sendAndLeave('GET / HTTP/1.1\r\nHost: a\r\n', 'connection', 'halfClose'),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_EOF_STATE' }],
  },
  {
    name: 'clientError listener writing 400',
    setUp: onClientError((socket) => socket.end('HTTP/1.1 400 Mine\r\n\r\nmy answer')),
    act: sendAndWait(GARBAGE),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_METHOD' }],
  },
  {
    name: 'clientError listener that destroys',
    setUp: onClientError((socket) => socket.destroy()),
    act: sendAndWait(GARBAGE),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_METHOD', answer: null }],
  },
  {
    name: 'clientError listener that does nothing, and the client leaves',
    setUp: onClientError(() => undefined),
    act: sendAndLeave(GARBAGE, 'clientError', 'halfClose'),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_METHOD', answer: null }],
  },
  {
    name: 'clientError listener that writes no HTTP',
    setUp: onClientError((socket) => socket.destroySoon()),
    act: sendAndWait(GARBAGE),
    records: [{ ...UNKNOWN, errorType: 'HPE_INVALID_METHOD', answer: null }],
  },
  {
    name: 'a request that is answered, then garbage on the same connection',
    act: async (client) => {
      await client.send(requestText('/first'));
      await client.responses(1);
      await client.send(GARBAGE);
      await client.closed();
    },
    records: [{ path: '/first' }, { ...UNKNOWN, errorType: 'HPE_INVALID_METHOD' }],
  },
  {
    name: 'a request that waits for its answer, and garbage behind it',
    handler: () => undefined,
    act: sendAndWait(requestText('/first') + GARBAGE),
    // Responses answer requests in their order (RFC 9112 section 9.3): the 400 is the first one's, for the client too.
    records: [
      { path: '/first', outcome: 'aborted', errorType: 'HPE_INVALID_METHOD' },
      { ...UNKNOWN, errorType: 'HPE_INVALID_METHOD', answer: null },
    ],
  },
  {
    name: 'a request, garbage behind it, and a clientError listener that answers before the handler does',
    handler: (_request, response) => setImmediate(() => response.end('too late')),
    setUp: onClientError((socket) => socket.end('HTTP/1.1 499 Mine\r\n\r\nmine')),
    act: sendAndWait(requestText('/first') + GARBAGE),
    records: [{ path: '/first' }, { ...UNKNOWN, errorType: 'HPE_INVALID_METHOD', answer: null }],
  },
  {
    name: 'CONNECT, no listener',
    act: sendAndWait('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'),
    records: [{ method: 'CONNECT', path: null, outcome: 'rejected', requestBodySize: null, answer: null }],
  },
];
