import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Attempt } from '../attempt.ts';
import { BoundedBody, ReceiverError } from '../response/bounded-body.ts';
import type { HttpResponse } from '../response/refusals.ts';
import { unrefSocket } from '../socket/unref-socket.ts';

/** `request` of `node:http` or `node:https`. */
export type Request = (options: RequestOptions) => ClientRequest;

/** The request has no response. */
interface NoResponse {
  readonly error: unknown;
  /** The request went over an idle connection that the receiver had closed in the meantime (RFC 9112 section 9.5). */
  readonly wasStale: boolean;
}

const STALE = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Posts once, and returns the response or why there is none. Follows no redirect. The connection does not keep the
 * process alive.
 *
 * @throws Error where Node takes no such options
 */
export function post(
  request: Request,
  options: RequestOptions,
  parts: readonly Uint8Array[],
  attempt: Attempt,
): Promise<HttpResponse | NoResponse> {
  return new Promise((resolve) => {
    const outgoing = request(options);
    const body = new BoundedBody();
    let head: IncomingMessage | undefined;
    let isSettled = false;

    // The head of a response is enough: its status is the result, even where the body breaks off.
    const settle = (error?: NodeJS.ErrnoException): void => {
      if (isSettled) return;
      isSettled = true;
      attempt.onEnd = undefined;
      // From here on the bytes are the caller's again, so none of them may be read any more.
      if (error !== undefined || !outgoing.writableFinished) outgoing.destroy();
      const wasStale = outgoing.reusedSocket && STALE.has(error?.code ?? '');
      resolve(head === undefined ? { error, wasStale } : responseOf(head, body));
    };
    attempt.onEnd = settle;
    outgoing.on('socket', unrefSocket);
    outgoing.on('information', () => {
      const error = body.addInformational();
      if (error !== undefined) settle(error);
    });
    // 101 (Switching Protocols). Without a listener Node closes the connection and emits neither response nor error.
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

function responseOf(head: IncomingMessage, body: BoundedBody): HttpResponse {
  const { statusCode: status = 0, statusMessage: statusText = '', headers } = head;
  return { status, statusText, headers, body: body.bytes() };
}
