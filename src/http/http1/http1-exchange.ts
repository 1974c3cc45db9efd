import { errorCodeOf } from '../error-code.ts';
import type { Outcome } from '../exchange.ts';
import type { ProcessEnd, SoFar } from '../observed-exchange.ts';
import { ObservedRequest } from '../observed-request.ts';
import { routeOf } from '../route/route.ts';
import type { IdSource } from '../trace/trace-context.ts';
import { ChunkPart } from './body/chunk-part.ts';
import { contentLengthOf, receivedBytes } from './body/request-body.ts';
import { expectedRequestSize } from './body/request-size.ts';
import {
  bytesSent,
  closedByClient,
  isEndless,
  isTooShort,
  LENGTH_MISMATCH,
  sizeOfHead,
  statusOf,
} from './body/response-end.ts';
import { exchangeOf, setExchange } from './exchange-slot.ts';
import type { ObservedResponse, ServerMessage, SocketInternals } from './node-internals.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { RawHead } from './raw-head.ts';

/** A request of HTTP/1 and its response, while it is open. */
export class Http1Exchange extends ObservedRequest {
  readonly connection: ObservedConnection;
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
  /** The socket was ended or destroyed before the head was written: it was not sent. */
  headCameTooLate = false;

  /** Code of the error that the parser found in the body, or the timeout that it ran into. */
  parserErrorCode: string | undefined = undefined;

  #rawHead: RawHead | undefined;
  /** Node's objects. Released at the end, with everything that the application may have attached to them. */
  #open: ServerMessage | undefined;

  constructor(message: ServerMessage, connection: ObservedConnection, idSource: IdSource, nowMs: number) {
    const { request } = message;
    // Node reads them for its own checks in any case, and keeps what the first access has parsed.
    const { headers } = request;
    super(idSource, nowMs);
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
    this.#open = message;
  }

  /** True from the moment at which the outcome is known. */
  get ended(): boolean {
    return this.#open === undefined;
  }

  override markRequest(): void {
    const request = this.#open?.request;
    if (request !== undefined && exchangeOf(request) === undefined) setExchange(request, this);
  }

  /** Head that was written to the socket past the response. */
  get rawHead(): RawHead {
    this.#rawHead ??= new RawHead();
    return this.#rawHead;
  }

  /** The request was received as a whole. */
  get isRequestComplete(): boolean {
    return this.#open?.request.complete !== false;
  }

  /** Whether the socket sent less than the response wrote: what is written to a destroyed socket goes nowhere. */
  get isCutShort(): boolean {
    if (this.#open === undefined) return false;
    const { socket, response } = this.#open;
    const beforeBody = this.bytesInformational + sizeOfHead(response, this.headIsUtf8);
    return this.connection.sizeOnWire(socket) < beforeBody + this.bytesFraming + this.bytesAccepted;
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
    const code = errorCodeOf(socket.errored) ?? errorCodeOf(response.errored) ?? this.parserErrorCode;
    const timedOut = this.connection.timedOut || code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const size = this.#end(open, nowMs, timedOut ? 'timeout' : 'aborted');
    this.errorCode = code;
    const hasHead = response._headerSent === true && !this.headCameTooLate;
    const reachedWire = size > this.bytesInformational;
    if (!reachedWire || !hasHead) this.timeToHeadersMs = undefined;
    if (!reachedWire) return;
    if (!hasHead) {
      this.#takeRawHead(size, socket);
      return;
    }
    this.#takeHead(response, keepHead);
    const afterHead = size - this.bytesInformational - sizeOfHead(response, this.headIsUtf8);
    // At the most: how much of the last bytes of a chunked body is framing is not known.
    this.responseBodySize = Math.min(this.bytesAccepted, Math.max(0, afterHead));
    if (!timedOut && closedByClient(socket, code) && isEndless(response._header)) {
      this.outcome = 'completed';
      this.errorCode = undefined;
    }
  }

  endWithProcess({ outcome, errorCode, thrown }: ProcessEnd, nowMs: number, keepHead: boolean): void {
    if (this.#isHandedOn) {
      this.complete(nowMs, keepHead);
      return;
    }
    this.breakOff(nowMs, keepHead);
    if (this.outcome === 'completed') return;
    this.outcome = outcome;
    this.errorCode = errorCode;
    if (thrown !== undefined) this.thrown = thrown;
  }

  protected override readSoFar(): SoFar | undefined {
    if (this.#open === undefined) return undefined;
    const { request, response, socket } = this.#open;
    const requestBodySize = receivedBytes(this, request);
    const route = routeOf(this, request);
    const isFirst = this.connection.open.first === this;
    // A response that waits behind another one has no bytes on the wire.
    const size = isFirst ? this.connection.sizeOnWire(socket) : 0;
    const sent: Partial<SoFar> = size > this.bytesInformational ? this.#sentSoFar(size, response) : {};
    return {
      requestBodySize,
      route,
      statusCode: sent.statusCode,
      responseBodySize: sent.responseBodySize,
      timeToHeadersMs: sent.timeToHeadersMs,
      outcome: 'completed',
    };
  }

  #sentSoFar(size: number, response: ObservedResponse): Partial<SoFar> {
    if (response._headerSent !== true || this.headCameTooLate)
      return { statusCode: this.#rawHead?.statusCode };
    const { headMs } = this;
    const afterHead = size - this.bytesInformational - sizeOfHead(response, this.headIsUtf8);
    return {
      statusCode: this.#statusOf(response),
      responseBodySize: Math.min(this.bytesAccepted, Math.max(0, afterHead)),
      timeToHeadersMs: headMs === undefined ? undefined : headMs - this.startMs,
    };
  }

  /**
   * Whether the kernel has the response as a whole, before Node says so: it emits `finish` in a later turn. From Node 24
   * on, `writableFinished` is set no earlier either.
   */
  get #isHandedOn(): boolean {
    if (this.#open === undefined || this.connection.open.first !== this) return false;
    const { response, socket } = this.#open;
    return response.writableEnded && socket.writableLength === 0 && !this.isCutShort;
  }

  #take(): ServerMessage | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }

  /** @returns all bytes of the response on the wire */
  #end({ request, response, socket }: ServerMessage, nowMs: number, outcome: Outcome): number {
    this.outcome = outcome;
    this.durationMs = nowMs - this.startMs;
    let size = 0;
    // A response that waits behind another one has no bytes on the wire.
    if (this.connection.open.first === this) {
      size = this.connection.sizeOnWire(socket);
      this.connection.bytesAccounted = bytesSent(socket) ?? 0;
      this.requestSize = this.connection.takeRequestSize(this.#expectedRequestSize, request.complete, socket);
    }
    if (this.headMs !== undefined && response._headerSent === true) {
      this.timeToHeadersMs = this.headMs - this.startMs;
    }
    this.requestBodySize = receivedBytes(this, request);
    this.route = routeOf(this, request);
    this.handledAs = undefined;
    return size;
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
      if (head !== response._header?.length && head !== sizeOfHead(response, this.headIsUtf8)) {
        return size - this.bytesInformational - sizeOfHead(response, this.headIsUtf8);
      }
    }
    this.responseBodySize = bodySize;
    return bodySize;
  }

  /** What Node wrote in answer to an error of the parser, or the application past the response. */
  #takeRawHead(size: number, socket: SocketInternals): void {
    const raw = this.#rawHead;
    if (raw?.statusCode === undefined) return;
    this.statusCode = raw.statusCode;
    if (size !== Number.POSITIVE_INFINITY) {
      this.responseSize = size;
      if (raw.size !== undefined && size >= raw.size) this.responseBodySize = size - raw.size;
    }
    // The application ended the connection itself, and all that it wrote went out.
    if (this.outcome === 'aborted' && this.errorCode === undefined && socket.writableFinished)
      this.outcome = 'completed';
  }

  #takeHead(response: ObservedResponse, keepHead: boolean): void {
    const head = response._header;
    this.statusCode = this.#statusOf(response);
    if (keepHead && typeof head === 'string') this.responseHead = head;
  }

  #statusOf({ _header: head, statusCode }: ObservedResponse): number {
    return this.headStatusCode ?? statusOf(head) ?? statusCode;
  }
}

function asText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
