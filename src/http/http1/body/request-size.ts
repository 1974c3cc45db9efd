import type { ObservedRequest, SocketInternals } from '../node-internals.ts';

/** `HTTP/1.1` and the CRLF behind it. */
const VERSION_BYTES = 10;
/** `: ` and CRLF around the name and the value of a field line. */
const FIELD_LINE_BYTES = 4;
const CRLF_BYTES = 2;

/**
 * Length of a request whose head is written as every common client writes it: single spaces, one space behind each
 * colon, CRLF (RFC 9112 sections 3 and 5). Node keeps no trace of other whitespace, so the length is a fact only where
 * the connection received as many bytes. `NaN` for a chunked body: how much of it is framing is not known.
 *
 * To be called before the application, which may change the request.
 */
export function expectedRequestSize(
  request: ObservedRequest,
  hasTransferEncoding: boolean,
  contentLength: number | undefined,
): number {
  if (hasTransferEncoding) return Number.NaN;
  const { method, url, rawHeaders } = request;
  // Node makes these strings of bytes, one unit for each.
  let size =
    (method?.length ?? 0) + (url?.length ?? 0) + 2 + VERSION_BYTES + CRLF_BYTES + (contentLength ?? 0);
  for (let index = 0; index < rawHeaders.length; index++) size += rawHeaders[index]?.length ?? 0;
  return size + (rawHeaders.length >> 1) * FIELD_LINE_BYTES;
}

/**
 * Whether the parser of the connection is at the end of a request and has seen nothing of another one. On Node 20 it
 * counts the time from the first byte of a message to its end. Later versions do not show it: there the length alone
 * decides, which fails only for a client that omits as many bytes of usual whitespace as it sends of the next request.
 */
export function isBetweenRequests({ parser }: SocketInternals): boolean {
  return typeof parser?.duration !== 'function' || parser.duration() === 0;
}
