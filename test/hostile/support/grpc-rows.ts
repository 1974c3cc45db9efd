import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Behaviour, flood, trickle } from './hostile-port.ts';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  framed,
  headerBlock,
  headers,
  setting,
  uint32,
} from './http2-frames.ts';
import { answering, DELIVERED, flooding, LOST, type Row, writing } from './receiver-rows.ts';

const HEAD = { ':status': '200', 'content-type': 'application/grpc' };
const OK = { 'grpc-status': '0' };
const MAX_CONCURRENT_STREAMS = 3;
const INITIAL_WINDOW_SIZE = 4;

type Frames = (stream: number) => readonly Buffer[];

/** Frames after the request. */
const then = (frames: Frames, given?: Parameters<typeof framed>[1]): Behaviour =>
  framed((socket, stream) => socket.write(Buffer.concat(frames(stream))), given);
/** The last of the frames again and again. */
const endlessly = (frames: Frames, given?: Parameters<typeof framed>[1]): Behaviour =>
  framed((socket, stream) => {
    const [last = Buffer.alloc(0), ...first] = frames(stream).toReversed();
    socket.write(Buffer.concat(first.toReversed()));
    flood(socket, Buffer.concat(new Array<Buffer>(Math.ceil(20_000 / last.length)).fill(last)));
  }, given);

const data = (stream: number, bytes: Uint8Array | string, flags = 0): Buffer =>
  frame(FRAME.data, flags, stream, bytes);
/** A message of a call, behind its prefix. */
const message = (stream: number, bytes: Buffer, flag = 0): Buffer =>
  data(stream, Buffer.concat([Buffer.of(flag), uint32(bytes.length), bytes]));
/** The same in frames that are not larger than a client allows. */
const inFrames = (stream: number, bytes: Buffer): readonly Buffer[] => {
  const all = Buffer.concat([Buffer.of(0), uint32(bytes.length), bytes]);
  const starts = Array.from({ length: Math.ceil(all.length / 16_384) }, (_, index) => 16_384 * index);
  return starts.map((start) => data(stream, all.subarray(start, start + 16_384)));
};
const settingsFrame = frame(FRAME.settings, 0, 0);
const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
/** A message of 32 KiB: no more than the client's first window takes. */
const MEANINGLESS = Buffer.alloc(32 * 1024, 'z\0');
const bomb = gzipSync(Buffer.alloc(12_000_000));

/** Answers as it should, and then sends what asks for nothing. */
export const ANSWERING_AND_FLOODING: Behaviour = endlessly((id) => [
  headers(id, HEAD),
  headers(id, OK, END_STREAM),
  frame(FRAME.windowUpdate, 0, 0, uint32(1)),
]);

export const GRPC_ROWS: readonly Row[] = [
  ['settings', 'stops', 'in the middle', writing(settingsFrame.subarray(0, 5))],
  ['settings', 'floods', 'settings', flooding('', settingsFrame)],
  ['settings', 'floods', 'pings before them', flooding('', ping)],
  ['settings', 'lies', 'HTTP/1', writing('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['settings', 'lies', 'something else first', writing(ping)],
  ['settings', 'lies', 'a frame of 16 MiB', flooding('', Buffer.from('ffffff040000000000', 'hex'))],
  ['settings', 'lies', 'no stream at all', then(() => [], { settings: setting(MAX_CONCURRENT_STREAMS, 0) })],
  ['settings', 'lies', 'a window of nothing', then(() => [], { settings: setting(INITIAL_WINDOW_SIZE, 0) })],
  [
    'settings',
    'lies',
    'a window that is too large',
    then(() => [], { settings: setting(INITIAL_WINDOW_SIZE, 0xffffffff) }),
  ],
  ['request', 'stops', 'gives no window', framed(() => undefined), { recordBytes: 1_000_000 }],
  ['request', 'lies', 'GOAWAY', then(() => [frame(FRAME.goaway, 0, 0, Buffer.alloc(8))], { onHead: true })],
  [
    'request',
    'lies',
    'RST_STREAM',
    then((id) => [frame(FRAME.rstStream, 0, id, uint32(2))], { onHead: true }),
  ],
  [
    'request',
    'lies',
    'REFUSED_STREAM',
    then((id) => [frame(FRAME.rstStream, 0, id, uint32(7))], { onHead: true }),
  ],
  [
    'request',
    'lies',
    'a window beyond all bounds',
    then((id) => [frame(FRAME.windowUpdate, 0, id, uint32(0x7fffffff))], { onHead: true }),
  ],
  [
    'request',
    'lies',
    'PUSH_PROMISE',
    then((id) => [
      frame(
        FRAME.pushPromise,
        END_HEADERS,
        id,
        Buffer.concat([
          uint32(2),
          headerBlock({ ':method': 'GET', ':scheme': 'http', ':authority': 'a', ':path': '/' }),
        ]),
      ),
    ]),
  ],
  [
    'request',
    'floods',
    'GOAWAY',
    endlessly(() => [frame(FRAME.goaway, 0, 0, Buffer.concat([uint32(0x7fffffff), uint32(0)]))]),
  ],
  ['request', 'floods', 'WINDOW_UPDATE', endlessly(() => [frame(FRAME.windowUpdate, 0, 0, uint32(1))])],
  ['head', 'stops', 'nothing', then(() => [])],
  ['head', 'stops', 'in the middle', then((id) => [frame(FRAME.headers, 0, id, headerBlock(HEAD))])],
  ['head', 'stops', 'after 103', then((id) => [headers(id, { ':status': '103' })])],
  ['head', 'floods', '103', endlessly((id) => [headers(id, { ':status': '103', link: '</a>' })])],
  [
    'head',
    'floods',
    'CONTINUATION',
    endlessly((id) => [
      frame(FRAME.headers, 0, id, headerBlock(HEAD)),
      frame(FRAME.continuation, 0, id, headerBlock({ a: 'b'.repeat(100) })),
    ]),
  ],
  [
    'head',
    'floods',
    'CONTINUATION of nothing',
    endlessly((id) => [frame(FRAME.headers, 0, id, headerBlock(HEAD)), frame(FRAME.continuation, 0, id)]),
  ],
  ['head', 'floods', 'PING', endlessly(() => [ping])],
  ['head', 'floods', 'SETTINGS', endlessly(() => [settingsFrame])],
  ['head', 'lies', '101', then((id) => [headers(id, { ':status': '101' }), headers(id, OK, END_STREAM)])],
  ['head', 'lies', 'no status', then((id) => [headers(id, { a: 'b' }, END_STREAM)])],
  [
    'head',
    'lies',
    'of another stream',
    then((id) => [headers(id + 2, HEAD), headers(id + 2, OK, END_STREAM)]),
  ],
  [
    'head',
    'lies',
    'NOT_FOUND',
    then((id) => [headers(id, { ...HEAD, 'grpc-status': '5' }, END_STREAM)]),
    LOST,
  ],
  ['body', 'stops', 'after the head', then((id) => [headers(id, HEAD)])],
  ['body', 'stops', 'in the middle', then((id) => [headers(id, HEAD), data(id, Buffer.of(0, 0, 0))])],
  ['body', 'stops', 'trickles', framed((socket, id) => trickleBody(socket, id))],
  ['body', 'floods', 'DATA', endlessly((id) => [headers(id, HEAD), data(id, Buffer.alloc(16_384))])],
  ['body', 'floods', 'DATA of one byte', endlessly((id) => [headers(id, HEAD), data(id, 'x')])],
  ['body', 'floods', 'DATA of nothing', endlessly((id) => [headers(id, HEAD), data(id, '')])],
  [
    'body',
    'lies',
    'a length of 4 GiB',
    then((id) => [
      headers(id, HEAD),
      data(id, Buffer.of(0, 255, 255, 255, 255, 1)),
      headers(id, OK, END_STREAM),
    ]),
    DELIVERED,
  ],
  [
    'body',
    'lies',
    'fields that mean nothing',
    then((id) => [headers(id, HEAD), ...inFrames(id, MEANINGLESS), headers(id, OK, END_STREAM)]),
    DELIVERED,
  ],
  [
    'body',
    'lies',
    'a bomb',
    then((id) => [
      headers(id, { ...HEAD, 'grpc-encoding': 'gzip' }),
      message(id, bomb, 1),
      headers(id, OK, END_STREAM),
    ]),
    DELIVERED,
  ],
  ['trailers', 'stops', 'nothing', then((id) => [headers(id, HEAD), message(id, Buffer.alloc(0))])],
  [
    'trailers',
    'stops',
    'in the middle',
    then((id) => [
      headers(id, HEAD),
      message(id, Buffer.alloc(0)),
      frame(FRAME.headers, END_STREAM, id, headerBlock(OK)),
    ]),
  ],
  [
    'trailers',
    'floods',
    'CONTINUATION',
    endlessly((id) => [
      headers(id, HEAD),
      frame(FRAME.headers, END_STREAM, id, headerBlock(OK)),
      frame(FRAME.continuation, 0, id, headerBlock({ a: 'b'.repeat(100) })),
    ]),
  ],
  [
    'trailers',
    'lies',
    'none',
    then((id) => [headers(id, HEAD), message(id, Buffer.alloc(0)), data(id, '', END_STREAM)]),
  ],
  [
    'trailers',
    'lies',
    'without a status',
    then((id) => [headers(id, HEAD), headers(id, { a: 'b' }, END_STREAM)]),
  ],
  ['trailers', 'lies', 'that do not end the stream', then((id) => [headers(id, HEAD), headers(id, OK)])],
  ['close', 'lies', 'after the head', closing((id) => [headers(id, HEAD)])],
  ['close', 'lies', 'after the message', closing((id) => [headers(id, HEAD), message(id, Buffer.alloc(0))])],
  [
    'close',
    'lies',
    'of the stream, without an error',
    then((id) => [headers(id, HEAD), frame(FRAME.rstStream, 0, id, uint32(0))]),
  ],
  ['close', 'lies', 'before the settings', answering((socket) => socket.end(settingsFrame.subarray(0, 5)))],
];

function trickleBody(socket: Socket, stream: number): void {
  socket.write(headers(stream, HEAD));
  trickle(socket, data(stream, 'x'));
}

function closing(frames: Frames): Behaviour {
  return framed((socket, stream) => socket.end(Buffer.concat(frames(stream))));
}
