import type { Socket } from 'node:net';
import type { Behaviour } from './hostile-port.ts';

/** Types of frames (RFC 9113 section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
const ACK = 0x1;
const HEAD_BYTES = 9;
/** What a client sends before its first frame (RFC 9113 section 3.4). */
const PREFACE_BYTES = 24;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = '',
): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(bytes.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, bytes]);
}

/** A block of headers, as literals (RFC 7541 section 6.2.2): names and values of less than 127 bytes. */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)]);
  const literals = Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  return Buffer.concat(literals);
}

export function headers(stream: number, fields: Readonly<Record<string, string>>, flags = 0): Buffer {
  return frame(FRAME.headers, END_HEADERS | flags, stream, headerBlock(fields));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A setting (RFC 9113 section 6.5.1). */
export function setting(name: number, value: number): Buffer {
  return Buffer.concat([Buffer.of(0, name), uint32(value)]);
}

/**
 * An HTTP/2 server that is written frame by frame: says its settings, and hands over each request once it is read.
 *
 * @param onRequest with the number of the stream
 */
export function framed(
  onRequest: (socket: Socket, stream: number) => void,
  given: { readonly settings?: Uint8Array; readonly onHead?: boolean } = {},
): Behaviour {
  return (socket) => {
    socket.write(frame(FRAME.settings, 0, 0, given.settings));
    let read: Buffer = Buffer.alloc(0);
    let isBegun = false;
    socket.on('data', (bytes) => {
      read = Buffer.concat([read, bytes]);
      if (!isBegun && read.length >= PREFACE_BYTES) {
        isBegun = true;
        read = read.subarray(PREFACE_BYTES);
      }
      while (isBegun && read.length >= HEAD_BYTES && read.length >= HEAD_BYTES + read.readUIntBE(0, 3)) {
        const [type = 0, flags = 0] = read.subarray(3);
        const stream = read.readUInt32BE(5);
        read = read.subarray(HEAD_BYTES + read.readUIntBE(0, 3));
        if (type === FRAME.settings && (flags & ACK) === 0) socket.write(frame(FRAME.settings, ACK, 0));
        const isWhole = type === FRAME.data && (flags & END_STREAM) !== 0;
        if (isWhole || (given.onHead === true && type === FRAME.headers)) onRequest(socket, stream);
      }
    });
  };
}
