import type { Socket } from 'node:net';
import { errorCodeOf } from '../error-code.ts';
import { ObservedExchange, type ProcessEnd } from '../observed-exchange.ts';
import type { IdSource } from '../trace/trace-context.ts';
import { bytesSent } from './body/response-end.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { RawHead } from './raw-head.ts';
import type { RejectedHead } from './rejected-head.ts';

/** What was rejected, and why. */
export interface Rejection {
  readonly connection: ObservedConnection;
  readonly socket: Socket;
  /** The error; its code becomes `error.type`. */
  readonly error: unknown;
  /** What was read of the request. */
  readonly head: RejectedHead;
}

/** A request that was refused before there was one: by the parser, by a timeout, or since no listener takes it. */
export class RejectedExchange extends ObservedExchange {
  readonly connection: ObservedConnection;
  readonly rawHead: RawHead = new RawHead();
  #socket: Socket | undefined;
  readonly #sentBefore: number;

  constructor({ connection, socket, error, head }: Rejection, idSource: IdSource, startMs: number) {
    super(idSource, startMs);
    this.connection = connection;
    this.method = head.method;
    this.target = head.target;
    this.httpVersion = head.httpVersion;
    this.host = head.headers.host;
    this.userAgent = head.headers['user-agent'];
    this.traceparent = head.headers.traceparent;
    this.outcome = 'rejected';
    this.errorCode = errorCodeOf(error);
    this.#socket = socket;
    this.#sentBefore = bytesSent(socket) ?? 0;
  }

  get ended(): boolean {
    return this.#socket === undefined;
  }

  /** The connection has closed. */
  end(nowMs: number): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.durationMs = nowMs - this.startMs;
    const sent = (bytesSent(socket) ?? 0) - this.#sentBefore;
    const { statusCode, size } = this.rawHead;
    // Handed to the stream, but the socket was gone by then.
    if (sent <= 0 || statusCode === undefined) return;
    this.statusCode = statusCode;
    this.responseSize = sent;
    if (size !== undefined && sent >= size) this.responseBodySize = sent - size;
  }

  protected override readSoFar(): undefined {
    return undefined;
  }

  endWithProcess(_end: ProcessEnd, nowMs: number): void {
    // How it ended was known before.
    this.end(nowMs);
  }
}
