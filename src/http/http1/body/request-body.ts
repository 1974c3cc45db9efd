import { exchangeOf, setExchange } from '../exchange-slot.ts';
import type { Http1Exchange } from '../http1-exchange.ts';
import type { ObservedRequest } from '../node-internals.ts';

/** `Content-Length` as a number (RFC 9110 section 8.6); `undefined` where it is absent or not one number. */
export function contentLengthOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** Counts what the parser hands to the request stream; only for requests that announce a body. */
export function countReceivedBytes(request: ObservedRequest, exchange: Http1Exchange): void {
  if (!exchange.hasTransferEncoding && !exchange.contentLength) return;
  setExchange(request, exchange);
  // An own property, so that no other request pays for it. It leaves `readableFlowing` alone, as a listener would not.
  Object.defineProperty(request, 'push', { value: countingPush, writable: true, configurable: true });
}

function countingPush(this: ObservedRequest, chunk: unknown, encoding?: BufferEncoding): boolean {
  const exchange = exchangeOf(this);
  if (exchange !== undefined && chunk instanceof Uint8Array) exchange.bytesReceived += chunk.byteLength;
  // What would be called without us; a class of the application may have its own.
  const inherited: ObservedRequest = Object.getPrototypeOf(this);
  return inherited.push.call(this, chunk, encoding);
}

/** Body bytes received until now, without chunk framing; `undefined` where Node discarded them uncounted. */
export function receivedBytes(exchange: Http1Exchange, request: ObservedRequest): number | undefined {
  if (exchange.hasTransferEncoding) {
    return request._dumped === true ? undefined : exchange.bytesReceived;
  }
  if (exchange.contentLength === undefined) return 0;
  return request.complete ? exchange.contentLength : exchange.bytesReceived;
}
