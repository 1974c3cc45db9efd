import { performance } from 'node:perf_hooks';
import type { Echo } from '../../echo/echo.ts';
import { lengthOf, type Method, patchMethod, prototypeWith } from '../../patched-method.ts';
import { captureHeadContext } from '../../trace/active-span.ts';
import { exchangeOf } from '../exchange-slot.ts';
import type { Http1Exchange } from '../http1-exchange.ts';
import type { ObservedResponse } from '../node-internals.ts';
import { ChunkPart } from './chunk-part.ts';

const CRLF_BYTES = 2;
/** The buffer that Node writes around each chunk, always the same. No application has it. */
let crlf: unknown;

type MethodName =
  | '_send'
  | 'writeHead'
  | 'writeInformation'
  | 'writeContinue'
  | 'writeProcessing'
  | 'writeEarlyHints';
/**
 * Counts the bytes that a response writes and notes when its head leaves. It patches `_send`, `writeHead` and the
 * methods for informational responses of `ServerResponse.prototype`; what they do, return and throw stays the same.
 *
 * Not of `write` and `end`: a wrapper that was there before us may pass on another body than we saw, and code that calls
 * those of `OutgoingMessage` passes by ours. Head, body and framing all go through `_send`. If Node loses that method
 * one day, the bytes no longer add up to those of the socket, and {@link Http1Exchange} leaves the body size out.
 *
 * The prototype is taken from a response, without loading `node:http`: an instrumentation of the application that waits
 * for that module would run too early, or miss it.
 *
 * @param echo what extends the head of each response; `undefined`: nothing does
 * @returns a function that removes the patches
 */
export function countResponseBytes(response: ObservedResponse, echo: Echo | undefined): () => void {
  const prototype = prototypeWith(response, 'assignSocket');
  if (prototype === undefined) return () => undefined;
  // Each method is written out by its name: a lookup by a variable name and a call with a list of arguments go through
  // generic code of the engine.
  const patch = <Name extends MethodName>(
    name: Name,
    wrap: (source: Readonly<Record<Name, Method>>) => unknown,
  ): (() => void) => patchMethod(prototype, name, wrap, true);
  const undo = [
    patch('_send', (source) => {
      return function _send(
        this: ObservedResponse,
        data: unknown,
        encoding?: unknown,
        callback?: unknown,
        byteLength?: unknown,
      ) {
        // Ends a response, or only flushes it: there is nothing to count.
        if (data === '' && this._headerSent === true) {
          return source._send.call(this, data, encoding, callback, byteLength);
        }
        const exchange = exchangeOf(this);
        if (exchange === undefined) return source._send.call(this, data, encoding, callback, byteLength);
        if (exchange.headMs === undefined) headLeaves(exchange, this, data, encoding);
        const result = source._send.call(this, data, encoding, callback, byteLength);
        // Not before: what throws has written nothing.
        if (this._headerSent === true) count(exchange, this, data, encoding, byteLength);
        return result;
      };
    }),
    patch('writeHead', (source) => {
      if (echo !== undefined) {
        return function writeHead(this: ObservedResponse, ...args: unknown[]) {
          const result = source.writeHead.apply(this, withEcho(echo, this, args));
          noteHead(this);
          return result;
        };
      }
      return function writeHead(this: ObservedResponse, ...args: unknown[]) {
        const result = source.writeHead.apply(this, args);
        noteHead(this);
        return result;
      };
    }),
    ...(echo === undefined ? [] : [patchOldName(prototype, echo)]),
    ...informational(prototype).map((name) =>
      patch(name, (source) => {
        return function inform(this: ObservedResponse, ...args: unknown[]) {
          const exchange = exchangeOf(this);
          const before = bytesWritten(this);
          const result = source[name].apply(this, args);
          // After the head, where Node 20 and 22 let it pass, it is garbage in the body.
          if (exchange !== undefined && this._headerSent === false) {
            exchange.bytesInformational += bytesWritten(this) - before;
          }
          return result;
        };
      }),
    ),
  ];
  return () => {
    for (const restore of undo) restore();
  };
}

/** `writeHeader`, which Node 24 and earlier have beside `writeHead`: the same function by an older name. */
function patchOldName(prototype: object, echo: Echo): () => void {
  return patchMethod(
    prototype,
    'writeHeader',
    (source) => {
      return function writeHeader(this: ObservedResponse, ...args: unknown[]) {
        return source.writeHeader.apply(this, withEcho(echo, this, args));
      };
    },
    true,
  );
}

function noteHead(response: ObservedResponse): void {
  const exchange = exchangeOf(response);
  if (exchange === undefined) return;
  exchange.headStatusCode = response.statusCode;
  captureHeadContext(exchange);
}

/** The arguments of `writeHead(statusCode[, reason][, headers])`, with the headers extended. */
function withEcho(echo: Echo, response: ObservedResponse, args: unknown[]): unknown[] {
  const exchange = exchangeOf(response);
  const [statusCode, reason, headers] = args;
  // Node throws where the head was made; an informational one is not that of the response.
  if (exchange === undefined || response.headersSent || Number(statusCode) < 200) return args;
  const hasReason = typeof reason === 'string';
  const given = hasReason ? headers : (headers ?? reason);
  const extended = echo.extend(exchange, given, response);
  if (extended === given) return args;
  return hasReason ? [statusCode, reason, extended] : [statusCode, extended];
}

/** The methods that write informational responses (1xx) themselves. */
function informational(prototype: object): readonly MethodName[] {
  // Node 24 and later: the others call it.
  if ('writeInformation' in prototype) return ['writeInformation'];
  return ['writeContinue', 'writeProcessing', 'writeEarlyHints'];
}

/** Bytes that were written to the connection, or wait in the response: a number to compare with a later one. */
function bytesWritten({ socket, outputSize }: ObservedResponse): number {
  return (socket?.bytesWritten ?? 0) + (outputSize ?? 0);
}

/** The head is handed to the socket, or queued behind the response of an earlier request of the connection. */
function headLeaves(
  exchange: Http1Exchange,
  response: ObservedResponse,
  data: unknown,
  encoding: unknown,
): void {
  exchange.headMs = performance.now();
  // Node writes it in one with a first piece of text, in the encoding of that; else as Latin-1.
  exchange.headIsUtf8 = typeof data === 'string' && (encoding === 'utf8' || !encoding);
  const { socket } = response;
  // A listener of `clientError` may have answered already, and ended the socket.
  exchange.headCameTooLate = socket?.destroyed === true || socket?.writableEnded === true;
}

function count(
  exchange: Http1Exchange,
  response: ObservedResponse,
  data: unknown,
  encoding: unknown,
  byteLength: unknown,
): void {
  // Node has counted it where it needed the number.
  if (response.chunkedEncoding === true) countChunked(exchange, data, encoding, byteLength);
  else exchange.bytesAccepted += typeof byteLength === 'number' ? byteLength : lengthOf(data, encoding);
}

/**
 * Counts what is sent of a chunked body (RFC 9112 section 7.1): the size in hexadecimal, CRLF, the chunk in one piece
 * or more, CRLF; at the end `0`, CRLF, trailers and CRLF in one piece. In any other order the bytes do not add up.
 */
function countChunked(exchange: Http1Exchange, data: unknown, encoding: unknown, byteLength: unknown): void {
  switch (exchange.chunkPart) {
    case ChunkPart.size: {
      const length = lengthOf(data, encoding);
      if (length === 0) return;
      const isLast = typeof data === 'string' && data.startsWith('0');
      exchange.bytesFraming += isLast ? length : length + 2 * CRLF_BYTES;
      exchange.chunkPart = isLast ? ChunkPart.none : ChunkPart.firstCrlf;
      break;
    }
    case ChunkPart.firstCrlf:
      crlf = data;
      exchange.chunkPart = ChunkPart.data;
      break;
    case ChunkPart.data:
      if (data === crlf) exchange.chunkPart = ChunkPart.size;
      else exchange.bytesAccepted += typeof byteLength === 'number' ? byteLength : lengthOf(data, encoding);
      break;
    default:
      // Node 22 and 24 send what was still corked after the last chunk: for the client it is not part of the body.
      exchange.bytesFraming += lengthOf(data, encoding);
  }
}
