import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestOwner } from '../../support/owner.ts';
import { sendReset } from '../../support/send-reset.ts';

/** A TCP proxy in front of a receiver, for what a receiver cannot do itself. */
export interface TcpProxy {
  readonly port: number;
  /** Milliseconds that bytes take in each direction, from now on. Default 0. */
  delayMs: number;
  /** Resets every connection; new ones are taken. */
  reset(): void;
  /** Passes nothing on and reads nothing, in both directions, also on new connections. */
  hold(): void;
  /** Goes on after `hold`. */
  release(): void;
  /** Resets every connection and listens no longer. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
}

/** A proxy on a free port of 127.0.0.1 that is closed when the test ends. */
export async function startTcpProxy(owner: TestOwner, targetPort: number, delayMs = 0): Promise<TcpProxy> {
  const proxy = new ForwardingProxy(targetPort);
  proxy.delayMs = delayMs;
  owner.after(() => proxy.down());
  await proxy.up();
  return proxy;
}

class ForwardingProxy implements TcpProxy {
  delayMs = 0;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isHeld = false;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  get port(): number {
    return this.#port;
  }

  reset(): void {
    for (const socket of this.#sockets) sendReset(socket);
  }

  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.reset();
    await closed;
  }

  async up(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
      this.#pass(client, upstream);
      this.#pass(upstream, client);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    // Each timer passes on the oldest chunk, so that a delay that shrinks changes no order.
    const waiting: (Buffer | undefined)[] = [];
    const passLater = (chunk: Buffer | undefined): void => {
      waiting.push(chunk);
      setTimeout(() => {
        const oldest = waiting.shift();
        if (to.destroyed) return;
        if (oldest === undefined) to.end();
        else to.write(oldest);
      }, this.delayMs).unref();
    };
    from.on('data', passLater);
    from.once('end', () => passLater(undefined));
    from.on('error', () => undefined);
    from.once('close', () => {
      this.#sockets.delete(from);
      if (!from.readableEnded) sendReset(to);
    });
    if (this.#isHeld) from.pause();
  }
}
