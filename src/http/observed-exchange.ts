import type { Context, SpanContext } from '@opentelemetry/api';
import type { Exchange, Outcome } from './exchange.ts';
import type { ObservedRequest, ObservedResponse, ServerMessage } from './node-internals.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { type Ids, RandomIds, spanContextOf } from './random-ids.ts';
import { contentLengthOf, receivedBytes } from './request-body.ts';
import { routeOf } from './route.ts';
import { contextOf, type IdSource } from './trace-context.ts';
import type { TracingAgent } from './tracing-agent.ts';

/** An exchange while it is going on. Whoever holds it after its end sees it as an {@link Exchange}. */
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

  requestHeaders: Record<string, string | readonly string[]> | undefined;
  requestBodySize: number | undefined;
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
  /** Context that was active before the request was anybody's; `undefined` where nobody manages contexts. */
  contextBefore: Context | undefined;
  /** Context of the application's handlers, the one with their server span; `undefined` where it is not known. */
  handlerContext: Context | undefined;
  /**
   * Span that was active for it: the server span where one was seen, else another one of this process, else the
   * caller's; `undefined` where there was none, and in a context of our own.
   */
  activeSpan: SpanContext | undefined;
  /** Whether that is as good as it gets. */
  hasServerSpan = false;
  /** Route that the framework told us while it handled the request. */
  announcedRoute: string | undefined;
  /** Value of `Content-Length` of the request, where it has one. */
  readonly contentLength: number | undefined;
  /** Body bytes that Node handed to the request stream. */
  bytesReceived = 0;
  /** Body bytes that the response accepted. */
  bytesAccepted = 0;
  /** Monotonic time at which the head was made, and, once it left, at which it was handed to the socket. */
  headMs: number | undefined;
  headLeft = false;
  /** Status code of the head that was made last; what the response says may be changed after that. */
  headStatusCode: number | undefined;
  /** That head was made when the socket was destroyed already: it went nowhere. */
  headCameTooLate = false;

  /** What Node gave us. Let go of at the end, with all that the application may have put on it. */
  #open: ServerMessage | undefined;
  readonly #idSource: IdSource;
  #ids: Ids | undefined;
  #hasIds = false;
  #context: Context | undefined;

  constructor(message: ServerMessage, connection: ObservedConnection, idSource: IdSource, nowMs: number) {
    const { request } = message;
    const { headers } = request;
    this.connection = connection;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.httpVersion = request.httpVersion;
    this.host = headers.host;
    this.userAgent = headers['user-agent'];
    this.traceparent = asText(headers.traceparent);
    this.contentLength = contentLengthOf(headers['content-length']);
    this.startMs = nowMs;
    this.#open = message;
    this.#idSource = idSource;
  }

  /** True from the moment at which what came of it is known. */
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

  /** Keeps the named headers as they are now, before anybody can change them. */
  keepRequestHeaders(names: readonly string[], headers: ObservedRequest['headers']): void {
    for (const name of names) {
      // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
      const value: unknown = headers[name];
      if (typeof value !== 'string' && !Array.isArray(value)) continue;
      this.requestHeaders ??= Object.create(null) as Record<string, string | readonly string[]>;
      this.requestHeaders[name] = value;
    }
  }

  /** The response was handed to the kernel as a whole. */
  complete(nowMs: number, keepHead: boolean): void {
    const open = this.#take();
    if (open === undefined) return;
    const written = open.socket.bytesWritten;
    const size = written - this.connection.bytesAccounted;
    this.#end(open, nowMs, 'completed', written);
    this.#takeHead(open.response, keepHead);
    // Not a number on streams that are no sockets (`server.emit('connection', stream)`).
    if (size > 0) this.responseSize = size;
  }

  /** The responses before this one are through; what waited of it goes to the socket now. */
  comesFirst(nowMs: number): void {
    if (this.headMs !== undefined) this.headMs = nowMs;
  }

  /** The connection ended, or the response was destroyed, before it was whole. */
  breakOff(nowMs: number, keepHead: boolean): void {
    const open = this.#take();
    if (open === undefined) return;
    const { socket, response } = open;
    const written = socket.bytesWritten;
    // A response that waits behind an earlier one of the connection has nothing on the wire, whatever else is.
    const isFirst = this.connection.open[0] === this;
    const reachedWire = isFirst && (typeof written !== 'number' || written > this.connection.bytesAccounted);
    const queued = (response.outputData?.length ?? 0) > 0;
    const code = errorCodeOf(socket.errored) ?? errorCodeOf(response.errored);
    const timedOut = this.connection.timedOut || code === 'ERR_HTTP_REQUEST_TIMEOUT';
    this.#end(open, nowMs, timedOut ? 'timeout' : 'aborted', written);
    this.errorCode = code;
    const hasHead = response._headerSent === true && !this.headCameTooLate;
    if (!reachedWire || queued || !hasHead) this.timeToHeadersMs = undefined;
    if (!reachedWire || queued) return;
    if (hasHead) this.#takeHead(response, keepHead);
    else if (this.connection.nodeAnswersErrors) this.statusCode = statusOfParserError(code);
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

  #end({ request, response }: ServerMessage, nowMs: number, outcome: Outcome, written: number): void {
    this.outcome = outcome;
    this.durationMs = nowMs - this.startMs;
    if (this.connection.open[0] === this) this.connection.bytesAccounted = written;
    if (this.headMs !== undefined && response._headerSent === true) {
      this.timeToHeadersMs = this.headMs - this.startMs;
    }
    this.requestBodySize = receivedBytes(this, request);
    this.route = routeOf(this.handlerContext, this.announcedRoute, request);
  }

  #takeHead(response: ObservedResponse, keepHead: boolean): void {
    const head = response._header;
    this.statusCode = this.headStatusCode ?? statusOf(head) ?? response.statusCode;
    this.responseBodySize = this.bytesAccepted;
    if (keepHead && typeof head === 'string') this.responseHead = head;
  }
}

/** That of the status line, `HTTP/1.1 200 OK`, for a head that was made without `writeHead`. */
function statusOf(head: unknown): number | undefined {
  const status = typeof head === 'string' ? Number(head.slice(9, 12)) : Number.NaN;
  return Number.isInteger(status) ? status : undefined;
}

/**
 * What Node itself answers to a request that breaks while its body arrives (`socketOnError` in `_http_server`),
 * if no head was sent before and the application has no `clientError` listener.
 */
function statusOfParserError(code: string | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  // The client left in the middle of its own body: nobody is there to be answered.
  if (code === 'HPE_INVALID_EOF_STATE') return undefined;
  return code.startsWith('HPE_') ? 400 : undefined;
}

function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function asText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
