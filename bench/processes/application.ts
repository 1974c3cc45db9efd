import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** What the benchmarked service is asked, and what it answers: the same for every variant. */
export const TARGET = '/orders/42?expand=items';
export const ROUTE = '/orders/:id';
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36';

/**
 * - `plain`: a host, a user agent and a short query
 * - `production`: what arrives behind two proxies, with a trace, and a credential in the query
 */
export type RequestKind = 'plain' | 'production';

export interface BenchRequest {
  readonly target: string;
  /** Without `host`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How many requests of the kind `production` have a trace of their own; one of them is sampled. */
const TRACES = 100;

const PRODUCTION_HEADERS: Readonly<Record<string, string>> = {
  'user-agent': USER_AGENT,
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  'cache-control': 'no-cache',
  cookie: 'session=2c1f6e0f4c8b4a7f9a8f3b1f2d6e5c4b; theme=dark; consent=1',
  referer: 'https://shop.example.com/customers/7/orders',
  'sec-fetch-mode': 'navigate',
  'x-forwarded-for': '203.0.113.195, 10.1.0.7, 10.2.0.9',
  'x-forwarded-proto': 'https',
  'x-request-id': '0b6f4c1e-8d0a-4d0f-9d62-6f7a2f4f9a11',
};

/** The requests of a kind, which a load generator sends in turn. */
export function requestsOf(kind: RequestKind): readonly BenchRequest[] {
  if (kind === 'plain') return [{ target: TARGET, headers: { 'user-agent': USER_AGENT } }];
  return Array.from({ length: TRACES }, (_, index) => {
    const traceId = (index + 1).toString(16).padStart(32, 'a3ce929d0e0e4736b');
    const traceparent = `00-${traceId}-00f067aa0ba902b7-${index === 0 ? '01' : '00'}`;
    const target = `${TARGET}&page=2&access_token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl`;
    return { target, headers: { ...PRODUCTION_HEADERS, traceparent } };
  });
}
export const BODY: string = JSON.stringify({
  id: 42,
  customer: 'Ada Lovelace',
  items: Array.from({ length: 8 }, (_, index) => ({ sku: `A-${1000 + index}`, quantity: index + 1 })),
  total: 99.5,
});

export const FRAMEWORKS = ['http', 'express', 'fastify', 'http2'] as const;
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
