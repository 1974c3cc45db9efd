import { errorCodeOf } from '../error-code.ts';
import type { Exchange } from '../exchange.ts';
import type { ProcessEnd, SoFar } from '../observed-exchange.ts';
import { ObservedRequest } from '../observed-request.ts';
import { routeOf } from '../route/route.ts';
import type { IdSource } from '../trace/trace-context.ts';
import type { Http2Connection } from './http2-connection.ts';
import type { FieldsByName, ObservedStream } from './node-internals.ts';
import { CANCEL, NO_ERROR, resetCodeName } from './reset-code.ts';
import { grpcStatusOf, integerOf, isEndless, textOf } from './sent-fields.ts';

/** Node's code where `strictContentLength` makes it an error. */
const LENGTH_MISMATCH = 'ERR_HTTP_CONTENT_LENGTH_MISMATCH';
/** Errors of Node that only say that the stream, or its session, was reset with a code. */
const REPHRASED = new Set(['ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_SESSION_ERROR']);

/**
 * A stream of HTTP/2 while it is open: a request and its response, or a push.
 *
 * `responseSize` and `requestSize` stay unknown: Node does not show the size of frames.
 */
export class Http2Exchange extends ObservedRequest {
  readonly connection: Http2Connection;
  /** Request of the compatibility API. Released at the end. */
  request: object | undefined = undefined;
  /** Monotonic time at which the head was handed to the session. */
  headMs: number | undefined = undefined;
  /** DATA bytes that the stream read. */
  bytesReceived = 0;
  /** The end of the request was read. */
  requestEnded = false;
  /** DATA bytes that the stream wrote. */
  bytesWritten = 0;
  /** The application closes the stream, or what it does ends the session. */
  closedHere = false;
  /** The application asked for trailers, which follow the last DATA frame. */
  awaitsTrailers = false;
  readonly #isConnect: boolean;
  /** An extended CONNECT (RFC 8441): another protocol than HTTP on one stream. */
  readonly #isExtended: boolean;
  /** Node's stream. Released at the end, with everything that the application may have attached to it. */
  #open: ObservedStream | undefined;

  constructor(
    stream: ObservedStream,
    headers: FieldsByName,
    connection: Http2Connection,
    idSource: IdSource,
    nowMs: number,
  ) {
    super(idSource, nowMs);
    this.connection = connection;
    this.httpVersion = '2';
    this.method = textOf(headers, ':method') ?? '';
    this.host = textOf(headers, ':authority') ?? textOf(headers, 'host');
    // A CONNECT has only the authority (RFC 9113 section 8.5).
    this.target = textOf(headers, ':path') ?? this.host ?? '';
    this.scheme = schemeOf(textOf(headers, ':scheme'));
    this.userAgent = textOf(headers, 'user-agent');
    this.traceparent = textOf(headers, 'traceparent');
    this.#isConnect = this.method === 'CONNECT';
    this.#isExtended = this.#isConnect && headers[':protocol'] !== undefined;
    this.#open = stream;
  }

  get ended(): boolean {
    return this.#open === undefined;
  }

  /** Whether a CONNECT was answered with a 2xx: from then on the stream carries another protocol. */
  get isHandedOver(): boolean {
    return this.#isConnect && this.headMs !== undefined && isSuccess(statusOf(this.#open));
  }

  /**
   * The stream has closed.
   *
   * @param error that it was destroyed with
   */
  end(nowMs: number, error: unknown, keepHead: boolean): void {
    const stream = this.#take(nowMs, keepHead);
    if (stream === undefined) return;
    const { rstCode } = stream;
    if (this.#wasHandedOver()) return;
    if (this.#isWhole(stream)) {
      this.outcome = 'completed';
      this.#checkLength(stream);
      return;
    }
    this.outcome = this.connection.timedOut ? 'timeout' : 'aborted';
    const code = codeOf(error);
    this.errorCode = code ?? (rstCode === NO_ERROR ? undefined : resetCodeName(rstCode));
    const byClient = !this.closedHere && (rstCode === CANCEL || rstCode === NO_ERROR || isReset(code));
    if (
      this.outcome === 'aborted' &&
      byClient &&
      this.headMs !== undefined &&
      isEndless(stream.sentHeaders)
    ) {
      this.outcome = 'completed';
      this.errorCode = undefined;
    }
  }

  /** The stream carries another protocol from now on: what follows is not waited for. */
  endAtHandshake(nowMs: number, keepHead: boolean): void {
    this.#take(nowMs, keepHead);
    this.#wasHandedOver();
    this.requestBodySize = undefined;
    this.responseBodySize = undefined;
  }

  endWithProcess({ outcome, errorCode, thrown }: ProcessEnd, nowMs: number, keepHead: boolean): void {
    const stream = this.#take(nowMs, keepHead);
    if (stream === undefined) return;
    // Node closes the stream in a later turn, and there is none.
    if (this.#isWhole(stream) && !this.#wasHandedOver()) return;
    this.outcome = outcome;
    this.errorCode = errorCode;
    if (thrown !== undefined) this.thrown = thrown;
  }

  protected override readSoFar(): SoFar | undefined {
    const stream = this.#open;
    if (stream === undefined) return undefined;
    const { headMs } = this;
    const wasSent = headMs !== undefined;
    return {
      requestBodySize: this.#requestBodySize(stream),
      statusCode: wasSent ? statusOf(stream) : undefined,
      responseBodySize: wasSent ? this.#responseBodySize(stream) : undefined,
      timeToHeadersMs: wasSent ? headMs - this.startMs : undefined,
      route: routeOf(this, this.request),
      outcome: this.isHandedOver ? this.#handedOverAs : 'completed',
    };
  }

  get #handedOverAs(): 'upgraded' | 'tunneled' {
    return this.#isExtended ? 'upgraded' : 'tunneled';
  }

  #take(nowMs: number, keepHead: boolean): ObservedStream | undefined {
    const stream = this.#open;
    if (stream === undefined) return undefined;
    this.#open = undefined;
    this.durationMs = nowMs - this.startMs;
    this.requestBodySize = this.#requestBodySize(stream);
    this.route = routeOf(this, this.request);
    this.handledAs = undefined;
    this.request = undefined;
    if (this.headMs === undefined) return stream;
    const { sentHeaders, sentTrailers } = stream;
    this.timeToHeadersMs = this.headMs - this.startMs;
    this.statusCode = statusOf(stream);
    this.responseBodySize = this.#responseBodySize(stream);
    this.grpcStatus = grpcStatusOf(sentHeaders, sentTrailers);
    if (keepHead) this.responseHeaders = sentHeaders as Exchange['responseHeaders'];
    return stream;
  }

  /** Takes the outcome of a CONNECT that was answered with a 2xx. */
  #wasHandedOver(): boolean {
    if (!this.#isConnect || !isSuccess(this.statusCode)) return false;
    this.outcome = this.#handedOverAs;
    return true;
  }

  /**
   * Whether the last frame of the response was handed to the session. A reset that comes after it (the client does not
   * want to send the rest of its body) takes nothing of the response back.
   */
  #isWhole(stream: ObservedStream): boolean {
    if (this.headMs === undefined || stream.aborted || !stream.writableFinished) return false;
    if (stream.rstCode === NO_ERROR) return true;
    // Node ends the writable side before the file is sent, and before the trailers are.
    return !isOfFile(stream) && (!this.awaitsTrailers || stream.sentTrailers !== undefined);
  }

  #requestBodySize({ endAfterHeaders }: ObservedStream): number | undefined {
    if (endAfterHeaders === true) return 0;
    // DATA that the application does not read stays in the session, or Node discards it when the stream closes.
    return this.bytesReceived > 0 || this.requestEnded ? this.bytesReceived : undefined;
  }

  #responseBodySize(stream: ObservedStream): number | undefined {
    if (this.bytesWritten > 0 || !isOfFile(stream) || hasNoBody(stream)) return this.bytesWritten;
    // The file goes from the file system to the session, and no code of ours sees it.
    return this.#isWhole(stream) ? integerOf(stream.sentHeaders, 'content-length') : undefined;
  }

  /** A body that is shorter than its `content-length` makes the response malformed (RFC 9113 section 8.1.1). */
  #checkLength(stream: ObservedStream): void {
    const promised = integerOf(stream.sentHeaders, 'content-length');
    if (promised === undefined || this.responseBodySize === undefined || hasNoBody(stream)) return;
    if (this.responseBodySize >= promised) return;
    this.outcome = 'aborted';
    this.errorCode = LENGTH_MISMATCH;
  }
}

function statusOf(stream: ObservedStream | undefined): number | undefined {
  return integerOf(stream?.sentHeaders, ':status');
}

function isSuccess(statusCode: number | undefined): boolean {
  return statusCode !== undefined && statusCode >= 200 && statusCode < 300;
}

function schemeOf(scheme: string | undefined): 'http' | 'https' | undefined {
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
}

/** Nothing follows the head (RFC 9110 section 6.4.1). */
function hasNoBody(stream: ObservedStream): boolean {
  const statusCode = statusOf(stream);
  return stream.headRequest === true || statusCode === 204 || statusCode === 304;
}

function isOfFile(stream: ObservedStream): boolean {
  return stream.ownsFd !== undefined;
}

function isReset(code: string | undefined): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Code of an error that says more than the code of the reset. */
function codeOf(error: unknown): string | undefined {
  const code = errorCodeOf(error);
  return code === undefined || REPHRASED.has(code) ? undefined : code;
}
