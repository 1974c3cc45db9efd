import { once } from 'node:events';
import { IncomingMessage, Server, type ServerOptions } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificate } from '../../support/certificates.ts';
import { Changes } from '../../support/changes.ts';

/** What the model knows of a connection. */
interface Connection {
  newest: IncomingMessage | undefined;
  isRejected: boolean;
}

/**
 * Counts how many exchanges there were, by what a server itself observes:
 *
 * - each head that its parser has read is one: Node constructs one message for it, whether it becomes a request, an
 *   upgrade or a tunnel, and whether a listener takes that or not
 * - an error of the parser, or a timeout of a head, is one more, the first of each connection, unless the message before
 *   it is incomplete: then it is the end of that one
 */
export class Model {
  exchanges = 0;
  /** Every socket that was accepted; weak, to find those that something holds on to. */
  readonly accepted: WeakRef<Socket>[] = [];
  readonly #open = new Set<Socket>();
  readonly #connections = new WeakMap<Socket, Connection>();
  readonly #changes = new Changes();

  onAccepted(socket: Socket): void {
    this.accepted.push(new WeakRef(socket));
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#changes.notify();
    });
  }

  onMessage(socket: Socket, message: IncomingMessage): void {
    this.exchanges += 1;
    this.#connectionOf(socket).newest = message;
  }

  onClientError({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
    if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return;
    const connection = this.#connectionOf(socket);
    if (connection.isRejected || connection.newest?.complete === false) return;
    connection.isRejected = true;
    this.exchanges += 1;
  }

  /** Destroys what is still open, and resolves once all is closed. */
  async end(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await this.#changes.until(
      () => (this.#open.size === 0 ? true : undefined),
      10_000,
      () => `${this.#open.size} connections are still open`,
    );
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection = { newest: undefined, isRejected: false };
    this.#connections.set(socket, connection);
    return connection;
  }
}

/** A server on a free port, whose events go to the model as they are emitted: no listener changes what Node does. */
export async function startModelServer(
  model: Model,
  options: ServerOptions,
  tls?: Certificate,
): Promise<{ readonly server: Server; readonly port: number }> {
  const watch = (event: unknown, first: unknown, second: unknown): void => {
    if (event === 'connection') model.onAccepted(first as Socket);
    if (event === 'clientError') model.onClientError(first as NodeJS.ErrnoException, second as Socket);
  };
  class WatchedServer extends Server {
    override emit(...args: unknown[]): boolean {
      watch(args[0], args[1], args[2]);
      return Reflect.apply(super.emit, this, args);
    }
  }
  class WatchedTlsServer extends TlsServer {
    override emit(...args: unknown[]): boolean {
      watch(args[0], args[1], args[2]);
      return Reflect.apply(super.emit, this, args);
    }
  }
  class Message extends IncomingMessage {
    constructor(socket: Socket) {
      super(socket);
      model.onMessage(socket, this);
    }
  }
  const all = { ...options, IncomingMessage: Message };
  const server = tls === undefined ? new WatchedServer(all) : new WatchedTlsServer({ ...all, ...tls });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}
