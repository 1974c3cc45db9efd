// Requests that a timeout or the parser refuses while their body arrives: one record, that of the request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestText } from '../../../support/raw-client.ts';
import { type Scenario, sendAndWait } from '../scenario.ts';

const GET = requestText('/');
const HALF_POST = `${requestText('/', { method: 'POST', headers: { 'Content-Length': '50' } })}hello`;
const BAD_CHUNK = `${requestText('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}zz\r\n`;
const LONG_EXTENSION = `${requestText('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })}5;${'x'.repeat(20_000)}`;
const QUICK_TIMEOUTS = { requestTimeout: 40, headersTimeout: 30, connectionsCheckingInterval: 10 };
const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const never = (): void => undefined;
const write = (_request: IncomingMessage, response: ServerResponse): void => {
  response.write('abc');
};

export const IN_FLIGHT: readonly Scenario[] = [
  {
    name: 'requestTimeout mid-body -> 408',
    options: QUICK_TIMEOUTS,
    handler: never,
    act: sendAndWait(HALF_POST),
    records: [{ method: 'POST', outcome: 'timeout', errorType: REQUEST_TIMEOUT, requestBodySize: 5 }],
  },
  {
    name: 'requestTimeout mid-body after headers sent',
    options: QUICK_TIMEOUTS,
    handler: write,
    act: sendAndWait(HALF_POST),
    records: [
      { method: 'POST', outcome: 'timeout', errorType: REQUEST_TIMEOUT, requestBodySize: 5, isBroken: true },
    ],
  },
  {
    name: 'server.setTimeout(40) idle handler',
    handler: never,
    setUp: ({ server }) => void server.setTimeout(40),
    act: sendAndWait(GET),
    records: [{ outcome: 'timeout', answer: null }],
  },
  {
    name: 'malformed chunk in body (400 raw, handler waiting)',
    handler: never,
    act: sendAndWait(BAD_CHUNK),
    records: [{ method: 'POST', outcome: 'aborted', errorType: 'HPE_INVALID_CHUNK_SIZE' }],
  },
  {
    name: 'chunk extension without an end (413)',
    handler: never,
    act: sendAndWait(LONG_EXTENSION),
    records: [{ method: 'POST', outcome: 'aborted', errorType: 'HPE_CHUNK_EXTENSIONS_OVERFLOW' }],
  },
  {
    name: 'malformed chunk after the head of the response: Node writes nothing more',
    handler: write,
    act: sendAndWait(BAD_CHUNK),
    records: [{ method: 'POST', outcome: 'aborted', isBroken: true, errorType: 'HPE_INVALID_CHUNK_SIZE' }],
  },
  {
    name: 'malformed chunk, clientError listener answers',
    handler: never,
    setUp: ({ server, log }) => {
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        log(`clientError ${error.code}`);
        socket.end('HTTP/1.1 422 No\r\nConnection: close\r\n\r\nsorry');
      });
    },
    act: sendAndWait(BAD_CHUNK),
    records: [{ method: 'POST', outcome: 'aborted', errorType: 'HPE_INVALID_CHUNK_SIZE' }],
  },
];
