import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { HttpAnswer } from './refusals.ts';
import { unholdSocket } from './unheld-socket.ts';

/** `request` of `node:http` or `node:https`. */
export type Request = (options: RequestOptions) => ClientRequest;

/** There is no answer. */
interface NoAnswer {
  readonly error: unknown;
  /** The connection was one that the receiver has closed since it was used the last time. */
  readonly wasStale: boolean;
}

/** Bytes of an answer that are read: the specification's limit for a success, and enough to know what is wrong. */
const MAX_SUCCESS_BYTES = 4 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** One attempt to export, which can be ended from outside. (An `AbortSignal` costs a quarter of what posting costs.) */
export class Attempt {
  /** Fulfilled when it is. */
  readonly ended: Promise<undefined>;
  #onEnd: () => void = () => undefined;
  #reason: Error | undefined;
  #outgoing: ClientRequest | undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#onEnd = () => resolve(undefined);
    });
  }

  /** Why it was ended from outside; `undefined` where it was not. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** @param reason what is told instead of an answer that has not begun */
  end(reason: Error): void {
    this.#reason ??= reason;
    this.#onEnd();
    this.#outgoing?.destroy(reason);
  }

  /** What is to be destroyed with it. */
  set outgoing(outgoing: ClientRequest) {
    this.#outgoing = outgoing;
  }
}

/**
 * Posts once: the answer, as soon as it is there, or why there is none. Follows no redirect. The connection does not
 * keep the process alive.
 *
 * @throws Error where the options make no request
 */
export function post(
  request: Request,
  options: RequestOptions,
  parts: readonly Uint8Array[],
  attempt: Attempt,
): Promise<HttpAnswer | NoAnswer> {
  return new Promise((resolve) => {
    const outgoing = request(options);
    attempt.outgoing = outgoing;
    let hasAnswer = false;
    outgoing.on('socket', unholdSocket);
    outgoing.on('response', (incoming) => {
      hasAnswer = true;
      read(incoming, (answer) => {
        // The bytes are the caller's again: what is not sent yet must not be sent any more.
        if (!outgoing.writableFinished) outgoing.destroy();
        resolve(answer);
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // Of an answer that has begun, the end is told by itself.
      if (!hasAnswer) resolve({ error, wasStale: outgoing.reusedSocket && STALE.has(error.code ?? '') });
    });
    outgoing.cork();
    for (const part of parts) outgoing.write(part);
    outgoing.end();
  });
}

/** Also where the connection breaks, or the answer goes on for too long: its head says what became of the export. */
function read(incoming: IncomingMessage, onRead: (answer: HttpAnswer) => void): void {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = incoming;
  const limit = status < 300 ? MAX_SUCCESS_BYTES : MAX_REFUSAL_BYTES;
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) incoming.destroy();
  });
  const end = (): void => {
    onRead({ status, statusText, headers, body: Buffer.concat(chunks).subarray(0, limit) });
  };
  incoming.on('error', () => undefined);
  incoming.once('end', end);
  incoming.once('close', end);
}
