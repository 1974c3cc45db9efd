import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { ObserverOptions } from '../../../src/http/observation.ts';
import type { ObservedExchange } from '../../../src/http/observed-exchange.ts';
import { HttpObserver } from '../../../src/http/observer.ts';
import { idsOf } from '../../../src/http/trace/trace-context.ts';
import { Changes } from '../../support/changes.ts';
import type { TestOwner } from '../../support/owner.ts';

/** What a test compares: everything about an exchange that does not differ from run to run. */
export type Seen = Pick<
  Exchange,
  | 'method'
  | 'target'
  | 'statusCode'
  | 'outcome'
  | 'errorCode'
  | 'requestBodySize'
  | 'responseBodySize'
  | 'responseSize'
> & { readonly sentHead: boolean };

export function seen(exchange: Exchange): Seen {
  const { method, target, statusCode, outcome, errorCode } = exchange;
  const { requestBodySize, responseBodySize, responseSize } = exchange;
  const sentHead = exchange.timeToHeadersMs !== undefined;
  return {
    method,
    target,
    statusCode,
    outcome,
    errorCode,
    requestBodySize,
    responseBodySize,
    responseSize,
    sentHead,
  };
}

/** The exchanges that an observer saw end, for as long as the test runs. */
export class Observed {
  readonly exchanges: ObservedExchange[] = [];
  readonly errors: unknown[] = [];
  readonly observer: HttpObserver;
  readonly #changes = new Changes();

  constructor(owner: TestOwner, options: Partial<ObserverOptions> = {}) {
    this.observer = new HttpObserver({
      requestHeaderNames: [],
      keepResponseHead: false,
      idSource: idsOf,
      onEnd: (exchange) => {
        this.exchanges.push(exchange);
        this.#changes.notify();
      },
      onError: (error) => this.errors.push(error),
      ...options,
    });
    this.observer.enable();
    owner.after(async () => this.observer.disable());
  }

  /** The first `count` exchanges, once they ended. */
  async ended(count: number): Promise<readonly ObservedExchange[]> {
    return this.#changes.until(
      () => (this.exchanges.length >= count ? this.exchanges.slice(0, count) : undefined),
      10_000,
      () => `${count} exchanges expected, saw ${JSON.stringify(this.exchanges.map(seen))}`,
    );
  }
}

/** Manages contexts as an SDK does, for as long as the test runs. */
export function manageContexts(owner: TestOwner): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  owner.after(async () => context.disable());
}

export interface TestServer {
  readonly server: Server;
  readonly port: number;
}

/** A server on a free port, gone with the test. */
export async function serve(
  owner: TestOwner,
  options: ServerOptions,
  handler?: RequestListener,
): Promise<TestServer> {
  const server = createServer(options, handler);
  return { server, port: await listen(owner, server) };
}

export async function listen(owner: TestOwner, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
