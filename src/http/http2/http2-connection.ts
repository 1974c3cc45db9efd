import type { Server, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../exchange.ts';
import { isUnixSocket } from '../unix-socket.ts';
import type { ObservedSession } from './node-internals.ts';
import { knownConnectionOf, setConnectionOf } from './stream-slot.ts';

/** The connection of one HTTP/2 session. */
export class Http2Connection implements Connection {
  readonly remoteAddress: string | undefined;
  readonly isUnixSocket: boolean;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean;
  /** Monotonic time at which it was seen first. */
  readonly acceptedMs: number = performance.now();
  /** True once it has had a stream. */
  hasStreams = false;
  /** True while the server ends the session because of its timeout, and after that. */
  timedOut = false;
  /** @internal */
  described: object | undefined = undefined;
  /** @internal */
  clientKey: number | undefined = undefined;

  /** @param socket `undefined` where it was gone before the connection was seen */
  constructor(socket: Socket | undefined, server: Server | undefined, encrypted: boolean) {
    this.remoteAddress = socket?.remoteAddress;
    this.isUnixSocket =
      socket !== undefined &&
      server !== undefined &&
      socket.remoteAddress === undefined &&
      isUnixSocket(socket, server);
    this.remotePort = socket?.remotePort;
    this.localAddress = socket?.localAddress;
    this.localPort = socket?.localPort;
    this.encrypted = encrypted;
  }
}

/** The connection of a session; made when the session is, or at its first exchange. */
export function connectionOfSession(session: ObservedSession | undefined): Http2Connection {
  if (session === undefined) return new Http2Connection(undefined, undefined, false);
  const known = knownConnectionOf(session);
  if (known !== undefined) return known;
  const connection = new Http2Connection(socketOf(session), session.server, session.encrypted === true);
  setConnectionOf(session, connection);
  return connection;
}

/** Whether the client closed the connection of a session, by FIN or by reset. To be asked while its streams end. */
export function clientLeft(session: ObservedSession): boolean {
  const socket = socketOf(session);
  if (socket?.destroyed !== true) return false;
  const { code } = (socket.errored ?? {}) as NodeJS.ErrnoException;
  return code === undefined ? socket.readableEnded : code === 'ECONNRESET' || code === 'EPIPE';
}

/** Node's proxy of the socket. */
function socketOf(session: ObservedSession): Socket | undefined {
  try {
    const { socket } = session;
    // The proxy throws where the session has let go of its socket.
    return socket.destroyed === undefined ? undefined : (socket as Socket);
  } catch {
    return undefined;
  }
}
