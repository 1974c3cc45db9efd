import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../exchange.ts';
import { isUnixSocket } from '../unix-socket.ts';
import { isBetweenRequests } from './body/request-size.ts';
import { bytesSent } from './body/response-end.ts';
import { knownConnection, setConnection } from './exchange-slot.ts';
import type { HandedOverExchange } from './handed-over-exchange.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import type { HandedOverRequest, SocketInternals } from './node-internals.ts';
import { PipelinedExchanges } from './pipelined-exchanges.ts';
import type { RejectedExchange } from './rejected-exchange.ts';
import { watchWrittenBytes } from './written-bytes.ts';

type MaybeTlsSocket = Socket & { readonly encrypted?: boolean };

/** The connection of one socket: its addresses, its open exchanges, and how far its bytes have been accounted for. */
export class ObservedConnection implements Connection {
  readonly remoteAddress: string | undefined;
  readonly isUnixSocket: boolean;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean;
  readonly server: Server;
  readonly open: PipelinedExchanges<Http1Exchange> = new PipelinedExchanges();
  /** Bytes that had gone out ({@link bytesSent}) at the end of the last exchange; -∞ where they are not known. */
  bytesAccounted: number;
  /** Bytes that had come in when the last request ended; `NaN` where the end of that request is not known. */
  requestsEndAt = 0;
  /** True once a timeout of the server destroyed the socket. */
  timedOut = false;
  /** Monotonic time at which its last exchange ended; until then the time at which it was accepted. */
  idleSinceMs: number;
  /** The exchange that the parser rejected; the connection has no other after it. */
  rejected: RejectedExchange | undefined = undefined;
  /** The exchange that the socket was handed over to. */
  handedOver: HandedOverExchange | undefined = undefined;
  /** The request of a `CONNECT` or an upgrade, until a listener takes it. */
  unanswered: HandedOverRequest | undefined = undefined;
  /** @internal */
  described: object | undefined = undefined;
  /** @internal */
  clientKey: number | undefined = undefined;

  /** Called when the socket has closed. */
  onClose: OnClose | undefined = undefined;

  constructor(socket: MaybeTlsSocket, server: Server) {
    this.server = server;
    this.idleSinceMs = performance.now();
    this.remoteAddress = socket.remoteAddress;
    this.isUnixSocket = this.remoteAddress === undefined && isUnixSocket(socket, server);
    this.remotePort = socket.remotePort;
    this.localAddress = socket.localAddress;
    this.localPort = socket.localPort;
    this.encrypted = socket.encrypted === true;
    this.bytesAccounted = bytesSent(socket) ?? 0;
  }

  /** Whether bytes are expected that no `ServerResponse` writes. */
  get wantsWrittenBytes(): boolean {
    const { first } = this.open;
    // A head that has left, or waits: what follows is its body.
    if (first !== undefined) return first.headMs === undefined || this.handedOver !== undefined;
    return this.rejected !== undefined || this.handedOver !== undefined;
  }

  /** Bytes are handed to the socket, while {@link wantsWrittenBytes}. */
  onWritten(data: unknown, encoding: unknown): void {
    // In the order of responses on the wire: what is written belongs to the oldest exchange.
    const exchange = this.handedOver ?? this.open.first ?? this.rejected;
    exchange?.rawHead.add(data, encoding);
    this.handedOver?.onWritten();
  }

  /**
   * The socket is handed over. What the application writes comes between the bytes of responses that are open still: their
   * sizes cannot be told apart.
   *
   * @returns whether no response is open
   */
  handOver(exchange: HandedOverExchange): boolean {
    this.handedOver = exchange;
    if (this.open.first === undefined) return true;
    this.bytesAccounted = Number.NEGATIVE_INFINITY;
    return false;
  }

  /** A request begins. Behind a tunnel (`server.emit('connection', socket)`) its response follows what the tunnel sent. */
  begin(exchange: Http1Exchange, socket: SocketInternals): void {
    if (this.handedOver !== undefined && this.open.first === undefined) {
      this.bytesAccounted = bytesSent(socket) ?? 0;
    }
    this.open.add(exchange);
  }

  /** Bytes on the wire of the oldest open exchange; infinite where they are not counted. */
  sizeOnWire(socket: SocketInternals): number {
    const sent = bytesSent(socket);
    return sent === undefined ? Number.POSITIVE_INFINITY : sent - this.bytesAccounted;
  }

  /**
   * Size of the request that ends now, if it alone accounts for all that came in since the end of the one before:
   * neither bytes of a pipelined request nor empty lines (RFC 9112 section 2.2) may be among them.
   *
   * @param expected what its head and the length of its body add up to
   * @param isComplete it was received as a whole
   */
  takeRequestSize(expected: number, isComplete: boolean, socket: SocketInternals): number | undefined {
    const endsHere = this.open.isSingle && isComplete && isBetweenRequests(socket);
    const received = socket.bytesRead;
    const size = endsHere && received - this.requestsEndAt === expected ? expected : undefined;
    this.requestsEndAt = endsHere ? received : Number.NaN;
    return size;
  }

  /**
   * Takes an ended exchange off the open ones.
   *
   * @param nowMs the monotonic clock; at this time a response that waited behind it goes to the socket
   */
  close(exchange: Http1Exchange, nowMs: number): void {
    const { open } = this;
    this.idleSinceMs = nowMs;
    if (open.first !== exchange) return;
    open.dropEnded();
    open.first?.comesFirst(nowMs);
  }
}

type OnClose = (connection: ObservedConnection, socket: Socket) => void;

/** The connection of `socket`; made, and `onClose` attached, when it is accepted or, at the latest, at its first exchange. */
export function connectionOf(socket: Socket, server: Server, onClose: OnClose): ObservedConnection {
  const known = knownConnection(socket);
  if (known !== undefined) {
    // An observer that was stopped may have made it.
    known.onClose = onClose;
    return known;
  }
  const connection = new ObservedConnection(socket, server);
  connection.onClose = onClose;
  setConnection(socket, connection);
  watchWrittenBytes(socket);
  // Node's own listener, registered first, has destroyed the socket by now unless the application deals with it.
  socket.on('timeout', onTimeout);
  socket.once('close', onSocketClose);
  return connection;
}

/**
 * Sees the end of a socket that was handed over even if the application takes all listeners off it
 * (`socket.removeAllListeners()`), as it may: Node has taken its own off by then. An own property that is not enumerable
 * puts ours back before `close` is emitted.
 */
export function keepCloseListener(socket: Socket): void {
  Object.defineProperty(socket, '_destroy', {
    value: destroy,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

type Destroy = (this: Socket, error: unknown, callback: unknown) => unknown;

function destroy(this: Socket, error: unknown, callback: unknown): unknown {
  if (!this.listeners('close').includes(onSocketClose)) this.once('close', onSocketClose);
  // What would be called without us: another package may have its own.
  const inherited: Destroy = Reflect.get(Object.getPrototypeOf(this), '_destroy');
  return inherited.call(this, error, callback);
}

function onTimeout(this: Socket): void {
  const connection = knownConnection(this);
  if (connection !== undefined && this.destroyed) connection.timedOut = true;
}

function onSocketClose(this: Socket): void {
  const connection = knownConnection(this);
  connection?.onClose?.(connection, this);
}
