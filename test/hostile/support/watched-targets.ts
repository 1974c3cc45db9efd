import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Observed } from '../../http/support/observed.ts';
import type { Certificate } from '../../support/certificates.ts';
import { Changes } from '../../support/changes.ts';
import { collectGarbage } from '../../support/garbage.ts';
import type { TestOwner } from '../../support/owner.ts';
import { RawClient } from '../../support/raw-client.ts';
import { createTarget } from './target.ts';

type Patience = Parameters<typeof createTarget>[0];

/** Targets under observation in this process, and all that must not be left of their connections. */
export class WatchedTargets {
  readonly observed: Observed;
  /** Process warnings: too many listeners, for example. */
  readonly warnings: string[] = [];
  /** Requests that Node has told of. */
  started = 0;
  readonly #servers: Readonly<Record<Patience, Server>>;
  readonly #certificate: Certificate | undefined;
  readonly #sockets: WeakRef<Socket>[] = [];
  readonly #changes = new Changes();
  #open = 0;

  private constructor(
    owner: TestOwner,
    servers: Readonly<Record<Patience, Server>>,
    certificate: Certificate | undefined,
  ) {
    this.observed = new Observed(owner);
    this.#servers = servers;
    this.#certificate = certificate;
    for (const server of Object.values(servers)) {
      server.on('connection', (socket: Socket) => this.#watch(socket));
    }
    const onStart = (): void => {
      this.started += 1;
      this.#changes.notify();
    };
    const onWarning = (warning: Error): void => {
      // TestContext's own.
      if (warning.name !== 'ExperimentalWarning') this.warnings.push(String(warning));
    };
    subscribe('http.server.request.start', onStart);
    process.on('warning', onWarning);
    owner.after(async () => {
      unsubscribe('http.server.request.start', onStart);
      process.off('warning', onWarning);
      for (const server of Object.values(servers)) server.close();
    });
  }

  static async start(owner: TestOwner, certificate: Certificate | undefined): Promise<WatchedTargets> {
    const servers = { long: createTarget('long', certificate), short: createTarget('short', certificate) };
    await Promise.all(
      Object.values(servers).map((server) => once(server.listen(0, '127.0.0.1'), 'listening')),
    );
    return new WatchedTargets(owner, servers, certificate);
  }

  #watch(socket: Socket): void {
    this.#sockets.push(new WeakRef(socket));
    this.#open += 1;
    socket.once('close', () => {
      this.#open -= 1;
      this.#changes.notify();
    });
  }

  connect(owner: TestOwner, patience: Patience = 'long'): Promise<RawClient> {
    const tls = this.#certificate && { ca: this.#certificate.cert, servername: 'localhost' };
    return RawClient.connect(owner, { port: this.portOf(patience), ...(tls && { tls }) });
  }

  /** A connection without TLS, also where the targets speak it. */
  connectPlain(owner: TestOwner, patience: Patience): Promise<RawClient> {
    return RawClient.connect(owner, { port: this.portOf(patience) });
  }

  portOf(patience: Patience): number {
    return (this.#servers[patience].address() as AddressInfo).port;
  }

  /** Resolves when so many requests have begun. */
  async hasStarted(count: number): Promise<void> {
    await this.#changes.until(
      () => (this.started >= count ? true : undefined),
      10_000,
      () => `${count} requests expected, ${this.started} came`,
    );
  }

  /** Resolves when all connections have been closed, and what follows from that has happened. */
  async quiet(): Promise<void> {
    await this.#changes.until(
      () => (this.#open === 0 ? true : undefined),
      10_000,
      () => `${this.#open} connections are still open`,
    );
    await nextTurn();
  }

  /** Sockets that something still holds on to. */
  async socketsLeft(): Promise<number> {
    // Some are let go of in the turns after.
    for (let round = 0; round < 5; round += 1) {
      await nextTurn();
      collectGarbage();
    }
    return this.#sockets.filter((socket) => socket.deref() !== undefined).length;
  }

  /** Listeners of the servers, by event. */
  listeners(): readonly unknown[] {
    return Object.values(this.#servers).map((server) => {
      const names = server.eventNames().map(String).sort();
      return names.map((name) => [name, server.listenerCount(name)]);
    });
  }
}
