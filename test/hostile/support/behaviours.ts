// What hostile clients do, step by step through HTTP/1, and what is recorded of it.
import type { Exchange } from '../../../src/http/exchange.ts';
import { type RawClient, requestText } from '../../support/raw-client.ts';

/** What the record of an exchange says. */
export type Ended = readonly [outcome: Exchange['outcome'], statusCode: number | undefined];

/** Makes a path of the target one of a behaviour, by which its exchanges are known. */
type PathOf = (path: string) => string;

export interface Behaviour {
  readonly name: string;
  /** Ends by the time-outs of the target. */
  readonly isTimed?: true;
  /**
   * Ends when the client has left, or the server has closed the connection.
   *
   * @param hasRead resolves once the server has read what was sent before
   */
  readonly act: (client: RawClient, path: PathOf, hasRead: () => Promise<void>) => Promise<unknown>;
  /** One for each exchange, in the order of the requests. */
  readonly ended: readonly Ended[];
}

const COMPLETED: Ended = ['completed', 200];
const UNANSWERED: Ended = ['aborted', undefined];
const BROKEN_OFF: Ended = ['aborted', 200];
const TIMED_OUT: Ended = ['timeout', 408];
/** A connection on which nothing came, and which its client ended. */
const NOTHING: readonly Ended[] = [];
const MALFORMED: readonly Ended[] = [['rejected', 400]];

/** A reset is none for the record: neither the parser nor a timeout refused anything. */
const NOTHING_IF_RESET = { 'sends RST': NOTHING } as const;
const UNANSWERED_IF_RESET = { 'sends RST': [UNANSWERED] } as const;

const LEAVE: Readonly<Record<string, (client: RawClient) => void>> = {
  'closes the connection': (client) => client.destroy(),
  'sends RST': (client) => client.reset(),
  'sends FIN': (client) => client.halfClose(),
};

/** Sends the bytes, as far as the server takes them. */
function say(client: RawClient, bytes: string): Promise<void> {
  return client.send(bytes).catch(() => undefined);
}

/**
 * Sends the bytes, reads so many, and leaves in every way.
 *
 * @param ended by the way; `ended.*` for all others
 */
function andLeave(
  what: string,
  bytes: (path: PathOf) => string,
  count: number,
  ended: readonly Ended[] | ({ readonly '*': readonly Ended[] } & Readonly<Record<string, readonly Ended[]>>),
): Behaviour[] {
  return Object.entries(LEAVE).map(([how, leave]) => ({
    name: `${what}, then ${how}`,
    act: async (client, path, hasRead) => {
      await say(client, bytes(path));
      await client.receive(count);
      // Data and RST that arrive in one turn are data and FIN for Node (libuv leaves out the read that would fail).
      await hasRead();
      leave(client);
    },
    ended: '*' in ended ? (ended[how] ?? ended['*']) : ended,
  }));
}

/** Sends the bytes in one, and nothing more: the target closes the connection. */
function andStop(what: string, bytes: (path: PathOf) => string, ended: readonly Ended[]): Behaviour {
  return {
    name: `${what}, then nothing`,
    act: async (client, path) => {
      await say(client, bytes(path));
      await client.closed();
    },
    ended,
  };
}

/** Sends the bytes, reads so many, and leaves in every way, and lets the target wait for more. */
function andLeaveOrWait(
  what: string,
  bytes: (path: PathOf) => string,
  count: number,
  left: Parameters<typeof andLeave>[3],
  waited: readonly Ended[],
): Behaviour[] {
  return [...andLeave(what, bytes, count, left), { ...andStop(what, bytes, waited), isTimed: true }];
}

/** Reads no more than the beginning of an answer, and does something when the buffers have filled. */
function withoutReading(
  what: string,
  route: string,
  then: (client: RawClient) => unknown,
  ended: readonly Ended[],
): Behaviour {
  return {
    name: `reads no more of ${what}`,
    act: async (client, path) => {
      await say(client, closing(path(route)));
      await client.receive(1);
      client.pause();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await then(client);
    },
    ended,
  };
}

const closing = (path: string): string => requestText(path, { headers: { Connection: 'close' } });
const post = (path: string, headers: string, body = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;

const halfRequests: readonly (readonly [what: string, bytes: (path: PathOf) => string])[] = [
  ['half a request line', (path) => `GET ${path('/')}`],
  ['half a head', (path) => `GET ${path('/')} HTTP/1.1\r\nHost: x\r\nX-`],
];
const halfBodies: readonly (readonly [what: string, bytes: (path: PathOf) => string])[] = [
  ['half a body', (path) => post(path('/echo'), 'Content-Length: 10\r\n', 'hello')],
  ['half a chunk', (path) => post(path('/echo'), 'Transfer-Encoding: chunked\r\n', 'a\r\nhello')],
];
/** Node answers half a message with 400, also where the client has gone: its socket takes the bytes. */
const BROKEN_BODY = { '*': [['aborted', 400]], ...UNANSWERED_IF_RESET } as const;
const beginning: readonly Behaviour[] = [
  ...andLeaveOrWait('nothing at all', () => '', 0, NOTHING, [['rejected', 408]]),
  ...halfRequests.flatMap(([what, bytes]) =>
    andLeaveOrWait(what, bytes, 0, { '*': MALFORMED, ...NOTHING_IF_RESET }, [['rejected', 408]]),
  ),
  ...halfBodies.flatMap(([what, bytes]) => andLeaveOrWait(what, bytes, 0, BROKEN_BODY, [TIMED_OUT])),
  ...andLeaveOrWait(
    'Expect: 100-continue',
    (path) => post(path('/echo'), 'Content-Length: 10\r\nExpect: 100-continue\r\n'),
    'HTTP/1.1 100 Continue\r\n\r\n'.length,
    BROKEN_BODY,
    [TIMED_OUT],
  ),
  {
    name: 'a request, one byte after the other',
    act: async (client, path) => {
      const bytes = post(path('/echo'), 'Connection: close\r\nContent-Length: 5\r\n', 'hello');
      for (const byte of bytes) await say(client, byte);
      await client.closed();
    },
    ended: [COMPLETED],
  },
];

const malformed: readonly Behaviour[] = [
  andStop('a head of 20 KB', (path) => post(path('/'), `X: ${'x'.repeat(20_000)}\r\n`), [['rejected', 431]]),
  andStop('no HTTP', () => 'hello?\r\n\r\n', MALFORMED),
  andStop('a TLS handshake inside', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', MALFORMED),
  andStop('the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', MALFORMED),
  andStop('CONNECT', () => 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', [['rejected', undefined]]),
  andStop('a NUL in a header', (path) => post(path('/'), 'X: a\0b\r\n'), MALFORMED),
  andStop('a space before a colon', (path) => post(path('/'), 'Content-Length : 5\r\n', 'hello'), MALFORMED),
  andStop('a folded header', (path) => post(path('/'), 'X: a\r\n b\r\n'), MALFORMED),
  andStop('no Host', (path) => `GET ${path('/')} HTTP/1.1\r\n\r\n`, [['completed', 400]]),
  andStop('an unknown expectation', (path) => post(path('/'), 'Connection: close\r\nExpect: wonders\r\n'), [
    ['completed', 417],
  ]),
  andStop(
    'Content-Length beside Transfer-Encoding',
    (path) => post(path('/echo'), 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    MALFORMED,
  ),
  andStop(
    'two lengths',
    (path) => post(path('/echo'), 'Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'),
    MALFORMED,
  ),
  andStop('a negative length', (path) => post(path('/echo'), 'Content-Length: -5\r\n', 'hello'), MALFORMED),
  andStop(
    'chunks that are encoded again',
    (path) => post(path('/echo'), 'Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'),
    MALFORMED,
  ),
  andStop(
    'a chunk without a size',
    (path) => post(path('/echo'), 'Transfer-Encoding: chunked\r\n', 'zz\r\n'),
    [['aborted', 400]],
  ),
  andStop(
    'a chunk extension without an end',
    (path) => post(path('/echo'), 'Transfer-Encoding: chunked\r\n', `5;${'x'.repeat(20_000)}`),
    [['aborted', 413]],
  ),
  // Node closes the connection in the turn in which it has answered.
  andStop('a request and garbage', (path) => `${requestText(path('/'))}garbage\r\n\r\n`, [
    COMPLETED,
    ['rejected', undefined],
  ]),
  andStop(
    'more body than was promised',
    (path) => `${post(path('/echo'), 'Content-Length: 5\r\n', 'hello')}more`,
    // The one answer of Node belongs to the request that waits for one.
    [
      ['aborted', 400],
      ['rejected', undefined],
    ],
  ),
];

const reading: readonly Behaviour[] = [
  ...andLeave('a request that is not answered', (path) => requestText(path('/never')), 0, [UNANSWERED]),
  ...andLeave('a request and the head of its answer', (path) => requestText(path('/begun')), 20, [
    BROKEN_OFF,
  ]),
  ...andLeave('a request and some of an endless answer', (path) => requestText(path('/endless')), 100_000, [
    BROKEN_OFF,
  ]),
  ...andLeave('a request and all of its answer', (path) => requestText(path('/')), 100, [COMPLETED]),
  ...andLeave(
    'half a body and the answer that does not wait for it',
    (path) => post(path('/unread'), 'Content-Length: 10\r\n', 'hello'),
    100,
    [COMPLETED],
  ),
  withoutReading('an endless answer, then resets', '/endless', (client) => client.reset(), [BROKEN_OFF]),
  withoutReading(
    'a big answer for a while',
    '/big',
    (client) => {
      client.resume();
      return client.closed();
    },
    [COMPLETED],
  ),
  andStop('a request', (path) => requestText(path('/')), [COMPLETED]),
];

const pipelining: readonly Behaviour[] = [
  andStop(
    '200 requests at once',
    (path) => requestText(path('/')).repeat(199) + closing(path('/')),
    Array(200).fill(COMPLETED),
  ),
  ...andLeave(
    'a request that is not answered and two more',
    (path) => requestText(path('/never')) + requestText(path('/')).repeat(2),
    0,
    Array(3).fill(UNANSWERED),
  ),
  ...andLeave(
    'a request and two more, the second of which is not answered',
    (path) => requestText(path('/')) + requestText(path('/never')) + requestText(path('/')),
    100,
    [COMPLETED, UNANSWERED, UNANSWERED],
  ),
  ...Object.entries(LEAVE).map(
    ([how, leave]): Behaviour => ({
      name: `a request, then an upgrade, then ${how}`,
      act: async (client, path) => {
        await say(client, requestText(path('/')));
        await client.responses(1);
        const before = client.received.length;
        await say(client, requestText(path('/'), { headers: { Connection: 'Upgrade', Upgrade: 'x' } }));
        await client.receive(before + 20);
        leave(client);
      },
      ended: [COMPLETED, ['upgraded', 101]],
    }),
  ),
];

export const BEHAVIOURS: readonly Behaviour[] = [...beginning, ...malformed, ...reading, ...pipelining];
