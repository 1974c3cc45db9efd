// Not the global one, which is a getter.
import { Buffer } from 'node:buffer';
import type { Context, SpanContext } from '@opentelemetry/api';
import { ChunkPart } from './body/chunk-part.ts';
import { contentLengthOf, receivedBytes } from './body/request-body.ts';
import { expectedRequestSize, isBetweenRequests } from './body/request-size.ts';
import {
  bytesSent,
  closedByClient,
  errorCodeOf,
  isEndless,
  isTooShort,
  LENGTH_MISMATCH,
  statusOf,
  statusOfParserError,
} from './body/response-end.ts';
import type { Exchange, Outcome } from './exchange.ts';
import type { ObservedResponse, ServerMessage, SocketInternals } from './node-internals.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { routeOf } from './route/route.ts';
import { type Ids, RandomIds, spanContextOf } from './trace/random-ids.ts';
import { contextOf, type IdSource } from './trace/trace-context.ts';
import type { TracingAgent } from './trace/tracing-agent.ts';

/** An exchange while it is open. After its end it is passed on as an {@link Exchange}. */
export class ObservedExchange implements Exchange {
  readonly connection: ObservedConnection;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
  /** The `traceparent` header (W3C Trace Context) as received. */
  readonly traceparent: string | undefined;
  readonly startMs: number;

  requestHeaders: Readonly<Record<string, string | readonly string[]>> | undefined;
  requestBodySize: number | undefined;
  requestSize: number | undefined;
  statusCode: number | undefined;
  responseBodySize: number | undefined;
  responseSize: number | undefined;
  responseHead: string | undefined;
  timeToHeadersMs: number | undefined;
  durationMs = 0;
  outcome: Outcome = 'completed';
  errorCode: string | undefined;
  route: string | undefined;

  /** Agent that traces the process without a tracer provider of OpenTelemetry. */
  agent: TracingAgent | undefined;
  /** Context that was active when the request arrived, before any handler; `undefined` without a context manager. */
  contextBefore: Context | undefined;
  /** Context of the application's handlers, the one with their server span; `undefined` where it is not known. */
  handlerContext: Context | undefined;
  /**
   * Span that was active for it: the server span where one was seen, else another one of this process, else the
   * caller's; `undefined` where there was none, and in a context of our own.
   */
  activeSpan: SpanContext | undefined;
  /** `activeSpan` is the server span: no better one can follow. */
  hasServerSpan = false;
  /** Route that the framework announced while it handled the request. */
  announcedRoute: string | undefined;
  /** Value of `Content-Length` of the request, where it has one. */
  readonly contentLength: number | undefined;
  readonly hasTransferEncoding: boolean;
  readonly #expectedRequestSize: number;
  /** Body bytes that Node handed to the request stream. */
  bytesReceived = 0;
  /** Body bytes that the response wrote. */
  bytesAccepted = 0;
  /** Bytes around the chunks of a chunked body, trailers included. */
  bytesFraming = 0;
  /** Bytes of informational responses (1xx). */
  bytesInformational = 0;
  /** The part of a chunked body that comes next. */
  chunkPart: ChunkPart = ChunkPart.size;
  /** Monotonic time at which the head was handed to the socket. */
  headMs: number | undefined;
  /** The head was encoded as UTF-8; else as Latin-1. */
  headIsUtf8 = false;
  /** Status code of the head that was made last; `response.statusCode` may change after that. */
  headStatusCode: number | undefined;
  /** The socket was destroyed before the head was written: it was not sent. */
  headCameTooLate = false;

  /** Node's objects. Released at the end, with everything that the application may have attached to them. */
  #open: ServerMessage | undefined;
  readonly #idSource: IdSource;
  #ids: Ids | undefined;
  #hasIds = false;
  #context: Context | undefined;

  constructor(message: ServerMessage, connection: ObservedConnection, idSource: IdSource, nowMs: number) {
    const { request } = message;
    // Node reads them for its own checks in any case, and keeps what the first access has parsed.
    const { headers } = request;
    this.connection = connection;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.httpVersion = request.httpVersion;
    this.host = headers.host;
    this.userAgent = headers['user-agent'];
    this.traceparent = asText(headers.traceparent);
    this.contentLength = contentLengthOf(headers['content-length']);
    this.hasTransferEncoding = headers['transfer-encoding'] !== undefined;
    this.#expectedRequestSize = expectedRequestSize(request, this.hasTransferEncoding, this.contentLength);
    this.startMs = nowMs;
    this.#open = message;
    this.#idSource = idSource;
  }

  /** True from the moment at which the outcome is known. */
  get ended(): boolean {
    return this.#open === undefined;
  }

  get spanContext(): SpanContext | undefined {
    const ids = this.#readIds();
    return ids === undefined ? undefined : spanContextOf(ids);
  }

  get randomIds(): RandomIds | undefined {
    const ids = this.#readIds();
    return ids instanceof RandomIds ? ids : undefined;
  }

  get context(): Context {
    this.#context ??= contextOf(this);
    return this.#context;
  }

  /** Whether the socket sent less than the response wrote: what is written to a destroyed socket goes nowhere. */
  get isCutShort(): boolean {
    if (this.#open === undefined) return false;
    const { socket, response } = this.#open;
    const beforeBody = this.bytesInformational + this.#sizeOfHead(response);
    return this.#sizeOnWire(bytesSent(socket)) < beforeBody + this.bytesFraming + this.bytesAccepted;
  }

  /**
   * Whether the response was sent as a whole though Node never emits `finish`: the parser found an error in
   * what came behind the request, and the connection was destroyed in the same turn.
   */
  get isWhole(): boolean {
    if (this.#open === undefined || this.connection.open.first !== this) return false;
    const { socket, response } = this.#open;
    if (!response.writableEnded || socket._writableState?.needDrain === true || this.isCutShort) return false;
    return errorCodeOf(socket.errored)?.startsWith('HPE_') === true;
  }

  /** The response was handed to the kernel as a whole. */
  complete(nowMs: number, keepHead: boolean): void {
    const open = this.#take();
    if (open === undefined) return;
    const { response } = open;
    const size = this.#end(open, nowMs, 'completed');
    this.#takeHead(response, keepHead);
    if (isTooShort(this.#takeSizes(size, response), response)) {
      // The client waits for the rest, or finds the connection closed.
      this.outcome = 'aborted';
      this.errorCode = LENGTH_MISMATCH;
    }
  }

  /** The responses before this one have ended; Node now writes what waited of it to the socket. */
  comesFirst(nowMs: number): void {
    if (this.headMs !== undefined) this.headMs = nowMs;
  }

  /** The connection ended, or the response was destroyed, before it was whole. */
  breakOff(nowMs: number, keepHead: boolean): void {
    const open = this.#take();
    if (open === undefined) return;
    const { socket, response } = open;
    const code = errorCodeOf(socket.errored) ?? errorCodeOf(response.errored);
    const timedOut = this.connection.timedOut || code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const size = this.#end(open, nowMs, timedOut ? 'timeout' : 'aborted');
    this.errorCode = code;
    const hasHead = response._headerSent === true && !this.headCameTooLate;
    const reachedWire = size > this.bytesInformational;
    if (!reachedWire || !hasHead) this.timeToHeadersMs = undefined;
    if (!reachedWire) return;
    if (!hasHead) {
      if (this.connection.nodeAnswersErrors) this.statusCode = statusOfParserError(code);
      return;
    }
    this.#takeHead(response, keepHead);
    const afterHead = size - this.bytesInformational - this.#sizeOfHead(response);
    // At the most: how much of the last bytes of a chunked body is framing is not known.
    this.responseBodySize = Math.min(this.bytesAccepted, Math.max(0, afterHead));
    if (!timedOut && closedByClient(socket, code) && isEndless(response._header)) {
      this.outcome = 'completed';
      this.errorCode = undefined;
    }
  }

  #readIds(): Ids | undefined {
    if (!this.#hasIds) {
      this.#ids = this.#idSource(this);
      this.#hasIds = true;
    }
    return this.#ids;
  }

  #take(): ServerMessage | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }

  /** Bytes of this exchange on the wire, where it is the oldest of its connection; infinite where they are not counted. */
  #sizeOnWire(sent: number | undefined): number {
    return sent === undefined ? Number.POSITIVE_INFINITY : sent - this.connection.bytesAccounted;
  }

  /** @returns all bytes of the response on the wire */
  #end({ request, response, socket }: ServerMessage, nowMs: number, outcome: Outcome): number {
    this.outcome = outcome;
    this.durationMs = nowMs - this.startMs;
    let size = 0;
    // A response that waits behind another one has no bytes on the wire.
    if (this.connection.open.first === this) {
      const sent = bytesSent(socket);
      size = this.#sizeOnWire(sent);
      this.connection.bytesAccounted = sent ?? 0;
      this.#takeRequestSize(request.complete, socket);
    }
    if (this.headMs !== undefined && response._headerSent === true) {
      this.timeToHeadersMs = this.headMs - this.startMs;
    }
    this.requestBodySize = receivedBytes(this, request);
    this.route = routeOf(this.handlerContext, this.announcedRoute, request);
    return size;
  }

  /**
   * Takes the size of the request if it alone accounts for all that came in since the end of the one before: neither
   * bytes of a pipelined request nor empty lines (RFC 9112 section 2.2) may be among them.
   */
  #takeRequestSize(isComplete: boolean, socket: SocketInternals): void {
    const { connection } = this;
    const endsHere = connection.open.isSingle && isComplete && isBetweenRequests(socket);
    const received = socket.bytesRead;
    if (endsHere && received - connection.requestsEndAt === this.#expectedRequestSize) {
      this.requestSize = this.#expectedRequestSize;
    }
    connection.requestsEndAt = endsHere ? received : Number.NaN;
  }

  /**
   * Takes the sizes of a response that was written as a whole; that of its body only if head, body and the rest add
   * up to what the socket sent.
   *
   * @returns how long the body is at the most
   */
  #takeSizes(size: number, response: ObservedResponse): number {
    const bodySize = this.bytesAccepted;
    if (size > 0 && size !== Number.POSITIVE_INFINITY) {
      this.responseSize = size;
      const head = size - this.bytesInformational - this.bytesFraming - bodySize;
      // Nearly always ASCII, which needs no counting.
      if (head !== response._header?.length && head !== this.#sizeOfHead(response)) {
        return size - this.bytesInformational - this.#sizeOfHead(response);
      }
    }
    this.responseBodySize = bodySize;
    return bodySize;
  }

  #sizeOfHead({ _header: head }: ObservedResponse): number {
    return head == null ? 0 : Buffer.byteLength(head, this.headIsUtf8 ? 'utf8' : 'latin1');
  }

  #takeHead(response: ObservedResponse, keepHead: boolean): void {
    const head = response._header;
    this.statusCode = this.headStatusCode ?? statusOf(head) ?? response.statusCode;
    if (keepHead && typeof head === 'string') this.responseHead = head;
  }
}

function asText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
