import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { listenFirst } from '../listen-first.ts';
import type { Observation } from '../observation.ts';
import { pickHeaders } from '../picked-headers.ts';
import type { ServerEventObserver } from '../server-events.ts';
import { captureHandlerContext } from '../trace/active-span.ts';
import { findTracingAgent, type TracingAgent } from '../trace/tracing-agent.ts';
import { countReceivedBytes } from './body/request-body.ts';
import { countResponseBytes } from './body/response-body.ts';
import { errorCodeOf } from './body/response-end.ts';
import { exchangeOf, setExchange } from './exchange-slot.ts';
import { HandedOverExchange } from './handed-over-exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import type { ObservedResponse, ObservedServer, ServerMessage, SocketInternals } from './node-internals.ts';
import { connectionOf, type ObservedConnection } from './observed-connection.ts';
import { RejectedExchange } from './rejected-exchange.ts';
import { NOTHING_READ, type RejectedHead, readRejectedHead } from './rejected-head.ts';
import { takeUnanswered, watchFinishedParsers } from './unanswered-hand-over.ts';

/** Node has no error for it; named as its event. */
const UNKNOWN_PROTOCOL = { code: 'unknown_protocol' };

/** Observes HTTP/1: requests and their responses, upgrades, tunnels, and what is rejected before it is a request. */
export class Http1Observer implements ServerEventObserver {
  readonly #observation: Observation;
  #stopCounting: (() => void) | undefined;
  #stopWatching: (() => void) | undefined;
  #agent: TracingAgent | undefined;
  readonly #onConnectionClose: (connection: ObservedConnection, socket: Socket) => void;

  constructor(observation: Observation) {
    this.#observation = observation;
    // Not the `close` of each response: Node 20 and 22 never close one that was queued behind another one when the
    // connection ended.
    this.#onConnectionClose = (connection, socket) => {
      const unanswered = takeUnanswered(connection, socket);
      process.nextTick(() => this.#closeConnection(connection, socket, unanswered));
    };
  }

  /** Leaves Node's prototypes as they were. */
  stop(): void {
    this.#stopCounting?.();
    this.#stopCounting = undefined;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  /** A request was parsed; no handler was called yet. */
  onRequestStart(message: ServerMessage): void {
    const { request, response, socket, server } = message;
    if (exchangeOf(response) !== undefined || !this.#observation.begins()) return;
    const { idSource, requestHeaderNames } = this.#observation.options;
    if (this.#stopCounting === undefined) {
      this.#stopCounting = countResponseBytes(response);
      this.#agent = this.#findAgent(server);
    }
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    const now = performance.now();
    const exchange = new Http1Exchange(message, connection, idSource, now);
    exchange.agent = this.#agent;
    if (requestHeaderNames.length > 0)
      exchange.requestHeaders = pickHeaders(requestHeaderNames, request.headers);
    countReceivedBytes(request, exchange);
    setExchange(response, exchange);
    connection.open.add(exchange);
    this.#observation.start(exchange, response);
    if (exchange.contextBefore !== undefined || this.#agent !== undefined)
      listenFirst(server, 'request', onRequest);
  }

  /** A response was handed to the socket as a whole, as far as Node knows. */
  onResponseFinish({ response, socket }: ServerMessage): void {
    const exchange = exchangeOf(response);
    if (exchange === undefined || exchange.ended) return;
    if (socket.destroyed && (neverTaken(socket) || exchange.isCutShort)) this.#breakOff(exchange);
    else this.#complete(exchange);
  }

  /** A server has accepted a connection. */
  onConnection(server: Server, socket: Socket): void {
    connectionOf(socket, server, this.#onConnectionClose);
    const { parser } = socket as SocketInternals;
    if (this.#stopWatching === undefined && parser != null) this.#stopWatching = watchFinishedParsers(parser);
  }

  onEvent(server: Server, event: string, [, first, second, third]: readonly unknown[]): void {
    switch (event) {
      case 'connection':
        if (!isTls(server)) this.onConnection(server, first as Socket);
        break;
      case 'secureConnection':
        if (!isHttp2(first)) this.onConnection(server, first as Socket);
        break;
      case 'clientError':
        this.#onClientError(server, first, second as Socket);
        break;
      case 'upgrade':
      case 'connect':
        this.#onHandOver(server, first as IncomingMessage, third as Uint8Array);
        break;
      case 'tlsClientError':
        this.#onTlsError(server, first, second as Socket);
        break;
      case 'unknownProtocol':
        this.#onUnknownProtocol(server, first as Socket);
        break;
      case 'drop':
        this.#observation.options.onDropped?.('connections');
        break;
      case 'dropRequest':
        this.#observation.options.onDropped?.('requests');
    }
  }

  #onClientError(server: Server, error: unknown, socket: Socket): void {
    const code = errorCodeOf(error);
    const isTimeout = code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // A connection that breaks between requests (ECONNRESET, EPIPE) is no exchange.
    if (!isTimeout && code?.startsWith('HPE_') !== true) return;
    if (!this.#observation.begins()) return;
    const connection = connectionOf(socket, server, this.#onConnectionClose);
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

  #onTlsError(server: Server, error: unknown, socket: Socket): void {
    if (this.#observation.options.tlsErrors !== true || !this.#observation.begins()) return;
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    if (connection.rejected !== undefined) return;
    this.#reject(connection, socket, error, NOTHING_READ, connection.idleSinceMs);
    // Its handshake is over; Node may have destroyed it before.
    if (socket.destroyed) this.#endRejected(connection);
  }

  /** A TLS client that chose no protocol which the HTTP/2 server speaks: Node answers with a 403. */
  #onUnknownProtocol(server: Server, socket: Socket): void {
    // A listener may hand the connection to a server of HTTP/1, whose exchanges are seen there.
    if (server.listenerCount('unknownProtocol') > 0 || !this.#observation.begins()) return;
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    this.#reject(connection, socket, UNKNOWN_PROTOCOL, NOTHING_READ, connection.idleSinceMs);
  }

  #reject(
    connection: ObservedConnection,
    socket: Socket,
    error: unknown,
    head: RejectedHead,
    startMs: number,
  ): void {
    const { idSource, requestHeaderNames } = this.#observation.options;
    const exchange = new RejectedExchange({ connection, socket, error, head }, idSource, startMs);
    exchange.requestHeaders = pickHeaders(requestHeaderNames, head.headers);
    connection.rejected = exchange;
    this.#observation.start(exchange);
  }

  #onHandOver(server: Server, request: IncomingMessage, received: Uint8Array): void {
    // Not the stream of the event: where a body still arrives, Node 26 passes one around the socket, and an injected
    // upgrade (`injectWS` of @fastify/websocket) has one that is on no wire.
    const socket = request.socket as Socket | undefined;
    if (socket === undefined || !this.#observation.begins()) return;
    const { idSource, requestHeaderNames, upgrades } = this.#observation.options;
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    connection.unanswered = undefined;
    // An application may emit the event again, to another server.
    if (connection.handedOver !== undefined) return;
    const onHandshake = (): void => {
      exchange.endAtHandshake(performance.now());
      this.#observation.report(exchange);
    };
    const exchange = new HandedOverExchange(
      { request, socket, received },
      connection,
      idSource,
      performance.now(),
      upgrades === 'start' ? onHandshake : undefined,
    );
    exchange.requestHeaders = pickHeaders(requestHeaderNames, request.headers);
    connection.handedOver = exchange;
    this.#observation.start(exchange);
  }

  #closeConnection(
    connection: ObservedConnection,
    socket: Socket,
    unanswered: IncomingMessage | undefined,
  ): void {
    const { open, handedOver } = connection;
    while (open.first !== undefined) {
      // The exchange has ended after that, even if the call failed.
      this.#guard(open.first, (exchange) => this.#breakOff(exchange));
      open.dropEnded();
    }
    if (handedOver?.ended === false) {
      this.#guard(handedOver, (exchange) => {
        exchange.end(performance.now());
        this.#observation.report(exchange);
      });
    }
    if (unanswered !== undefined && handedOver === undefined && this.#observation.begins()) {
      this.#reject(connection, socket, undefined, headOf(unanswered), performance.now());
    }
    this.#endRejected(connection);
  }

  #endRejected({ rejected }: ObservedConnection): void {
    if (rejected?.ended !== false) return;
    this.#guard(rejected, (exchange) => {
      exchange.end(performance.now());
      this.#observation.report(exchange);
    });
  }

  #guard<T>(exchange: T, act: (exchange: T) => void): void {
    try {
      act(exchange);
    } catch (error) {
      this.#observation.options.onError(error);
    }
  }

  /** An error in what another package left in the process must not lose an exchange. */
  #findAgent(server: ObservedServer): TracingAgent | undefined {
    try {
      return findTracingAgent(server);
    } catch (error) {
      this.#observation.options.onError(error);
      return undefined;
    }
  }

  #complete(exchange: Http1Exchange): void {
    exchange.complete(performance.now(), this.#observation.options.keepResponseHead);
    this.#report(exchange);
  }

  #breakOff(exchange: Http1Exchange): void {
    if (exchange.ended) return;
    if (exchange.isWhole) {
      this.#complete(exchange);
      return;
    }
    exchange.breakOff(performance.now(), this.#observation.options.keepResponseHead);
    this.#report(exchange);
  }

  #report(exchange: Http1Exchange): void {
    exchange.connection.close(exchange, exchange.startMs + exchange.durationMs);
    this.#observation.report(exchange);
  }
}

/** Whether connections of the server are secure only after a handshake: its `connection` is not yet one of HTTP. */
function isTls(server: Server): boolean {
  return 'setSecureContext' in server;
}

function isHttp2(socket: unknown): boolean {
  return (socket as { readonly alpnProtocol?: unknown }).alpnProtocol === 'h2';
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
  return readRejectedHead(rawPacket, bytesParsed);
}

function headOf({ method = '', url = '', httpVersion, headers }: IncomingMessage): RejectedHead {
  return { method, target: url, httpVersion, headers: headers as RejectedHead['headers'] };
}

/**
 * Node 20 and 22 also report a response as finished that its destroyed socket never took. The write that failed
 * left an error, or the stream still waiting for its drain. An application that destroys the socket itself right
 * after a small `end()` leaves neither: its bytes were taken.
 */
function neverTaken(socket: SocketInternals): boolean {
  return socket.errored !== null || socket._writableState?.needDrain === true;
}

function onRequest(_request: unknown, response: ObservedResponse): void {
  const exchange = exchangeOf(response);
  if (exchange !== undefined) captureHandlerContext(exchange);
}
