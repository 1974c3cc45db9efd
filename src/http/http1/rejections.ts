import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { errorCodeOf } from '../error-code.ts';
import type { Observation } from '../observation.ts';
import type { SocketInternals } from './node-internals.ts';
import type { ObservedConnection } from './observed-connection.ts';
import { RejectedExchange } from './rejected-exchange.ts';
import { NOTHING_READ, type RejectedHead, UnreadHead } from './rejected-head.ts';

/** Node has no error for it; named as its event. */
const UNKNOWN_PROTOCOL = { code: 'unknown_protocol' };

/** What is refused before it is a request: by the parser, by a timeout, in a TLS handshake, or since no listener takes it. */
export class Rejections {
  readonly #observation: Observation;
  readonly #connectionOf: (server: Server, socket: Socket) => ObservedConnection;

  constructor(
    observation: Observation,
    connectionOf: (server: Server, socket: Socket) => ObservedConnection,
  ) {
    this.#observation = observation;
    this.#connectionOf = connectionOf;
  }

  onClientError(server: Server, error: unknown, socket: Socket): void {
    const code = errorCodeOf(error);
    const isTimeout = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // A connection that breaks between requests (ECONNRESET, EPIPE) is no exchange.
    if (!isTimeout && code?.startsWith('HPE_') !== true) return;
    if (!this.#observation.begins()) return;
    const connection = this.#connectionOf(server, socket);
    const { newest } = connection.open;
    const arriving = (socket as SocketInternals).parser?.incoming?.complete === false;
    if (newest?.isRequestComplete === false || arriving || connection.handedOver !== undefined) {
      // One record for a request that is rejected while its body arrives: that of the request, even if its response
      // was sent before and the record has gone.
      if (newest !== undefined) newest.parserErrorCode ??= code;
      return;
    }
    if (connection.rejected !== undefined) return;
    this.#reject(
      connection,
      socket,
      error,
      isTimeout ? NOTHING_READ : readHeadOf(error, connection, socket),
      isTimeout ? connection.idleSinceMs : performance.now(),
    );
  }

  onTlsError(server: Server, error: unknown, socket: Socket): void {
    if (this.#observation.options.tlsErrors !== true || !this.#observation.begins()) return;
    const connection = this.#connectionOf(server, socket);
    if (connection.rejected !== undefined) return;
    this.#reject(connection, socket, error, NOTHING_READ, connection.idleSinceMs);
    // Its handshake is over; Node may have destroyed it before.
    if (socket.destroyed) this.end(connection);
  }

  /** A TLS client that chose no protocol which the HTTP/2 server speaks: Node answers with a 403. */
  onUnknownProtocol(server: Server, socket: Socket): void {
    // A listener may hand the connection to a server of HTTP/1, whose exchanges are seen there.
    if (server.listenerCount('unknownProtocol') > 0 || !this.#observation.begins()) return;
    const connection = this.#connectionOf(server, socket);
    this.#reject(connection, socket, UNKNOWN_PROTOCOL, NOTHING_READ, connection.idleSinceMs);
  }

  /** A `CONNECT` or an upgrade that no listener has taken; its connection has closed. */
  onUnanswered(connection: ObservedConnection, socket: Socket, request: IncomingMessage): void {
    if (connection.handedOver !== undefined || !this.#observation.begins()) return;
    this.#reject(connection, socket, undefined, headOf(request), performance.now());
  }

  /** The connection has closed. */
  end({ rejected }: ObservedConnection): void {
    if (rejected?.ended !== false) return;
    rejected.end(performance.now());
    this.#observation.report(rejected);
  }

  #reject(
    connection: ObservedConnection,
    socket: Socket,
    error: unknown,
    head: RejectedHead,
    startMs: number,
  ): void {
    const { idSource, requestHeaderNames } = this.#observation.options;
    const rejection = { connection, socket, error, head, headerNames: requestHeaderNames };
    const exchange = new RejectedExchange(rejection, idSource, startMs);
    connection.rejected = exchange;
    this.#observation.start(exchange);
  }
}

/**
 * What the parser had read of the request that it rejects. Only where the packet with the error begins with that
 * request: Node keeps nothing of the packets before.
 */
function readHeadOf(error: unknown, connection: ObservedConnection, socket: Socket): RejectedHead {
  const { rawPacket, bytesParsed } = error as { rawPacket?: unknown; bytesParsed?: unknown };
  if (!(rawPacket instanceof Uint8Array) || typeof bytesParsed !== 'number') return NOTHING_READ;
  const isFirst = connection.open.first === undefined;
  if (!isFirst || socket.bytesRead - rawPacket.byteLength !== connection.requestsEndAt) return NOTHING_READ;
  return new UnreadHead(rawPacket, bytesParsed);
}

function headOf({ method = '', url = '', httpVersion, headers }: IncomingMessage): RejectedHead {
  return { method, target: url, httpVersion, headers: headers as RejectedHead['headers'] };
}
