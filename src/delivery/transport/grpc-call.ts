import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { MAX_ANSWER_BYTES } from './grpc-message.ts';
import {
  type GrpcStatus,
  ownStatus,
  type ResponseHeaders,
  receivedStatus,
  statusOfHttp,
  statusOfReset,
} from './grpc-status.ts';
import { errorOf } from './refusals.ts';

/** How a call ended. */
export interface CallResult {
  readonly status: GrpcStatus;
  /** The message of the answer behind its prefix; empty where there is none, or it is longer than 4 MiB. */
  readonly body: Buffer;
  /** `grpc-encoding` of the answer. */
  readonly encoding: unknown;
}

/** Bytes that are handed to the connection at once: it writes what it has in one go (CONTRIBUTING, decision 21). */
const PIECE_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);
/** Error code of HTTP/2. */
const CANCEL = 8;

/** One call of a method, with one message: from its beginning to the status. */
export class GrpcCall {
  readonly #parts: readonly Uint8Array[];
  readonly #onResult: (result: CallResult) => void;
  #stream: ClientHttp2Stream | undefined;
  /** The next of the parts, and the next byte in it. */
  #part = 0;
  #offset = 0;
  #head: ResponseHeaders = {};
  #status: GrpcStatus | undefined;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #hasEnded = false;
  #isSettled = false;

  /** @param parts the message and its prefix; must not change before the result */
  constructor(parts: readonly Uint8Array[], onResult: (result: CallResult) => void) {
    this.#parts = parts.filter(({ length }) => length > 0);
    this.#onResult = onResult;
  }

  /** @throws Error where the connection takes no more calls */
  start(session: ClientHttp2Session, headers: OutgoingHttpHeaders): void {
    const stream = session.request(headers);
    this.#stream = stream;
    let error: unknown;
    stream.on('response', (head) => {
      this.#head = head;
      this.#status = receivedStatus(head);
    });
    stream.on('trailers', (trailers) => {
      this.#status ??= receivedStatus(trailers);
      this.#settleIfAnswered();
    });
    stream.on('data', (chunk: Buffer) => {
      this.#length += chunk.length;
      if (this.#length <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    });
    stream.once('end', () => {
      this.#hasEnded = true;
      this.#settleIfAnswered();
    });
    stream.on('error', (reason) => {
      error = reason;
    });
    stream.once('close', () =>
      this.#settle(this.#received ?? statusWithout(this.#head, error, stream, session)),
    );
    this.#writePiece(stream);
  }

  /**
   * Ends it from outside: what is not sent yet is not sent any more.
   *
   * @param status where none was received
   */
  end(status: GrpcStatus): void {
    this.#settle(this.#received ?? status);
    this.#stream?.close(CANCEL);
  }

  get #received(): GrpcStatus | undefined {
    const { ':status': httpStatus = 200 } = this.#head;
    return this.#status ?? (httpStatus === 200 ? undefined : statusOfHttp(this.#head));
  }

  /** Some receivers answer without having read everything, and leave the stream open. */
  #settleIfAnswered(): void {
    const status = this.#received;
    if (!this.#hasEnded || status === undefined) return;
    this.#settle(status);
    if (this.#stream?.writableFinished === false) this.#stream.close(CANCEL);
  }

  #settle(status: GrpcStatus): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const body = this.#length > MAX_ANSWER_BYTES ? NOTHING : Buffer.concat(this.#chunks);
    this.#onResult({ status, body, encoding: this.#head['grpc-encoding'] });
  }

  #writePiece(stream: ClientHttp2Stream): void {
    if (this.#isSettled || stream.writableEnded) return;
    const next = (error?: Error | null): void => {
      if (error === null || error === undefined) this.#writePiece(stream);
    };
    stream.cork();
    for (let room = PIECE_BYTES; room > 0; ) {
      const part = this.#parts[this.#part];
      if (part === undefined) break;
      const bytes = part.subarray(this.#offset, this.#offset + room);
      room -= bytes.length;
      this.#offset += bytes.length;
      if (this.#offset === part.length) {
        this.#part += 1;
        this.#offset = 0;
      }
      if (this.#part === this.#parts.length) stream.end(bytes);
      else if (room === 0) stream.write(bytes, next);
      else stream.write(bytes);
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
