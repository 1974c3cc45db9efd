import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { watchForHono } from './frameworks/hono.ts';
import { LoadedFrameworks } from './frameworks/loaded-frameworks.ts';
import { Http1Observer } from './http1/http1-observer.ts';
import type { ServerMessage } from './http1/node-internals.ts';
import { Http2Observer } from './http2/http2-observer.ts';
import type { StreamMessage } from './http2/node-internals.ts';
import { Observation, type ObserverOptions } from './observation.ts';
import type { ProcessEnd } from './observed-exchange.ts';
import { FASTIFY_CHANNELS } from './route/fastify-route.ts';
import { isHttp2Server, isTlsServer, ServerEvents } from './server-events.ts';

/** Message of `net.server.socket`. */
interface AcceptedSocket {
  readonly socket: Socket & { readonly server?: unknown; readonly _server?: unknown };
}

/**
 * Observes every exchange of the HTTP servers of this process, and calls back at its end: through diagnostics channels,
 * and through the events of the servers for what no channel publishes. It wraps nothing that other packages wrap, and
 * adds no listener whose presence changes what Node does.
 */
export class HttpObserver {
  readonly #observation: Observation;
  readonly #http1: Http1Observer;
  readonly #http2: Http2Observer;
  readonly #frameworks = new LoadedFrameworks();
  #events: ServerEvents | undefined;
  #leaveHono: (() => void) | undefined;
  readonly #undo: (() => void)[] = [];

  /**
   * @param atFirst called at the first exchange, before anything is read of it: the options from then on; `undefined`
   * ends the observing
   */
  constructor(options: ObserverOptions, atFirst?: () => ObserverOptions | undefined) {
    this.#observation = new Observation(options, atFirst, () => this.disable());
    this.#http1 = new Http1Observer(this.#observation);
    this.#http2 = new Http2Observer(this.#observation, (server) => {
      if (this.#events?.watch(server) === true) this.#frameworks.look();
    });
  }

  /** Exchanges that have not ended. */
  get openExchanges(): number {
    return this.#observation.open.count;
  }

  /** Starts observing; does nothing if it does already. */
  enable(): void {
    if (this.#observation.isActive) return;
    this.#observation.enable();
    this.#leaveHono = watchForHono();
    const events = new ServerEvents(
      { onEvent: (server, event, args) => this.#onEvent(server as Server, event, args) },
      (error) => this.#onError(error),
    );
    this.#events = events;
    this.#subscribe('http.server.request.start', (message) => {
      const { server } = message as ServerMessage;
      // One that never listened: its connections come from elsewhere.
      if (events.watch(server)) this.#frameworks.look();
      this.#http1.onRequestStart(message as ServerMessage);
    });
    this.#subscribe('http.server.response.finish', (message) =>
      this.#http1.onResponseFinish(message as ServerMessage),
    );
    // Node 22 and later; before, the events of the servers show the same streams.
    this.#subscribe('http2.server.stream.created', (message) =>
      this.#http2.onStreamCreated(message as StreamMessage),
    );
    this.#subscribe('net.server.socket', (message) => this.#onAccepted(message as AcceptedSocket, events));
    for (const [channel, listener] of FASTIFY_CHANNELS) this.#subscribe(channel, listener);
  }

  /** Stops observing; exchanges that are open are not reported any more. */
  disable(): void {
    this.#observation.stop();
    for (const undo of this.#undo.splice(0)) undo();
    this.#events?.stop();
    this.#frameworks.stop();
    this.#leaveHono?.();
    this.#http1.stop();
    this.#http2.stop();
  }

  /** Ends all open exchanges, because the process ends. */
  endWithProcess(end: ProcessEnd, nowMs: number): void {
    this.#observation.endWithProcess(end, nowMs);
  }

  /** A server of any protocol has accepted a connection: the first one shows the server to us. */
  #onAccepted({ socket }: AcceptedSocket, events: ServerEvents): void {
    const { server, _server: listening } = socket;
    if (isHttpServer(listening) && events.watch(listening)) this.#onFirstConnection(listening, socket);
    // A server of another protocol may have passed the connection on.
    if (server !== listening && isHttpServer(server) && events.watch(server))
      this.#onFirstConnection(server, socket);
  }

  #onFirstConnection(server: Server, socket: Socket): void {
    this.#frameworks.look();
    if (isHttp2Server(server) && !isTlsServer(server)) this.#http2.onFirstConnection(server, socket);
    else this.#onEvent(server, 'connection', ['connection', socket]);
  }

  #onEvent(server: Server, event: string, args: readonly unknown[]): void {
    if (isHttp2Server(server)) {
      if (this.#http2.onEvent(server, event, args)) return;
      // Without TLS there is no HTTP/1 beside it (`allowHTTP1`).
      if (event === 'connection' && !isTlsServer(server)) return;
    }
    this.#http1.onEvent(server, event, args);
  }

  #subscribe(channel: string, handle: (message: unknown) => void): void {
    // An error that a subscriber throws would be an uncaught exception of the application.
    const guarded = (message: unknown): void => {
      try {
        handle(message);
      } catch (error) {
        this.#onError(error);
      }
    };
    subscribe(channel, guarded);
    this.#undo.push(() => unsubscribe(channel, guarded));
  }

  #onError(error: unknown): void {
    this.#observation.options.onError(error);
  }
}

/** Told by their methods: loading `node:http` for its classes would be too early for instrumentations that wait for it. */
function isHttpServer(server: unknown): server is Server {
  if (typeof server !== 'object' || server === null) return false;
  return 'closeIdleConnections' in server || isHttp2Server(server);
}
