import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Connection, Exchange } from '../../src/http/exchange.ts';
import type { RecordContext } from '../../src/record/body.ts';
import type { RecordOptions } from '../../src/record/record-options.ts';

/** A plain connection from 203.0.113.7 to port 3000. */
export function connection(overrides: Partial<Connection> = {}): Connection {
  return {
    remoteAddress: '203.0.113.7',
    remotePort: 50123,
    localAddress: '192.0.2.1',
    localPort: 3000,
    encrypted: false,
    ...overrides,
  };
}

/** `GET /orders/42`, answered with 200 and 1532 bytes in 12.4 ms; and what a test wants to be different. */
export function exchange(overrides: Partial<Exchange> = {}): Exchange {
  return {
    connection: connection(),
    method: 'GET',
    target: '/orders/42',
    httpVersion: '1.1',
    host: 'shop.example:3000',
    userAgent: 'curl/8.5.0',
    requestHeaders: undefined,
    requestBodySize: 0,
    statusCode: 200,
    responseBodySize: 1532,
    responseSize: 1700,
    responseHead: undefined,
    startMs: 1000,
    timeToHeadersMs: 11.25,
    durationMs: 12.4,
    outcome: 'completed',
    errorCode: undefined,
    route: '/orders/:id',
    context: ROOT_CONTEXT,
    ...overrides,
  };
}

/** An exchange from `peer`, with these request headers. */
export function exchangeFrom(
  peer: string | undefined,
  requestHeaders: Exchange['requestHeaders'] = {},
): Exchange {
  return exchange({ connection: connection({ remoteAddress: peer }), requestHeaders });
}

/** The default options; and what a test wants to be different. */
export function recordOptions(overrides: Partial<RecordOptions> = {}): RecordOptions {
  return {
    slowMs: 1000,
    noise: [],
    sensitivePaths: ['/login', '/oauth/**', '/token'],
    trustedProxies: [],
    clientIpHeaders: ['forwarded', 'x-forwarded-for'],
    clientIp: 'full',
    requestHeaders: [],
    responseHeaders: [],
    body: 'line',
    ...overrides,
  };
}

/** 2026-11-23T18:05:09.000012345Z, with ids and a service. */
export const RECORD_CONTEXT: RecordContext = {
  timestamp: [1_795_457_109, 12_345],
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  service: 'shop',
};
