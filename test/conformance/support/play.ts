import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Certificate } from '../../support/certificates.ts';
import { Changes } from '../../support/changes.ts';
import { RawClient } from '../../support/raw-client.ts';
import { ListenerCounts } from './listener-counts.ts';
import type { App, Scenario } from './scenario.ts';

/** What one play of a scenario showed, in a form that goes through JSON. */
export interface Played {
  readonly name: string;
  /** Port of the client, by which the records are known. */
  readonly port: number;
  /** What the client received, in base64, without the value of `Date`. */
  readonly received: string;
  /** Events that the application observed, in order. */
  readonly events: readonly string[];
  /** Listeners and own properties of each emitter, when a request arrived and when its connection closed. */
  readonly listeners: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const hello: RequestListener = (_request, response) => {
  response.end('hello');
};

/** Plays a scenario on a server of its own. */
export async function play(scenario: Scenario, tls: Certificate | undefined): Promise<Played> {
  const cleanUps: (() => Promise<void>)[] = [];
  const owner = { after: (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp) };
  const { options = {}, handler = hello } = scenario;
  const server: Server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
  const watched = new WatchedApp(server);
  server.on('request', handler);
  scenario.setUp?.(watched);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const localPort = await unusedPort();
  const client = await RawClient.connect(owner, {
    port: (server.address() as AddressInfo).port,
    localPort,
    ...(tls !== undefined && { tls: { ca: tls.cert, servername: 'localhost' } }),
  });
  await watched.saw('connection');
  await scenario.act(client, watched);
  client.halfClose();
  await watched.saw('socket close');
  const { bytes } = await client.closed();
  for (const cleanUp of cleanUps) await cleanUp();
  server.close();
  await once(server, 'close');
  // What follows from the end of a connection happens in later turns.
  await nextTurn();
  await nextTurn();
  return {
    name: scenario.name,
    port: localPort,
    received: withoutDate(bytes).toString('base64'),
    events: watched.events,
    listeners: watched.listeners.counts,
  };
}

/** Notes what the application observes, through listeners to which Node does not react. */
class WatchedApp implements App {
  readonly server: Server;
  readonly events: string[] = [];
  readonly listeners: ListenerCounts = new ListenerCounts();
  readonly #changes = new Changes();

  constructor(server: Server) {
    this.server = server;
    server.on('connection', () => this.log('connection'));
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#watch(request, response),
    );
    server.on('close', () => this.log('server close'));
    const accepted = 'setSecureContext' in server ? 'secureConnection' : 'connection';
    server.on(accepted, (socket: Socket) => {
      // Node keeps both on the socket once they have been read.
      this.log(`accepted from ${socket.remoteAddress} at ${socket.localAddress}`);
      for (const name of ['end', 'timeout', 'drain']) socket.on(name, () => this.log(`socket ${name}`));
      socket.on('close', (hadError: boolean) => {
        this.listeners.take('at the end', { server, socket });
        this.log(`socket close ${hadError}`);
      });
    });
  }

  /** Not a method: scenarios take it off the object. */
  readonly log = (event: string): void => {
    this.events.push(event);
    this.#changes.notify();
  };

  async saw(event: string, count = 1): Promise<void> {
    await this.#changes.until(
      () => (this.events.filter((seen) => seen.startsWith(event)).length >= count ? true : undefined),
      10_000,
      () => `${event} expected, observed were\n${this.events.join('\n')}`,
    );
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    const { url, method } = request;
    this.log(`request ${method} ${url}`);
    this.listeners.take('at the request', { server: this.server, socket: request.socket, request, response });
    for (const name of ['aborted', 'end', 'close', 'pause', 'resume'])
      request.on(name, () => this.log(`request ${url} ${name}`));
    for (const name of ['finish', 'close', 'prefinish', 'drain', 'pipe', 'unpipe'])
      response.on(name, () => this.log(`response ${url} ${name}`));
    for (const [what, emitter] of [
      ['request', request],
      ['response', response],
    ] as const)
      emitter.on('error', ({ code, message }: NodeJS.ErrnoException) =>
        this.log(`${what} ${url} error ${code ?? message}`),
      );
  }
}

const usedPorts = new Set<number>();

/** A port that no client of this process had before: an ephemeral one is used again for another server. */
async function unusedPort(): Promise<number> {
  for (;;) {
    const probe = createNetServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    if (usedPorts.has(port)) continue;
    usedPorts.add(port);
    return port;
  }
}

/** Of the same length: sizes are compared too. */
function withoutDate(bytes: Buffer): Buffer {
  const text = bytes
    .toString('latin1')
    .replaceAll(/(\r\nDate: )([^\r]+)/g, (_all, name: string, value: string) => {
      return name + '-'.repeat(value.length);
    });
  return Buffer.from(text, 'latin1');
}
