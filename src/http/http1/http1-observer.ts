import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { listenFirst } from '../listen-first.ts';
import type { Observation } from '../observation.ts';
import { keepHeaders } from '../picked-headers.ts';
import { isTlsServer, type ServerEventObserver } from '../server-events.ts';
import { captureHandlerContext } from '../trace/active-span.ts';
import { findTracingAgent, type TracingAgent } from '../trace/tracing-agent.ts';
import { countReceivedBytes } from './body/request-body.ts';
import { countResponseBytes } from './body/response-body.ts';
import { exchangeOf, setExchange } from './exchange-slot.ts';
import { HandOvers } from './hand-overs.ts';
import { Http1Exchange } from './http1-exchange.ts';
import type { ObservedResponse, ObservedServer, ServerMessage, SocketInternals } from './node-internals.ts';
import { connectionOf, type ObservedConnection } from './observed-connection.ts';
import { Rejections } from './rejections.ts';
import { takeUnanswered, watchFinishedParsers } from './unanswered-hand-over.ts';

/** Observes HTTP/1: requests and their responses, upgrades, tunnels, and what is rejected before it is a request. */
export class Http1Observer implements ServerEventObserver {
  readonly #observation: Observation;
  readonly #rejections: Rejections;
  readonly #handOvers: HandOvers;
  #stopCounting: (() => void) | undefined;
  #stopWatching: (() => void) | undefined;
  #agent: TracingAgent | undefined;
  readonly #onConnectionClose: (connection: ObservedConnection, socket: Socket) => void;

  constructor(observation: Observation) {
    this.#observation = observation;
    const lookUp = (server: Server, socket: Socket): ObservedConnection =>
      connectionOf(socket, server, this.#onConnectionClose);
    this.#rejections = new Rejections(observation, lookUp);
    this.#handOvers = new HandOvers(observation, lookUp);
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
    const { options } = this.#observation;
    if (this.#stopCounting === undefined) {
      this.#stopCounting = countResponseBytes(response, this.#observation.createEcho());
      this.#agent = this.#findAgent(server);
    }
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    const now = performance.now();
    const exchange = new Http1Exchange(message, connection, options.idSource, now);
    exchange.agent = this.#agent;
    if (options.keepMessages === true) exchange.keepMessages({ request, response, stream: undefined });
    keepHeaders(exchange, options, request.headers);
    countReceivedBytes(request, exchange);
    setExchange(response, exchange);
    if (this.#observation.hasFields) exchange.markRequest();
    connection.begin(exchange, socket);
    this.#observation.start(exchange, response);
    if (exchange.contextBefore !== undefined || this.#agent !== undefined)
      listenFirst(server, 'request', onRequest);
  }

  /** A response was handed to the socket as a whole, as far as Node knows. */
  onResponseFinish({ response, socket }: ServerMessage): void {
    const exchange = exchangeOf(response);
    if (exchange === undefined || exchange.ended) return;
    // Where a write fails, Node says that the response has finished, and destroys the socket after that.
    const isBroken = socket.destroyed || socket.errored != null;
    if (isBroken && (neverTaken(socket) || exchange.isCutShort)) this.#breakOff(exchange);
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
        if (!isTlsServer(server)) this.onConnection(server, first as Socket);
        break;
      case 'secureConnection':
        if (!isHttp2(first)) this.onConnection(server, first as Socket);
        break;
      case 'clientError':
        this.#rejections.onClientError(server, first, second as Socket);
        break;
      case 'upgrade':
      case 'connect':
        this.#handOvers.onHandOver(server, first as IncomingMessage, third as Uint8Array);
        break;
      case 'tlsClientError':
        this.#rejections.onTlsError(server, first, second as Socket);
        break;
      case 'unknownProtocol':
        this.#rejections.onUnknownProtocol(server, first as Socket);
        break;
      case 'drop':
        this.#observation.options.onDropped?.('connections');
        break;
      case 'dropRequest':
        this.#observation.options.onDropped?.('requests');
    }
  }

  /** @param unanswered the request of a `CONNECT` or an upgrade that no listener has taken */
  #closeConnection(
    connection: ObservedConnection,
    socket: Socket,
    unanswered: IncomingMessage | undefined,
  ): void {
    const { open } = connection;
    while (open.first !== undefined) {
      // The exchange has ended after that, even if the call failed.
      this.#guard(open.first, (exchange) => this.#breakOff(exchange));
      open.dropEnded();
    }
    this.#guard(connection, () => this.#handOvers.end(connection));
    if (unanswered !== undefined)
      this.#guard(unanswered, (request) => this.#rejections.onUnanswered(connection, socket, request));
    this.#guard(connection, () => this.#rejections.end(connection));
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

function isHttp2(socket: unknown): boolean {
  return (socket as { readonly alpnProtocol?: unknown }).alpnProtocol === 'h2';
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
