import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import type { Context, SpanContext } from '@opentelemetry/api';
import type { ExchangeFields } from './fields/exchange-fields.ts';
import type { RandomIds } from './trace/random-ids.ts';

/**
 * How an exchange ended, apart from its status code.
 *
 * - `completed`: the response was handed to the kernel as a whole; also what Node answers itself (417, 400, 503), and a
 *   stream without an end (`text/event-stream`) that its client closed
 * - `aborted`: the connection went away, or the application destroyed it, before the response was complete; also a body
 *   that is shorter than its `Content-Length`
 * - `timeout`: Node closed the connection because a server timeout was reached
 * - `rejected`: refused by the parser before there was a request
 * - `upgraded`, `tunneled`: the socket was handed over (`Upgrade`, `CONNECT`)
 * - `crashed`: the process ended while the exchange was open
 */
export type Outcome = 'completed' | 'aborted' | 'timeout' | 'rejected' | 'upgraded' | 'tunneled' | 'crashed';

/** The socket that an exchange came in on. Read once per connection, shared by all of its exchanges. */
export interface Connection {
  /** Peer address as Node gives it (possibly IPv4-mapped IPv6, possibly with a zone); absent on a Unix socket. */
  readonly remoteAddress: string | undefined;
  /** True on a Unix domain socket or a named pipe: a peer without an address on any other socket has gone away. */
  readonly isUnixSocket: boolean;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** True where the socket is TLS. */
  readonly encrypted: boolean;
  /**
   * Slot for what the reader of exchanges computes once per connection; lives as long as the connection.
   * @internal
   */
  described?: object | undefined;
  /**
   * Slot for the number of the client where the peer is the client.
   * @internal
   */
  clientKey?: number | undefined;
}

/** Node's own objects of an exchange, with what the application has attached to them. */
export interface HttpMessages {
  /** `undefined` where there was none: a request that was rejected, and one that only the stream API of HTTP/2 saw. */
  readonly request: IncomingMessage | Http2ServerRequest | undefined;
  /** Like `request`; `undefined` also for an upgrade and a tunnel. */
  readonly response: ServerResponse | Http2ServerResponse | undefined;
  /** Stream of HTTP/2; `undefined` for HTTP/1. */
  readonly stream: ServerHttp2Stream | undefined;
}

/**
 * One request and its outcome, raw: nothing is redacted or cut, and no header is believed yet.
 * Times are milliseconds of the monotonic clock (`performance.now()`), with nanosecond resolution.
 */
export interface Exchange {
  readonly connection: Connection;

  /** Method as in the request line. */
  readonly method: string;
  /**
   * Request target as in the request line (RFC 9112 section 3.2), before any router rewrote `req.url`. Of HTTP/2 the
   * `:path`; of a CONNECT without one the `:authority`.
   */
  readonly target: string;
  /** `1.0`, `1.1` or `2`. */
  readonly httpVersion: string;
  /** `:scheme` of HTTP/2 (RFC 9113 section 8.3.1); `undefined` where it is neither of these, and for HTTP/1. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** `Host`; of HTTP/2 the `:authority`. */
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
  /** Values of the headers that the options ask to keep, by lower-case name; absent ones are left out. */
  readonly requestHeaders: Readonly<Record<string, string | readonly string[]>> | undefined;
  /**
   * The headers that identity is read from, once: afterwards they are gone, since records wait longer than credentials
   * should stay in memory.
   * @internal
   */
  takeIdentityHeaders?(): Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Body bytes as received; `undefined` where it is not known (a chunked body that Node discarded unread). */
  readonly requestBodySize: number | undefined;
  /**
   * All bytes of the request on the wire, head included; only where exact: not with a chunked body, where the head has
   * other whitespace than the usual, beside a pipelined request, and where the exchange broke off.
   */
  readonly requestSize: number | undefined;

  /** Status code that was on the wire; `undefined` where none was. */
  readonly statusCode: number | undefined;
  /**
   * Body bytes that the socket sent, without chunk framing: at the most, where the exchange broke off. `undefined`
   * where no head was sent, and where the application wrote to the socket past the response.
   */
  readonly responseBodySize: number | undefined;
  /**
   * All bytes of the response on the wire, heads and framing included; only where exact, so never for HTTP/2: Node does
   * not show the size of frames.
   */
  readonly responseSize: number | undefined;
  /** The response head as sent, status line included; only where the options ask to keep it. */
  readonly responseHead: string | undefined;
  /** Headers of the response as HTTP/2 sent them; only where the options ask to keep the head. */
  readonly responseHeaders?: Readonly<Record<string, string | number | readonly string[]>> | undefined;
  /** `grpc-status` of a gRPC response, from its trailers or its head; `undefined` where it sent none. */
  readonly grpcStatus?: number | undefined;

  readonly startMs: number;
  /** From the start to the moment the head was handed to the socket; `undefined` where none was. */
  readonly timeToHeadersMs: number | undefined;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /**
   * Node's error code (`ECONNRESET`, `ERR_HTTP_REQUEST_TIMEOUT`, `ERR_HTTP_CONTENT_LENGTH_MISMATCH`, `HPE_…`) where there
   * is one; of HTTP/2 the code of the reset, by the name of its constant in `node:http2` (`NGHTTP2_CANCEL`).
   */
  readonly errorCode: string | undefined;
  /** Route template of the framework (`/orders/:id`), never with a concrete parameter value in it. */
  readonly route: string | undefined;
  /** Trace and span id; the span id is empty where only the trace is known; `undefined` where neither is. */
  readonly spanContext: SpanContext | undefined;
  /**
   * The same as numbers: new ones, until they are read as text.
   * @internal
   */
  readonly randomIds?: RandomIds | undefined;
  /**
   * What was handed to the error handlers of the framework last, or ended the process; of an exchange that went well
   * too.
   * @internal
   */
  readonly thrown?: unknown;
  /**
   * What its handlers have set.
   * @internal
   */
  readonly fields?: ExchangeFields | undefined;
  /**
   * Context of the application's handlers, where it is known.
   * @internal
   */
  readonly handlerContext?: Context | undefined;
  /** A context that carries them; that of the handlers where they ran in the exchange's span. */
  readonly context: Context;
}
