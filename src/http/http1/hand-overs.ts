import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Observation } from '../observation.ts';
import { keepHeaders } from '../picked-headers.ts';
import { HandedOverExchange } from './handed-over-exchange.ts';
import { keepCloseListener, type ObservedConnection } from './observed-connection.ts';

/** Upgrades and tunnels: requests whose connection a server hands to the application. */
export class HandOvers {
  readonly #observation: Observation;
  readonly #connectionOf: (server: Server, socket: Socket) => ObservedConnection;

  constructor(
    observation: Observation,
    connectionOf: (server: Server, socket: Socket) => ObservedConnection,
  ) {
    this.#observation = observation;
    this.#connectionOf = connectionOf;
  }

  /** @param received third argument of the events `upgrade` and `connect` */
  onHandOver(server: Server, request: IncomingMessage, received: Uint8Array): void {
    // Not the stream of the event: where a body still arrives, Node 26 passes one around the socket, and an injected
    // upgrade (`injectWS` of @fastify/websocket) has one that is on no wire.
    const socket = request.socket as Socket | undefined;
    if (socket === undefined || !this.#observation.begins()) return;
    const { options } = this.#observation;
    const connection = this.#connectionOf(server, socket);
    connection.unanswered = undefined;
    // An application may emit the event again, to another server.
    if (connection.handedOver !== undefined) return;
    const onHandshake = (): void => this.#endAtHandshake(exchange);
    const exchange = new HandedOverExchange(
      { request, socket, received },
      connection,
      options.idSource,
      performance.now(),
      options.upgrades === 'start' ? onHandshake : undefined,
    );
    if (options.keepMessages === true) {
      exchange.keepMessages({ request, response: undefined, stream: undefined });
    }
    keepHeaders(exchange, options, request.headers);
    if (!connection.handOver(exchange)) exchange.sharesConnection = true;
    if (!Object.hasOwn(socket, '_destroy')) keepCloseListener(socket);
    this.#observation.start(exchange);
  }

  /** The connection has closed. */
  end({ handedOver }: ObservedConnection): void {
    if (handedOver?.ended !== false) return;
    handedOver.end(performance.now());
    this.#observation.report(handedOver);
  }

  /** Called from within the application's `write`: an error would be one of that call. */
  #endAtHandshake(exchange: HandedOverExchange): void {
    try {
      exchange.endAtHandshake(performance.now());
      this.#observation.report(exchange);
    } catch (error) {
      this.#observation.options.onError(error);
    }
  }
}
