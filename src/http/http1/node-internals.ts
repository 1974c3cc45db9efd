/**
 * Shapes of what Node publishes on its diagnostics channels, and of the fields that it keeps on its own objects.
 * Underscored fields are read only, only where no public one has the same value, and always with an answer for the
 * case that they are not there. Seen on Node 20, 22, 24 and 26.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface ResponseInternals {
  /** The head as text, from the moment it was made. */
  readonly _header?: string | null;
  /** True once the head was handed to the socket, or queued behind the response of an earlier pipelined request. */
  readonly _headerSent?: boolean;
  /** False for HEAD, 204 and 304: what is written then never reaches the wire. */
  readonly _hasBody?: boolean;
  /** Bytes that wait in the response for an earlier one of the connection. */
  readonly outputSize?: number;
  /** Body length that the head announces; also where the header was removed again. */
  readonly _contentLength?: number | null;
  /** True where the header `Content-Length` was removed, so that Node adds none. */
  readonly _removedContLen?: boolean;
}

export type ObservedResponse = ServerResponse & ResponseInternals;

export type ObservedRequest = IncomingMessage & {
  /** True where Node throws the rest of the body away because it is not read. */
  readonly _dumped?: boolean;
};

export type ObservedServer = Server & {
  readonly _events?: { readonly request?: unknown };
};

/** `upgrade`: Node hands its connection over, instead of making a response. */
export type HandedOverRequest = IncomingMessage & { readonly upgrade?: boolean | null };

export type SocketInternals = Socket & {
  /** What was handed to the operating system. */
  readonly _bytesDispatched?: number;
  readonly _writableState?: { readonly needDrain?: boolean };
  /** The HTTP parser, until the connection ends. `duration()`: milliseconds since its message began, 0 between messages. */
  readonly parser?: {
    readonly duration?: () => number;
    /** The request that it has read last. */
    readonly incoming?: HandedOverRequest | null;
    readonly socket?: Socket | null;
  } | null;
};

/** Message of `http.server.request.start` and `http.server.response.finish`. */
export interface ServerMessage {
  readonly request: ObservedRequest;
  readonly response: ObservedResponse;
  readonly socket: SocketInternals;
  readonly server: ObservedServer;
}
