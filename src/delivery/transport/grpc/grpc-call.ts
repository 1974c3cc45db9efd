import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { errorOf } from '../connection-error.ts';
import { BoundedBody, type ReceiverError } from '../response/bounded-body.ts';

import {
  type GrpcStatus,
  ownStatus,
  type ResponseHeaders,
  receivedStatus,
  statusOfHttp,
  statusOfReset,
} from './grpc-status.ts';

/** How a call ended. */
export interface CallResult {
  readonly status: GrpcStatus;
  /** The message of the response with its prefix, as far as it was kept; empty where there is none. */
  readonly body: Buffer;
  /** `grpc-encoding` of the response. */
  readonly encoding: unknown;
  /** Whether all of the message was handed to the system. Until then Node may still read its bytes. */
  readonly isWritten: boolean;
  /** Whether the receiver has certainly not processed it (RFC 9113 section 8.7): it may be sent again at once. */
  readonly isUnprocessed: boolean;
  /** Whether the response went on without end, and only closing the connection stops it. */
  readonly isEndless: boolean;
}

/** Bytes that are handed to the connection at once, in one write (docs/decisions/0021-grpc-over-node-http2.md). */
const PIECE_BYTES = 256 * 1024;
/**
 * Where a piece took so many milliseconds, the event loop turns slowly, or the window of the receiver is full: the next
 * one is four times as large, since each takes a turn at least.
 */
const SLOW_PIECE_MS = 20;
const GROWTH = 4;
/** Bytes of a response that are read to reach the status at its end: twice the default limit of gRPC. */
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** Error codes (RFC 9113 section 7) and a flag (section 6.2) of HTTP/2. */
const REFUSED_STREAM = 7;
const CANCEL = 8;
const END_STREAM = 1;

/** One unary call, from its headers to its status. */
export class GrpcCall {
  readonly #headers: OutgoingHttpHeaders;
  readonly #onResult: (result: CallResult) => void;
  #session: ClientHttp2Session | undefined;
  #parts: readonly Uint8Array[] | undefined;
  #stream: ClientHttp2Stream | undefined;
  /** Index of the part to write next, and the next byte in it. */
  #part = 0;
  #offset = 0;
  #pieceBytes = PIECE_BYTES;
  #isWritten = false;
  #isUnprocessed = false;
  #head: ResponseHeaders = {};
  #status: GrpcStatus | undefined;
  readonly #answer = new BoundedBody(MAX_READ_BYTES);
  #isEndless = false;
  #hasEnded = false;
  #isSettled = false;

  /** Starts as soon as it has a message and a connection. */
  constructor(headers: OutgoingHttpHeaders, onResult: (result: CallResult) => void) {
    this.#headers = headers;
    this.#onResult = onResult;
  }

  /** @param parts the prefix and the message; must not change before the result is there */
  giveMessage(parts: readonly Uint8Array[]): void {
    this.#parts = parts.filter(({ length }) => length > 0);
    this.#start();
  }

  giveConnection(session: ClientHttp2Session): void {
    this.#session = session;
    this.#start();
  }

  /**
   * Ends the call from outside: what is not sent yet will not be sent.
   *
   * @param status of the call, where none was received
   */
  end(status: GrpcStatus): void {
    this.#settle(this.#received ?? status);
    this.#reset();
  }

  #start(): void {
    const session = this.#session;
    if (session === undefined || this.#parts === undefined || this.#isSettled) return;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(this.#headers);
    } catch (error) {
      // The session has received GOAWAY (RFC 9113 section 6.8), or is closed: it takes no more streams.
      session.close();
      this.#isUnprocessed = true;
      this.#settle(ownStatus('UNAVAILABLE', errorOf(error).message));
      return;
    }
    this.#stream = stream;
    this.#listen(stream, session);
    this.#writePiece(stream, this.#parts);
  }

  #listen(stream: ClientHttp2Stream, session: ClientHttp2Session): void {
    let error: unknown;
    stream.on('response', (head, flags) => {
      this.#head = head;
      // Trailers-Only. Where the response goes on, the status is in the trailers.
      if ((flags & END_STREAM) !== 0) this.#status = receivedStatus(head);
    });
    stream.on('trailers', (trailers) => {
      this.#status ??= receivedStatus(trailers);
      this.#settleIfAnswered();
    });
    stream.on('headers', () => this.#endIf(this.#answer.addInformational()));
    stream.on('data', (chunk: Buffer) => this.#endIf(this.#answer.add(chunk)));
    stream.once('end', () => this.#onEnd(stream));
    stream.on('error', (reason) => {
      error = reason;
    });
    stream.once('close', () => {
      const isOutOfStreams = Object(error).code === 'ERR_HTTP2_OUT_OF_STREAMS';
      if (isOutOfStreams) session.close();
      const wasRefused = stream.rstCode === REFUSED_STREAM && this.#head[':status'] === undefined;
      this.#isUnprocessed = isOutOfStreams || wasRefused;
      this.#settle(this.#received ?? statusWithout(this.#head, error, stream, session));
    });
  }

  get #received(): GrpcStatus | undefined {
    const { ':status': httpStatus = 200 } = this.#head;
    return this.#status ?? (httpStatus === 200 ? undefined : statusOfHttp(this.#head));
  }

  /** The response has ended. */
  #onEnd(stream: ClientHttp2Stream): void {
    this.#hasEnded = true;
    this.#settleIfAnswered();
    if (this.#isWritten) return;
    // Over TLS, Node reports the last write only after this turn of the event loop.
    setImmediate(() => {
      const status = this.#received;
      if (status !== undefined) this.#settle(status);
      // Some receivers respond before they have read everything, and leave the stream open. Others reset it with
      // NO_ERROR (RFC 9113 section 8.1); up to Node 24 the stream then waits for a write that never ends.
      if (!this.#isWritten && stream.closed) stream.destroy();
      else if (!this.#isWritten) this.#reset();
    });
  }

  #endIf(error: ReceiverError | undefined): void {
    if (error === undefined) return;
    this.#isEndless = true;
    this.end(ownStatus('INTERNAL', error.message));
  }

  #settleIfAnswered(): void {
    const status = this.#received;
    if (this.#hasEnded && this.#isWritten && status !== undefined) this.#settle(status);
  }

  /** In the next turn: a reset from within an event of `nghttp2` makes it write without end. */
  #reset(): void {
    setImmediate(() => this.#stream?.close(CANCEL));
  }

  #settle(status: GrpcStatus): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onResult({
      status,
      body: this.#answer.bytes(),
      encoding: this.#head['grpc-encoding'],
      isWritten: this.#isWritten,
      isUnprocessed: this.#isUnprocessed,
      isEndless: this.#isEndless,
    });
  }

  #writePiece(stream: ClientHttp2Stream, parts: readonly Uint8Array[]): void {
    if (this.#isSettled || stream.writableEnded) return;
    const startedMs = performance.now();
    const onWritten = (error?: Error | null): void => {
      if (error !== null && error !== undefined) return;
      if (performance.now() - startedMs > SLOW_PIECE_MS) this.#pieceBytes *= GROWTH;
      if (this.#part === parts.length) this.#isWritten = true;
      else this.#writePiece(stream, parts);
    };
    stream.cork();
    for (let room = this.#pieceBytes; room > 0; ) {
      const part = parts[this.#part];
      if (part === undefined) break;
      const bytes = part.subarray(this.#offset, this.#offset + room);
      room -= bytes.length;
      this.#offset += bytes.length;
      if (this.#offset === part.length) {
        this.#part += 1;
        this.#offset = 0;
      }
      const isLast = this.#part === parts.length;
      stream.write(bytes, isLast || room === 0 ? onWritten : undefined);
      if (isLast) stream.end();
    }
    stream.uncork();
  }
}

/** The status of a stream that has ended without one: the reason why. */
function statusWithout(
  head: ResponseHeaders,
  error: unknown,
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
): GrpcStatus {
  const isOfStream = Object(error).code === 'ERR_HTTP2_STREAM_ERROR';
  if (error !== undefined && !isOfStream) return ownStatus('UNAVAILABLE', errorOf(error).message);
  if (session.destroyed) return ownStatus('UNAVAILABLE', 'the connection was closed');
  const hasHead = head[':status'] !== undefined;
  return stream.rstCode === 0 && hasHead ? statusOfHttp(head) : statusOfReset(stream.rstCode);
}
