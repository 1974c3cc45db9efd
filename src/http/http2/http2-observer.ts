import type { Server as HttpServer } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { errorCodeOf } from '../error-code.ts';
import { listenFirst } from '../listen-first.ts';
import type { Observation } from '../observation.ts';
import { keepHeaders } from '../picked-headers.ts';
import { captureHandlerContext, captureHeadContext } from '../trace/active-span.ts';
import { findTracingAgent, type TracingAgent } from '../trace/tracing-agent.ts';
import { clientLeft, connectionOfSession, Http2Connection } from './http2-connection.ts';
import { Http2Exchange } from './http2-exchange.ts';
import type {
  CompatMessage,
  FieldsByName,
  ObservedSession,
  ObservedStream,
  StreamMessage,
} from './node-internals.ts';
import { RejectedSession } from './rejected-session.ts';
import { type StreamObserver, watchStreams } from './stream-methods.ts';
import {
  exchangeOfCompat,
  exchangeOfStream,
  knownConnectionOf,
  setConnectionOf,
  setExchangeOfStream,
} from './stream-slot.ts';

/** Node's code of every error that nghttp2 finds in what a client sends. */
const PARSER_ERROR = 'ERR_HTTP2_ERROR';

/** Observes HTTP/2: each stream of a server, pushes included, is an exchange. */
export class Http2Observer implements StreamObserver {
  readonly #observation: Observation;
  readonly #watch: (server: Server) => void;
  readonly #firstConnections = new WeakMap<Server, Http2Connection>();
  #stopWatching: (() => void) | undefined;
  #agent: TracingAgent | undefined;

  /** @param watch has the events of a server shown to us */
  constructor(observation: Observation, watch: (server: Server) => void) {
    this.#observation = observation;
    this.#watch = watch;
  }

  /** Leaves Node's prototypes as they were. */
  stop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  /** A server without TLS has accepted its first connection, whose session was made before its events were watched. */
  onFirstConnection(server: Server, socket: Socket): void {
    this.#firstConnections.set(server, new Http2Connection(socket, server, false));
  }

  /** A stream was made (Node 22 and later); no handler was called yet. */
  onStreamCreated({ stream, headers }: StreamMessage): void {
    // Its own events tell when handlers are called. One that never listened: its connections come from elsewhere.
    const server = stream.session?.server;
    if (server !== undefined) this.#watch(server);
    this.#start(stream, headers, server);
  }

  /** An event of an HTTP/2 server. @returns whether it was one of HTTP/2 */
  onEvent(server: Server, event: string, [, first, second]: readonly unknown[]): boolean {
    switch (event) {
      case 'stream':
        this.#onStream(server, first as ObservedStream, second as FieldsByName);
        return true;
      case 'request':
        return this.#onRequest(first, second);
      case 'connect':
        // A CONNECT, which the compatibility API emits as a request and a response.
        return this.#onRequest(first, second);
      case 'timeout':
        return this.#onTimeout(first);
      case 'session':
        // It lets go of its socket before it says what went wrong.
        if (typeof first === 'object' && first !== null) connectionOfSession(first as ObservedSession);
        return true;
      case 'sessionError':
        this.#onSessionError(server, first, second);
        return true;
      default:
        return false;
    }
  }

  /** A stream that no channel published and no server emitted: a push, on Node 20. */
  onUnknown(stream: ObservedStream): void {
    this.#guard(() => {
      const { id, session, sentHeaders } = stream;
      // Pushed streams are even (RFC 9113 section 5.1.1), and begin with the request that the server promised.
      if (id !== undefined && id % 2 === 0 && sentHeaders?.[':path'] !== undefined && !stream.headersSent) {
        this.#start(stream, sentHeaders, session?.server);
      } else if (session !== undefined && knownConnectionOf(stream) === undefined) {
        // Reset by its client before it was emitted: by then it has lost its session.
        setConnectionOf(stream, connectionOfSession(session));
      }
    });
  }

  onHead(exchange: Http2Exchange): void {
    exchange.headMs = performance.now();
    captureHeadContext(exchange);
    if (this.#observation.options.upgrades !== 'start' || !exchange.isHandedOver) return;
    this.#guard(() => {
      exchange.endAtHandshake(performance.now(), this.#observation.options.keepResponseHead);
      this.#observation.report(exchange);
    });
  }

  onClosing(exchange: Http2Exchange, stream: ObservedStream): void {
    this.#guard(() => {
      exchange.closedHere = stream.session === undefined || !clientLeft(stream.session);
    });
  }

  onDestroying(exchange: Http2Exchange, stream: ObservedStream): void {
    // Closed before: by a reset of the client, or by `close`.
    if (!stream.closed) this.onClosing(exchange, stream);
  }

  onDestroyed(exchange: Http2Exchange, error: unknown): void {
    if (exchange.ended) return;
    // The exchange has ended after that, even if the call failed.
    this.#guard(() => exchange.end(performance.now(), error, this.#observation.options.keepResponseHead));
    this.#guard(() => this.#observation.report(exchange));
  }

  #onStream(server: Server, stream: ObservedStream, headers: FieldsByName): void {
    const exchange = this.#start(stream, headers, server);
    if (exchange === undefined) return;
    this.#observation.options.onHandlers?.(exchange);
    if (exchange.contextBefore !== undefined || this.#agent !== undefined) captureFirst(server);
  }

  #onRequest(request: unknown, response: unknown): boolean {
    if (typeof request !== 'object' || request === null) return false;
    const exchange = exchangeOfCompat(request);
    // Its `end` releases it: none that has ended may keep it.
    if (exchange?.ended === false) {
      exchange.request = request;
      if (this.#observation.options.keepMessages === true) {
        const { stream } = request as Http2ServerRequest;
        exchange.keepMessages({
          request: request as Http2ServerRequest,
          response: response as Http2ServerResponse,
          stream,
        });
      }
    }
    return exchange !== undefined || 'stream' in request;
  }

  /** The session did nothing for the timeout of the server: Node destroys it unless a listener deals with it. */
  #onTimeout(session: unknown): boolean {
    if (typeof session !== 'object' || session === null) return false;
    const connection = knownConnectionOf(session);
    if (connection === undefined) return false;
    connection.timedOut = true;
    process.nextTick(() => {
      connection.timedOut = (session as ObservedSession).destroyed;
    });
    return true;
  }

  /** What a client sends that does not speak HTTP/2 is rejected; an error while there are streams is one of theirs. */
  #onSessionError(server: Server, error: unknown, session: unknown): void {
    if (typeof session !== 'object' || session === null || errorCodeOf(error) !== PARSER_ERROR) return;
    const connection = knownConnectionOf(session) ?? this.#firstConnections.get(server);
    if (connection === undefined || connection.hasStreams || !this.#observation.begins()) return;
    const { idSource } = this.#observation.options;
    const exchange = new RejectedSession(connection, PARSER_ERROR, idSource, performance.now());
    this.#observation.start(exchange);
    this.#observation.report(exchange);
  }

  #start(
    stream: ObservedStream,
    headers: FieldsByName,
    server: Server | undefined,
  ): Http2Exchange | undefined {
    const known = exchangeOfStream(stream);
    if (known !== undefined) return known;
    if (!this.#observation.begins()) return undefined;
    const { options } = this.#observation;
    if (this.#stopWatching === undefined) {
      this.#stopWatching = watchStreams(stream, this, this.#observation.createEcho());
      if (server !== undefined) this.#guard(() => (this.#agent = findTracingAgent(server as HttpServer)));
    }
    const connection = knownConnectionOf(stream) ?? connectionOfSession(stream.session);
    connection.hasStreams = true;
    const exchange = new Http2Exchange(stream, headers, connection, options.idSource, performance.now());
    exchange.agent = this.#agent;
    if (options.keepMessages === true) {
      exchange.keepMessages({ request: undefined, response: undefined, stream });
    }
    keepHeaders(exchange, options, headers);
    setExchangeOfStream(stream, exchange);
    this.#observation.start(exchange);
    // Reset before it was emitted (Node 20): nothing else is to come.
    if (stream.destroyed) this.onDestroyed(exchange, stream.errored);
    return exchange;
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#observation.options.onError(error);
    }
  }
}

/** Has the context of the handlers captured where they are called. */
function captureFirst(server: Server): void {
  // The first of the two that an instrumentation would make a span around.
  if (server.listenerCount('request') > 0) listenFirst(server, 'request', onRequest);
  else listenFirst(server, 'stream', onStream);
}

function onRequest({ stream }: CompatMessage): void {
  // Of HTTP/1 (`allowHTTP1`) there is none.
  if (stream !== undefined) onStream(stream);
}

function onStream(stream: ObservedStream): void {
  const exchange = exchangeOfStream(stream);
  if (exchange !== undefined) captureHandlerContext(exchange);
}
