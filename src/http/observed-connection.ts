import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { bytesSent } from './body/response-end.ts';
import type { Connection } from './exchange.ts';
import { knownConnection, setConnection } from './exchange-slot.ts';
import type { ObservedExchange } from './observed-exchange.ts';
import { OpenExchanges } from './open-exchanges.ts';

type MaybeTlsSocket = Socket & { readonly encrypted?: boolean };

/** The connection of one socket: its addresses, its open exchanges, and how far its bytes have been accounted for. */
export class ObservedConnection implements Connection {
  readonly remoteAddress: string | undefined;
  readonly isUnixSocket: boolean;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean;
  readonly open: OpenExchanges<ObservedExchange> = new OpenExchanges();
  /** Bytes that had gone out ({@link bytesSent}) at the end of the last exchange. */
  bytesAccounted: number;
  /** Bytes that had come in when the last request ended; `NaN` where the end of that request is not known. */
  requestsEndAt = 0;
  /** True once a timeout of the server destroyed the socket. */
  timedOut = false;
  /** @internal */
  described: object | undefined = undefined;

  readonly #server: Server;

  constructor(socket: MaybeTlsSocket, server: Server) {
    this.#server = server;
    this.remoteAddress = socket.remoteAddress;
    this.isUnixSocket = this.remoteAddress === undefined && isUnixSocket(socket, server);
    this.remotePort = socket.remotePort;
    this.localAddress = socket.localAddress;
    this.localPort = socket.localPort;
    this.encrypted = socket.encrypted === true;
    this.bytesAccounted = bytesSent(socket) ?? 0;
  }

  /** Whether Node answers errors of the parser itself; an application's `clientError` listener takes that over. */
  get nodeAnswersErrors(): boolean {
    return this.#server.listenerCount('clientError') === 0;
  }

  /**
   * Takes an ended exchange off the open ones.
   *
   * @param nowMs the monotonic clock; at this time a response that waited behind it goes to the socket
   */
  close(exchange: ObservedExchange, nowMs: number): void {
    const { open } = this;
    if (open.first !== exchange) return;
    open.dropEnded();
    open.first?.comesFirst(nowMs);
  }
}

/**
 * Whether a socket without a peer address has none because it is local. A TCP connection that was reset, or a stream
 * that a server was handed as a connection, has none either, and its other end must not pass for a local process.
 */
function isUnixSocket(socket: MaybeTlsSocket, server: Server): boolean {
  const listensOn = server.address();
  if (listensOn !== null) return typeof listensOn === 'string';
  // A server that listens on a file descriptor, is closed by now, or never listened. A TCP socket has its own address
  // as long as it is not destroyed, whatever became of the other end.
  return socket instanceof Socket && !socket.destroyed && socket.localAddress === undefined;
}

/** The connection of `socket`; made, and `onClose` attached, at its first exchange. */
export function connectionOf(
  socket: Socket,
  server: Server,
  onClose: (connection: ObservedConnection) => void,
): ObservedConnection {
  const known = knownConnection(socket);
  if (known !== undefined) return known;
  const connection = new ObservedConnection(socket, server);
  setConnection(socket, connection);
  // Node's own listener, registered first, has destroyed the socket by now unless the application deals with it.
  socket.on('timeout', () => {
    if (socket.destroyed) connection.timedOut = true;
  });
  socket.once('close', () => onClose(connection));
  return connection;
}
