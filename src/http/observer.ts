import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { countReceivedBytes } from './body/request-body.ts';
import { countResponseBytes } from './body/response-body.ts';
import type { Exchange } from './exchange.ts';
import { exchangeOf, setExchange } from './exchange-slot.ts';
import type {
  ObservedRequest,
  ObservedResponse,
  ObservedServer,
  ServerMessage,
  SocketInternals,
} from './node-internals.ts';
import { connectionOf, type ObservedConnection } from './observed-connection.ts';
import { ObservedExchange } from './observed-exchange.ts';
import { FASTIFY_CHANNELS } from './route/fastify-route.ts';
import { captureHandlerContext } from './trace/active-span.ts';
import { activeContext, type IdSource } from './trace/trace-context.ts';
import { findTracingAgent, type TracingAgent } from './trace/tracing-agent.ts';

export interface ObserverOptions {
  /** Request headers to keep with each exchange, by lower-case name. */
  readonly requestHeaderNames: readonly string[];
  /** Whether to keep the response head of each exchange. */
  readonly keepResponseHead: boolean;
  readonly idSource: IdSource;
  /** Called before the application's handlers see the request. */
  readonly onStart?: (exchange: ObservedExchange, response: ObservedResponse) => void;
  /** Called once for every exchange, at its end. */
  readonly onEnd: (exchange: ObservedExchange) => void;
  /** Called with errors of our own code. Traffic goes on. */
  readonly onError: (error: unknown) => void;
}

/**
 * Observes every exchange of the `node:http` and `node:https` servers of this process through diagnostics channels, and
 * calls back at its end. It wraps nothing that other packages wrap, and adds no listener whose presence changes what
 * Node does.
 */
export class HttpObserver {
  #options: ObserverOptions;
  #atFirst: (() => ObserverOptions | undefined) | undefined;
  readonly #undo: (() => void)[] = [];
  #hasStarted = false;
  #agent: TracingAgent | undefined;
  readonly #onConnectionClose: (connection: ObservedConnection) => void;

  /**
   * @param atFirst called at the first exchange, before anything is read of it: the options from then on; `undefined`
   * ends the observing
   */
  constructor(options: ObserverOptions, atFirst?: () => ObserverOptions | undefined) {
    this.#options = options;
    this.#atFirst = atFirst;
    const guardedBreakOff = (exchange: ObservedExchange): void => {
      try {
        this.#breakOff(exchange);
      } catch (error) {
        this.#options.onError(error);
      }
    };
    // Not the `close` of each response: Node 20 and 22 never close one that was queued behind another one when the
    // connection ended.
    this.#onConnectionClose = (connection) => {
      process.nextTick(() => {
        const { open } = connection;
        while (open.first !== undefined) {
          // The exchange has ended after that, even if the call failed.
          guardedBreakOff(open.first);
          open.dropEnded();
        }
      });
    };
  }

  /** Starts observing; does nothing if it does already. */
  enable(): void {
    if (this.#undo.length > 0) return;
    this.#subscribe('http.server.request.start', (message) => this.#onStart(message as ServerMessage));
    this.#subscribe('http.server.response.finish', (message) => this.#onFinish(message as ServerMessage));
    for (const [channel, listener] of FASTIFY_CHANNELS) this.#subscribe(channel, listener);
  }

  /** Stops observing; exchanges that are open are not reported any more. */
  disable(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#hasStarted = false;
  }

  #subscribe(channel: string, handle: (message: unknown) => void): void {
    // An error that a subscriber throws would be an uncaught exception of the application.
    const guarded = (message: unknown): void => {
      try {
        handle(message);
      } catch (error) {
        this.#options.onError(error);
      }
    };
    subscribe(channel, guarded);
    this.#undo.push(() => unsubscribe(channel, guarded));
  }

  #onStart(message: ServerMessage): void {
    const { request, response, socket, server } = message;
    if (exchangeOf(response) !== undefined) return;
    if (this.#atFirst !== undefined && !this.#begin(this.#atFirst)) return;
    const { idSource, requestHeaderNames, onStart } = this.#options;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#undo.push(countResponseBytes(response));
      this.#agent = this.#findAgent(server);
    }
    const connection = connectionOf(socket, server, this.#onConnectionClose);
    const now = performance.now();
    const exchange = new ObservedExchange(message, connection, idSource, now);
    exchange.agent = this.#agent;
    if (requestHeaderNames.length > 0)
      exchange.requestHeaders = pickHeaders(requestHeaderNames, request.headers);
    countReceivedBytes(request, exchange);
    setExchange(response, exchange);
    connection.open.add(exchange);
    onStart?.(exchange, response);
    exchange.contextBefore = activeContext();
    if (exchange.contextBefore !== undefined || this.#agent !== undefined) listenFirst(server);
  }

  /** An error in what another package left in the process must not lose an exchange. */
  #findAgent(server: ObservedServer): TracingAgent | undefined {
    try {
      return findTracingAgent(server);
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }

  #begin(atFirst: () => ObserverOptions | undefined): boolean {
    const options = atFirst();
    if (options === undefined) {
      // Not while the channel goes through its subscribers.
      setImmediate(() => this.disable());
      return false;
    }
    this.#options = options;
    this.#atFirst = undefined;
    return true;
  }

  #onFinish({ response, socket }: ServerMessage): void {
    const exchange = exchangeOf(response);
    if (exchange === undefined || exchange.ended) return;
    if (socket.destroyed && (neverTaken(socket) || exchange.isCutShort)) this.#breakOff(exchange);
    else this.#complete(exchange);
  }

  #complete(exchange: ObservedExchange): void {
    exchange.complete(performance.now(), this.#options.keepResponseHead);
    this.#report(exchange);
  }

  #breakOff(exchange: ObservedExchange): void {
    if (exchange.ended) return;
    if (exchange.isWhole) {
      this.#complete(exchange);
      return;
    }
    exchange.breakOff(performance.now(), this.#options.keepResponseHead);
    this.#report(exchange);
  }

  #report(exchange: ObservedExchange): void {
    exchange.connection.close(exchange, exchange.startMs + exchange.durationMs);
    if (this.#undo.length > 0) this.#options.onEnd(exchange);
  }
}

/** The named headers as they are now, before the application can change them. */
function pickHeaders(
  names: readonly string[],
  headers: ObservedRequest['headers'],
): Exchange['requestHeaders'] {
  let picked: Record<string, string | readonly string[]> | undefined;
  for (const name of names) {
    // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
    const value: unknown = headers[name];
    if (typeof value !== 'string' && !Array.isArray(value)) continue;
    picked ??= Object.create(null) as Record<string, string | readonly string[]>;
    picked[name] = value;
  }
  return picked;
}

/**
 * Node 20 and 22 also report a response as finished that its destroyed socket never took. The write that failed
 * left an error, or the stream still waiting for its drain. An application that destroys the socket itself right
 * after a small `end()` leaves neither: its bytes were taken.
 */
function neverTaken(socket: SocketInternals): boolean {
  return socket.errored !== null || socket._writableState?.needDrain === true;
}

/**
 * Makes our listener the first one of the server, so that it runs in the context that an instrumentation of the server
 * made, before any middleware changes it. Checked for each request: listeners come and go.
 */
function listenFirst(server: ObservedServer): void {
  const listeners = server._events?.request;
  // Without one, ours would be a reason for Node to emit requests (HTTP/2 with `allowHTTP1` and a `stream` listener).
  if (listeners === undefined) return;
  if ((Array.isArray(listeners) ? listeners[0] : listeners) === onRequest) return;
  server.removeListener('request', onRequest);
  server.prependListener('request', onRequest);
}

function onRequest(_request: unknown, response: ObservedResponse): void {
  const exchange = exchangeOf(response);
  if (exchange !== undefined) captureHandlerContext(exchange);
}
