// What Node answers to requests that reach no handler, and what the listeners of such requests answer.
import type { RequestListener } from 'node:http';
import { requestText } from '../../../support/raw-client.ts';
import { type Scenario, sendAndRead, sendAndWait } from '../scenario.ts';

const EXPECTING = requestText('/', { method: 'POST', headers: { Expect: '100-continue' }, body: 'hello' });
const WONDERS = requestText('/', { headers: { Expect: 'wonders' } });
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.end(Buffer.concat(chunks)));
};

export const NODE_ANSWERS: readonly Scenario[] = [
  {
    name: 'Expect:100 no listener',
    handler: echo,
    act: sendAndRead(EXPECTING),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: 'Expect:100 checkContinue listener (no emit request)',
    setUp: ({ server, log }) => {
      server.on('checkContinue', (request, response) => {
        log('checkContinue');
        response.writeContinue();
        request.resume().on('end', () => response.end('ok'));
      });
    },
    act: sendAndRead(EXPECTING),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  {
    name: 'Expect:100 checkContinue -> emit request',
    handler: echo,
    setUp: ({ server, log }) => {
      server.on('checkContinue', (request, response) => {
        log('checkContinue');
        response.writeContinue();
        server.emit('request', request, response);
      });
    },
    act: sendAndRead(EXPECTING),
    records: [{ method: 'POST', requestBodySize: 5 }],
  },
  { name: 'Expect: other, no listener (417)', act: sendAndRead(WONDERS), records: [{}] },
  {
    name: 'Expect: other, checkExpectation',
    setUp: ({ server, log }) => {
      server.on('checkExpectation', (_request, response) => {
        log('checkExpectation');
        response.end('ok');
      });
    },
    act: sendAndRead(WONDERS),
    records: [{}],
  },
  { name: 'no Host header (400 by node)', act: sendAndWait('GET / HTTP/1.1\r\n\r\n'), records: [{}] },
  {
    name: 'maxRequestsPerSocket=1 (2nd -> 503)',
    setUp: ({ server }) => {
      server.maxRequestsPerSocket = 1;
    },
    act: sendAndRead(requestText('/1') + requestText('/2'), 2),
    records: [{ path: '/1' }, { path: '/2' }],
  },
  {
    name: 'maxRequestsPerSocket=2 (2nd closes)',
    setUp: ({ server }) => {
      server.maxRequestsPerSocket = 2;
    },
    act: sendAndWait(requestText('/1') + requestText('/2')),
    records: [{ path: '/1' }, { path: '/2' }],
  },
];
