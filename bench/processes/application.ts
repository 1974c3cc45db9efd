import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the benchmarked service is asked, and what it answers: the same for every variant. */
export const TARGET = '/orders/42?expand=items';
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36';
export const BODY: string = JSON.stringify({
  id: 42,
  customer: 'Ada Lovelace',
  items: Array.from({ length: 8 }, (_, index) => ({ sku: `A-${1000 + index}`, quantity: index + 1 })),
  total: 99.5,
});

export function handle(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('content-type', 'application/json');
  response.end(BODY);
}

/** An access log that an application calls itself. */
export interface HandlerLog {
  observe(request: IncomingMessage, response: ServerResponse): void;
  flush(): Promise<void>;
}
