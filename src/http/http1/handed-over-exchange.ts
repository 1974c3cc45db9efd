import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { errorCodeOf } from '../error-code.ts';
import type { Outcome } from '../exchange.ts';
import type { ProcessEnd, SoFar } from '../observed-exchange.ts';
import { ObservedRequest } from '../observed-request.ts';
import type { IdSource } from '../trace/trace-context.ts';
import { bytesSent } from './body/response-end.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { RawHead } from './raw-head.ts';

/** What the events `upgrade` and `connect` of a server tell. */
interface HandOver {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came in behind the head of the request, and behind as much of its body as Node has read (v26). */
  readonly received: Uint8Array;
}

/**
 * A request whose connection Node handed to the application: `Upgrade` (RFC 9110 section 7.8) or `CONNECT` (section
 * 9.3.6). Whether it was upgraded, or refused, shows the head that the application writes.
 */
export class HandedOverExchange extends ObservedRequest {
  readonly connection: ObservedConnection;
  readonly rawHead: RawHead = new RawHead();
  /** Responses of earlier requests, which were open at the hand-over, are among the bytes that were sent. */
  sharesConnection = false;
  #socket: Socket | undefined;
  readonly #isTunnel: boolean;
  readonly #sentBefore: number;
  readonly #receivedBefore: number;
  readonly #onHandshake: (() => void) | undefined;
  #headMs: number | undefined;

  /** @param onHandshake called once the application has answered, but for a refusal */
  constructor(
    { request, socket, received }: HandOver,
    connection: ObservedConnection,
    idSource: IdSource,
    startMs: number,
    onHandshake?: () => void,
  ) {
    super(idSource, startMs);
    const { headers } = request;
    this.connection = connection;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.httpVersion = request.httpVersion;
    this.host = headers.host;
    this.userAgent = headers['user-agent'];
    const { traceparent } = headers;
    this.traceparent = typeof traceparent === 'string' ? traceparent : undefined;
    this.#socket = socket;
    this.#isTunnel = this.method === 'CONNECT';
    this.#sentBefore = bytesSent(socket) ?? 0;
    // The framing of a chunked body is counted nowhere.
    const bodyRead = headers['transfer-encoding'] === undefined ? request.readableLength : Number.NaN;
    this.#receivedBefore = socket.bytesRead - received.byteLength - bodyRead;
    this.#onHandshake = onHandshake;
  }

  get ended(): boolean {
    return this.#socket === undefined;
  }

  /** The application has written to the socket. */
  onWritten(): void {
    if (this.#headMs !== undefined || this.rawHead.statusCode === undefined) return;
    this.#headMs = performance.now();
    // What is refused ends with its connection: until then it is not known whether the refusal was sent as a whole.
    if (this.#handedOverAs !== undefined) this.#onHandshake?.();
  }

  /** The socket is the application's now: what follows is not waited for. */
  endAtHandshake(nowMs: number): void {
    this.#take(nowMs);
  }

  /** The connection has closed. */
  end(nowMs: number): void {
    const socket = this.#take(nowMs);
    if (socket === undefined) return;
    this.errorCode = errorCodeOf(socket.errored);
    const received = socket.bytesRead - this.#receivedBefore;
    if (!Number.isNaN(received)) this.requestBodySize = Math.max(0, received);
    const sent = bytesSent(socket);
    if (sent === undefined || this.statusCode === undefined || this.sharesConnection) return;
    this.responseSize = sent - this.#sentBefore;
    const { size } = this.rawHead;
    if (size !== undefined && this.responseSize >= size) this.responseBodySize = this.responseSize - size;
  }

  endWithProcess({ outcome, errorCode, thrown }: ProcessEnd, nowMs: number): void {
    this.end(nowMs);
    // A refusal that was sent as a whole.
    if (this.outcome === 'completed') return;
    this.outcome = outcome;
    this.errorCode = errorCode;
    if (thrown !== undefined) this.thrown = thrown;
  }

  protected override readSoFar(): SoFar | undefined {
    const socket = this.#socket;
    if (socket === undefined) return undefined;
    const { statusCode, size } = this.rawHead;
    const sent = (bytesSent(socket) ?? 0) - this.#sentBefore;
    const hasHead = statusCode !== undefined && sent > 0;
    const hasSize = hasHead && size !== undefined && sent >= size && !this.sharesConnection;
    return {
      requestBodySize: Math.max(0, socket.bytesRead - this.#receivedBefore),
      statusCode: hasHead ? statusCode : undefined,
      responseBodySize: hasSize ? sent - size : undefined,
      timeToHeadersMs: this.#headMs === undefined ? undefined : this.#headMs - this.startMs,
      route: undefined,
      outcome: this.#handedOverAs ?? 'completed',
    };
  }

  #take(nowMs: number): Socket | undefined {
    const socket = this.#socket;
    if (socket === undefined) return undefined;
    this.#socket = undefined;
    this.durationMs = nowMs - this.startMs;
    this.statusCode = this.rawHead.statusCode;
    this.outcome = this.#outcomeOf(socket);
    if (this.#headMs !== undefined) this.timeToHeadersMs = this.#headMs - this.startMs;
    return socket;
  }

  /** `undefined` where the application has refused, or not answered yet. */
  get #handedOverAs(): 'tunneled' | 'upgraded' | undefined {
    const { statusCode = 0 } = this.rawHead;
    if (this.#isTunnel) return statusCode >= 200 && statusCode < 300 ? 'tunneled' : undefined;
    return statusCode === 101 ? 'upgraded' : undefined;
  }

  #outcomeOf(socket: Socket): Outcome {
    const { statusCode } = this.rawHead;
    if (this.#handedOverAs !== undefined) return this.#handedOverAs;
    if (this.connection.timedOut) return 'timeout';
    return statusCode !== undefined && socket.writableFinished ? 'completed' : 'aborted';
  }
}
