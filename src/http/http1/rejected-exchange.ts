import type { Socket } from 'node:net';
import { errorCodeOf } from '../error-code.ts';
import type { Exchange } from '../exchange.ts';
import { ObservedExchange, type ProcessEnd } from '../observed-exchange.ts';
import { pickHeaders } from '../picked-headers.ts';
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
  /** Request headers to keep, by lower-case name. */
  readonly headerNames: readonly string[];
}

/**
 * A request that was refused before there was one: by the parser, by a timeout, or since no listener takes it.
 *
 * Its head is read only if it gets a record: scanners send many, most of them are suppressed, and each may be as long as
 * Node lets it be.
 */
export class RejectedExchange extends ObservedExchange {
  readonly connection: ObservedConnection;
  readonly rawHead: RawHead = new RawHead();
  #socket: Socket | undefined;
  readonly #sentBefore: number;

  readonly #head: RejectedHead;
  readonly #headerNames: readonly string[];
  #requestHeaders: Exchange['requestHeaders'];

  constructor(rejection: Rejection, idSource: IdSource, startMs: number) {
    super(idSource, startMs);
    const { connection, socket, error, head, headerNames } = rejection;
    this.connection = connection;
    this.method = head.method;
    this.#head = head;
    this.#headerNames = headerNames;
    this.outcome = 'rejected';
    this.errorCode = errorCodeOf(error);
    this.#socket = socket;
    this.#sentBefore = bytesSent(socket) ?? 0;
  }

  get target(): string {
    return this.#head.target;
  }

  get httpVersion(): string {
    return this.#head.httpVersion;
  }

  get host(): string | undefined {
    return this.#head.headers.host;
  }

  get userAgent(): string | undefined {
    return this.#head.headers['user-agent'];
  }

  get traceparent(): string | undefined {
    return this.#head.headers.traceparent;
  }

  get requestHeaders(): Exchange['requestHeaders'] {
    this.#requestHeaders ??= pickHeaders(this.#headerNames, this.#head.headers);
    return this.#requestHeaders;
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
