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
  /** The message of the answer behind its prefix, as far as it was kept; empty where there is none. */
  readonly body: Buffer;
  /** `grpc-encoding` of the answer. */
  readonly encoding: unknown;
  /** Whether all of the message was handed to the system; until then its bytes may still be read. */
  readonly isWritten: boolean;
  /** Whether the receiver has certainly not looked at it (RFC 9113 section 8.7): it may be sent again at once. */
  readonly isUnprocessed: boolean;
  /** Whether the receiver went on for too long, and only the end of the connection ends that. */
  readonly isEndless: boolean;
}

/** Bytes that are handed to the connection at once: it writes what it has in one go (CONTRIBUTING, decision 21). */
const PIECE_BYTES = 256 * 1024;
/** Bytes of an answer that are read, since the status stands at its end: twice what gRPC allows by default. */
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** Error codes, and a flag, of HTTP/2 (RFC 9113 section 7, section 6.2). */
const REFUSED_STREAM = 7;
const CANCEL = 8;
const END_STREAM = 1;

/** One call of a method, with one message: from its beginning to the status. */
export class GrpcCall {
  readonly #headers: OutgoingHttpHeaders;
  readonly #onResult: (result: CallResult) => void;
  #session: ClientHttp2Session | undefined;
  #parts: readonly Uint8Array[] | undefined;
  #stream: ClientHttp2Stream | undefined;
  /** The next of the parts, and the next byte in it. */
  #part = 0;
  #offset = 0;
  #isWritten = false;
  #isUnprocessed = false;
  #head: ResponseHeaders = {};
  #status: GrpcStatus | undefined;
  readonly #answer = new BoundedBody(MAX_READ_BYTES);
  #isEndless = false;
  #hasEnded = false;
  #isSettled = false;

  /** Begins as soon as it has a message and a connection. */
  constructor(headers: OutgoingHttpHeaders, onResult: (result: CallResult) => void) {
    this.#headers = headers;
    this.#onResult = onResult;
  }

  /** @param parts the message and its prefix; must not change before the result */
  giveMessage(parts: readonly Uint8Array[]): void {
    this.#parts = parts.filter(({ length }) => length > 0);
    this.#start();
  }

  giveConnection(session: ClientHttp2Session): void {
    this.#session = session;
    this.#start();
  }

  /**
   * Ends it from outside: what is not sent yet is not sent any more.
   *
   * @param status where none was received
   */
  end(status: GrpcStatus): void {
    this.#settle(this.#received ?? status);
    this.#letGo();
  }

  #start(): void {
    const session = this.#session;
    if (session === undefined || this.#parts === undefined || this.#isSettled) return;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(this.#headers);
    } catch (error) {
      // It has been told to end (GOAWAY), or has ended, and takes no more calls.
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
      // Trailers-Only; of a response that goes on the trailers decide.
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

  /** The end of the answer has come. */
  #onEnd(stream: ClientHttp2Stream): void {
    this.#hasEnded = true;
    this.#settleIfAnswered();
    if (this.#isWritten) return;
    // Over TLS it is told only after this turn of the event loop that everything was written.
    setImmediate(() => {
      const status = this.#received;
      if (status !== undefined) this.#settle(status);
      // Some receivers answer without having read everything, and leave the stream open. And where they reset it with
      // NO_ERROR, up to Node 24 it would wait until all of the message is written, which nobody takes.
      if (!this.#isWritten && stream.closed) stream.destroy();
      else if (!this.#isWritten) this.#letGo();
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

  /** Not at once: events may come from within `nghttp2`, which then writes without end. */
  #letGo(): void {
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
    const onWritten = (error?: Error | null): void => {
      if (error !== null && error !== undefined) return;
      if (this.#part === parts.length) this.#isWritten = true;
      else this.#writePiece(stream, parts);
    };
    stream.cork();
    for (let room = PIECE_BYTES; room > 0; ) {
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

/** Of a stream that has ended, why it has none. */
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
