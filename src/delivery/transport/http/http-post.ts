import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Attempt } from '../attempt.ts';
import { BoundedBody, ReceiverError } from '../response/bounded-body.ts';
import type { HttpResponse } from '../response/refusals.ts';
import { unrefSocket } from '../socket/unref-socket.ts';

/** `request` of `node:http` or `node:https`. */
export type Request = (options: RequestOptions) => ClientRequest;

/** There is no answer. */
interface NoAnswer {
  readonly error: unknown;
  /** The connection was one that the receiver has closed since it was used the last time. */
  readonly wasStale: boolean;
}

const STALE = new Set(['ECONNRESET', 'EPIPE']);

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
): Promise<HttpResponse | NoAnswer> {
  return new Promise((resolve) => {
    const outgoing = request(options);
    const body = new BoundedBody();
    let head: IncomingMessage | undefined;
    let isSettled = false;

    /** Where there is the head of an answer, it says what became of the export. */
    const settle = (error?: NodeJS.ErrnoException): void => {
      if (isSettled) return;
      isSettled = true;
      attempt.onEnd = undefined;
      // The bytes are the caller's again: what is not sent yet must not be sent any more.
      if (error !== undefined || !outgoing.writableFinished) outgoing.destroy();
      const wasStale = outgoing.reusedSocket && STALE.has(error?.code ?? '');
      resolve(head === undefined ? { error, wasStale } : answerOf(head, body));
    };
    attempt.onEnd = settle;
    outgoing.on('socket', unrefSocket);
    outgoing.on('information', () => {
      const error = body.addInformational();
      if (error !== undefined) settle(error);
    });
    // 101. Without a listener Node closes the connection, and emits neither a response nor an error.
    outgoing.on('upgrade', (incoming, socket) => {
      socket.destroy();
      head = incoming;
      settle();
    });
    outgoing.on('response', (incoming) => {
      head = incoming;
      incoming.on('data', (chunk: Buffer) => {
        const error = body.add(chunk);
        if (error !== undefined) settle(error);
      });
      incoming.on('error', () => undefined);
      incoming.once('end', () => settle());
      incoming.once('close', () => settle());
    });
    outgoing.on('error', settle);
    outgoing.on('close', () => settle(new ReceiverError('the connection was closed without an answer')));
    outgoing.cork();
    for (const part of parts) outgoing.write(part);
    outgoing.end();
  });
}

function answerOf(head: IncomingMessage, body: BoundedBody): HttpResponse {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = head;
  return { status, statusText, headers, body: body.bytes() };
}
