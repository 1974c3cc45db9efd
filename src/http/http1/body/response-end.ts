// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import type { ObservedResponse, SocketInternals } from '../node-internals.ts';

/** `Content-Length` and too little of it: Node's code where `strictContentLength` makes it an error. */
export const LENGTH_MISMATCH = 'ERR_HTTP_CONTENT_LENGTH_MISMATCH';

/**
 * Bytes of the connection that Node handed to the operating system. `bytesWritten` has those too that a corked
 * socket holds back and, once it is destroyed, never writes.
 *
 * @returns `undefined` where it is not known: on streams that are no sockets (`server.emit('connection', stream)`)
 */
export function bytesSent(socket: SocketInternals): number | undefined {
  return socket._bytesDispatched ?? socket.bytesWritten;
}

/** Bytes of the head as it was made; 0 where there is none. */
export function sizeOfHead({ _header: head }: ObservedResponse, isUtf8: boolean): number {
  return head == null ? 0 : Buffer.byteLength(head, isUtf8 ? 'utf8' : 'latin1');
}

/** That of the status line, `HTTP/1.1 200 OK`, for a head that was made without `writeHead`. */
export function statusOf(head: unknown): number | undefined {
  const status = typeof head === 'string' ? Number(head.slice(9, 12)) : Number.NaN;
  return Number.isInteger(status) ? status : undefined;
}

/**
 * Whether a body of so many bytes is shorter than its head promised (RFC 9112 section 6.3). Node has read the length
 * out of the headers while it made the head.
 */
export function isTooShort(bodySize: number, response: ObservedResponse): boolean {
  const { _contentLength: promised } = response;
  if (typeof promised !== 'number' || bodySize >= promised) return false;
  return (
    response._hasBody !== false && response.chunkedEncoding !== true && response._removedContLen !== true
  );
}

/**
 * Media types of bodies that have no end: an event stream (HTML, section "Server-sent events") and a series of
 * pictures, each in place of the one before. Their client ends them, by closing the connection.
 */
const ENDLESS = /\r\ncontent-type:[ \t]*(?:text\/event-stream|multipart\/x-mixed-replace)[ \t]*[;\r]/i;
const HAS_LENGTH = /\r\ncontent-length:/i;

/** Whether the response whose head this is goes on until its client closes the connection. */
export function isEndless(head: unknown): boolean {
  return typeof head === 'string' && ENDLESS.test(head) && !HAS_LENGTH.test(head);
}

/** Whether the client closed the connection, by FIN or by reset. */
export function closedByClient(socket: SocketInternals, code: string | undefined): boolean {
  return code === undefined ? socket.readableEnded : code === 'ECONNRESET' || code === 'EPIPE';
}
