import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { sendReset } from '../../support/send-reset.ts';
import { type Behaviour, flood, trickle } from './hostile-port.ts';

/** What a receiver, or a proxy before it, does at one step of an export. */
export type Row = readonly [
  step: 'connect' | 'proxy' | 'tls' | 'settings' | 'request' | 'head' | 'body' | 'trailers' | 'close',
  kind: 'stops' | 'floods' | 'lies',
  name: string,
  behave: Behaviour,
  given?: {
    /** What becomes of the records. Default: none is lost and none was taken; they wait. */
    readonly end?: 'delivered' | 'lost';
    /** Of each record. Default: a few. */
    readonly recordBytes?: number;
  },
];

export const DELIVERED = { end: 'delivered' } as const;
export const LOST = { end: 'lost' } as const;

export const titleOf = ([step, kind, name]: Row): string => `${step} ${kind}: ${name}`;

/** Those with these titles. */
export const rowsOf = (rows: readonly Row[], ...titles: readonly string[]): readonly Row[] =>
  titles.map((title) => {
    const row = rows.find((each) => titleOf(each) === title);
    assert.ok(row, title);
    return row;
  });

/** Once the first bytes of the request have come, or of whatever else the client begins with. */
export function answering(answer: (socket: Socket) => void): Behaviour {
  return (socket) => {
    socket.once('data', () => answer(socket));
    socket.resume();
  };
}

export const writing = (bytes: Uint8Array | string): Behaviour => answering((socket) => socket.write(bytes));
export const flooding = (start: string, bytes: Uint8Array | string): Behaviour =>
  answering((socket) => {
    socket.write(start);
    flood(socket, bytes);
  });
const trickling = (start: string, bytes: string): Behaviour =>
  answering((socket) => {
    socket.write(start);
    trickle(socket, bytes);
  });

const nothing: Behaviour = (socket) => socket.resume();

/** The same for both protocols. */
export const CONNECTION_ROWS: readonly Row[] = [
  ['connect', 'stops', 'says nothing', nothing],
  ['connect', 'lies', 'hangs up', (socket) => socket.end()],
  ['connect', 'lies', 'resets', (socket) => sendReset(socket)],
  ['connect', 'floods', 'sends before it is asked', (socket) => flood(socket, 'x'.repeat(9999))],
  ['request', 'stops', 'reads nothing', () => undefined, { recordBytes: 4_000_000 }],
  [
    'request',
    'lies',
    'hangs up in the middle',
    answering((socket) => socket.destroy()),
    { recordBytes: 4_000_000 },
  ],
  ['head', 'lies', 'garbage', writing('garbage\r\n\r\n')],
];

/** Where the endpoint is one with TLS. */
export const TLS_ROWS: readonly Row[] = [
  ['tls', 'stops', 'says nothing', nothing],
  ['tls', 'stops', 'in the middle of the first record', writing(Buffer.of(0x16, 3, 3, 0x40, 0, 2, 0, 0))],
  ['tls', 'lies', 'plain HTTP', writing('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')],
  ['tls', 'floods', 'records without end', flooding('', Buffer.of(0x16, 3, 3, 0, 1, 0))],
];

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n';

/** Where gRPC goes through a proxy. */
export const PROXY_ROWS: readonly Row[] = [
  ['proxy', 'stops', 'says nothing', nothing],
  ['proxy', 'stops', 'in the middle of the head', writing('HTTP/1.1 200 Conn')],
  ['proxy', 'stops', 'once it is connected', writing('HTTP/1.1 200 OK\r\n\r\n')],
  ['proxy', 'stops', 'with a head that trickles', trickling('HTTP/1.1 200 OK\r\n', 'a: b\r\n')],
  ['proxy', 'floods', 'headers', flooding('HTTP/1.1 200 OK\r\n', 'a: b\r\n'.repeat(1000))],
  ['proxy', 'floods', 'hints', flooding('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000))],
  ['proxy', 'floods', 'once it is connected', flooding('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(9999))],
  ['proxy', 'lies', '101', writing(SWITCHING)],
  ['proxy', 'lies', '100', writing('HTTP/1.1 100 Continue\r\n\r\n')],
  ['proxy', 'lies', '204', writing('HTTP/1.1 204 No Content\r\n\r\n')],
  ['proxy', 'lies', 'garbage', writing('garbage\r\n\r\n')],
];

const OK = 'HTTP/1.1 200 OK\r\n';
const SIZED = `${OK}content-length: 10\r\n\r\n`;
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

export const HTTP_ROWS: readonly Row[] = [
  ['head', 'stops', 'nothing', answering(() => undefined)],
  ['head', 'stops', 'in the middle', writing(`${OK}content-le`)],
  ['head', 'stops', 'trickles', trickling(OK, 'a: b\r\n')],
  ['head', 'stops', 'after 100', writing('HTTP/1.1 100 Continue\r\n\r\n')],
  ['head', 'floods', 'headers', flooding(OK, 'a: b\r\n'.repeat(1000))],
  ['head', 'floods', 'one header', flooding(`${OK}a: `, 'x'.repeat(9999))],
  ['head', 'floods', '100', flooding('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500))],
  ['head', 'floods', '102', flooding('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(500))],
  ['head', 'floods', '103', flooding('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(500))],
  ['head', 'lies', '101', writing(SWITCHING)],
  ['head', 'lies', '101 to nothing', writing('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
  ['head', 'lies', '101 after 100', writing(`HTTP/1.1 100 Continue\r\n\r\n${SWITCHING}`)],
  ['head', 'lies', 'HTTP/2', writing(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))],
  ['head', 'lies', 'two lengths', writing(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nx`)],
  ['head', 'lies', 'two answers', writing(`${OK}content-length: 0\r\n\r\n`.repeat(2)), DELIVERED],
  ['head', 'lies', '404', writing('HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n'), LOST],
  ['body', 'stops', 'in the middle', writing(`${SIZED}half`), DELIVERED],
  ['body', 'stops', 'trickles', trickling(CHUNKED, '1\r\nx\r\n'), DELIVERED],
  ['body', 'stops', 'of a refusal', writing('HTTP/1.1 503 Wait\r\ncontent-length: 10\r\n\r\nhalf')],
  ['body', 'floods', 'chunks', flooding(CHUNKED, `2000\r\n${'x'.repeat(0x2000)}\r\n`), DELIVERED],
  ['body', 'floods', 'chunks of one byte', flooding(CHUNKED, '1\r\nx\r\n'.repeat(1000)), DELIVERED],
  [
    'body',
    'floods',
    'up to a length',
    flooding(`${OK}content-length: 999999999999\r\n\r\n`, Buffer.alloc(9999)),
    DELIVERED,
  ],
  ['body', 'floods', 'of a refusal', flooding('HTTP/1.1 503 Wait\r\n\r\n', 'x'.repeat(9999))],
  ['body', 'lies', 'fields that mean nothing', writing(`${OK}\r\n${'z\0'.repeat(2_000_000)}`), DELIVERED],
  ['body', 'lies', 'compressed', writing(`${OK}content-encoding: gzip\r\n\r\n\x1f\x8b`), DELIVERED],
  ['body', 'lies', 'no chunk', writing(`${CHUNKED}garbage`), DELIVERED],
  ['body', 'lies', 'more than its length', writing(`${SIZED}${'x'.repeat(99)}`), DELIVERED],
  ['trailers', 'stops', 'without an end', writing(`${CHUNKED}0\r\n`), DELIVERED],
  ['trailers', 'floods', 'without an end', flooding(`${CHUNKED}0\r\n`, 'a: b\r\n'.repeat(1000)), DELIVERED],
  ['close', 'stops', 'never, where it is the end of the body', writing(`${OK}\r\nx`), DELIVERED],
  ['close', 'lies', 'in the middle of the head', answering((socket) => socket.end('HTTP/1.1 200 O'))],
  [
    'close',
    'lies',
    'in the middle of the body',
    answering((socket) => socket.end(`${SIZED}half`)),
    DELIVERED,
  ],
];
