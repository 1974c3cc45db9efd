import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** What the benchmarked service is asked, and what it answers: the same for every variant. */
export const TARGET = '/orders/42?expand=items';
export const ROUTE = '/orders/:id';
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36';
export const BODY: string = JSON.stringify({
  id: 42,
  customer: 'Ada Lovelace',
  items: Array.from({ length: 8 }, (_, index) => ({ sku: `A-${1000 + index}`, quantity: index + 1 })),
  total: 99.5,
});

export const FRAMEWORKS = ['http', 'express', 'fastify'] as const;
export type Framework = (typeof FRAMEWORKS)[number];

/** An access log that an application calls itself. */
export interface HandlerLog {
  observe(request: IncomingMessage, response: ServerResponse): void;
  flush(): Promise<void>;
  /** For a framework that writes its access log itself, to a logger that it is given: Fastify. */
  readonly logger?: Logger;
}

/** What each module in `logs/` exports. */
export interface LogModule {
  startLog(): HandlerLog;
}

/** The application, ready to listen. */
export interface Application {
  /** @returns the port */
  listen(): Promise<number>;
  /** Takes no more connections and waits for those that are open. */
  close(): Promise<void>;
}
