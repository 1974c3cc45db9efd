import { type HrTime, ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Connection, Exchange } from '../../../src/http/exchange.ts';
import { AccessLogRecord, type ResourceScope } from '../../../src/record/access-log-record.ts';
import { compileRecordBuilder } from '../../../src/record/record-builder.ts';
import type { RecordAttributes } from '../../../src/record/record-fields.ts';
import type { RecordOptions } from '../../../src/record/record-options.ts';
import type { RecordWriter } from '../../../src/record/record-writer.ts';

/** A plain connection from 203.0.113.7 to port 3000. */
export function connection(overrides: Partial<Connection> = {}): Connection {
  return {
    remoteAddress: '203.0.113.7',
    isUnixSocket: false,
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
    requestSize: 78,
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
    spanContext: undefined,
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
    longPolls: [],
    noise: [],
    sensitivePaths: ['/login', '/oauth/**', '/token'],
    trustedProxies: [],
    clientIpHeaders: ['x-forwarded-for'],
    originHeaders: ['x-forwarded-proto'],
    clientIp: 'full',
    requestHeaders: [],
    responseHeaders: [],
    detailRequestHeaders: [],
    detailResponseHeaders: [],
    detailWhen: ['5xx', 'timeout', 'crashed', 'slow'],
    exceptionMessage: false,
    session: [],
    user: [],
    tenant: [],
    jwtClaims: [],
    authFingerprint: false,
    body: 'line',
    ...overrides,
  };
}

/** What a record has beside its exchange. */
export interface RecordContext {
  readonly timestamp: HrTime;
  readonly ids: SpanContext | undefined;
  readonly service: string | undefined;
}

/** 2026-11-23T18:05:09.000012345Z, with ids and a service. */
export const RECORD_CONTEXT: RecordContext = {
  timestamp: [1_795_457_109, 12_345],
  ids: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
  service: 'shop',
};

/** Whose record it is, for a service of that name. */
export function originOf(service: string | undefined): ResourceScope {
  const attributes = service === undefined ? {} : { 'service.name': service };
  return {
    resource: resourceFromAttributes(attributes),
    instrumentationScope: { name: 'otel-access-log', version: '1.2.3' },
    service,
  };
}

/** Compiles the options into what makes records of exchanges. */
export function recordMaker(
  options: RecordOptions,
): (
  exchange: Exchange,
  context?: RecordContext,
  hookAttributes?: Readonly<Record<string, unknown>>,
) => AccessLogRecord {
  const builder = compileRecordBuilder(options);
  return (made, { timestamp, ids, service } = RECORD_CONTEXT, hookAttributes = undefined) =>
    new AccessLogRecord(builder, { ...made, spanContext: ids }, originOf(service), timestamp, hookAttributes);
}

/** What a writer was given on top of the fields that every record has. */
export function addedTo({ additions, truncated }: RecordWriter): object {
  return { ...additions, ...(truncated === undefined ? {} : { 'access_log.truncated': truncated }) };
}

/** What a record says, apart from when and whose. */
export interface Content {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: RecordAttributes;
}

/** Compiles the options into what tells the content of the records of exchanges. */
export function contentReader(
  options: RecordOptions,
): (
  exchange: Exchange,
  context?: RecordContext,
  hookAttributes?: Readonly<Record<string, unknown>>,
) => Content {
  const make = recordMaker(options);
  return (made, context, hookAttributes) => {
    const record = make(made, context, hookAttributes);
    const { eventName, severityNumber, severityText } = record;
    const attributes = record.attributes as RecordAttributes;
    return { eventName, severityNumber, severityText, body: String(record.body), attributes };
  };
}
