import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { RandomIds } from '../../../../src/http/trace/random-ids.ts';
import { attributesOf } from '../../../../src/record/attributes/attribute-map.ts';
import { renderBody } from '../../../../src/record/body/body.ts';
import type { RecordFields } from '../../../../src/record/record-fields.ts';

export const resource = resourceFromAttributes({ 'service.name': 'shop' });
export const instrumentationScope = { name: 'otel-access-log', version: '1.2.3' };

/** Texts of the lengths at which ways of writing and lengths of lengths change, and any other. */
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.uint16Array({ maxLength: 8 }).map((codes) => String.fromCharCode(...codes)),
  fc
    .tuple(
      fc.constantFrom(62, 63, 64, 65, 90, 100, 123, 124, 125, 126, 127, 128, 200, 2048),
      fc.constantFrom('x', 'é'),
    )
    .map(([length, unit]) => unit.repeat(length)),
);
const size = fc.oneof(fc.nat(300), fc.nat(3_000_000), fc.maxSafeInteger().map(Math.abs), fc.constant(0));
const seconds = fc.oneof(
  fc.nat(2_000_000_000).map((nanos) => nanos / 1e9),
  fc.nat(5),
);
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
/** From few values, so that records have some of them in common. */
const few = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const ids = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      randomIds: fc.constant(undefined),
      traceId: hex(16),
      spanId: hex(8),
      traceFlags: few(0, 1, 255),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .constant(undefined)
      .map(() => ({ randomIds: RandomIds.draw(), traceId: undefined, spanId: undefined, traceFlags: 1 })),
  },
  fc.constant({ randomIds: undefined, traceId: undefined, spanId: undefined, traceFlags: 1 }),
  fc.record({
    randomIds: fc.constant(undefined),
    traceId: few('', '0af7', 'ABCDEF'),
    spanId: few('', '0102', 'b7ad6b7169203331'),
    traceFlags: few(0, 1),
  }),
);

const additionsBelow = (prefix: string): fc.Arbitrary<RecordFields['additions']> =>
  perhaps(
    fc.dictionary(
      fc.string({ maxLength: 80 }).map((name) => prefix + name),
      fc.oneof(
        text,
        fc.double(),
        fc.boolean(),
        fc.array(text, { maxLength: 3 }),
        fc.array(fc.double(), { maxLength: 3 }),
      ),
      { maxKeys: 3 },
    ),
  );

/** Fields of any record; such that several of them have something in common. */
export const anyFields: fc.Arbitrary<RecordFields> = fc
  .tuple(
    ids,
    fc.record({
      timestampSeconds: fc.integer({ min: 0, max: 2 ** 33 }),
      timestampNanos: fc.nat(999_999_999),
      severityNumber: few(0, 5, 9, 13, 17, 24, 200),
      severityText: few('INFO', 'INFO', 'ERROR', '', 'x'.repeat(200), 'größer'),
      body: perhaps(text),
      method: few('GET', 'GET', 'POST', '_OTHER'),
      methodOriginal: perhaps(text),
      path: text,
      query: text,
      outcome: few<RecordFields['outcome']>('completed', 'completed', 'aborted'),
      route: perhaps(text),
      requestBodySize: perhaps(size),
      requestSize: perhaps(size),
      statusCode: perhaps(fc.oneof(few(200, 200, 500, 101, 127, 128, 16_384, 0), fc.nat(20_000))),
      rpcStatus: perhaps(few('OK', 'NOT_FOUND')),
      errorType: perhaps(text),
      exceptionType: perhaps(text),
      exceptionMessage: perhaps(text),
      responseBodySize: perhaps(size),
      responseSize: perhaps(size),
      duration: seconds,
      timeToHeaders: perhaps(seconds),
      suppressedBefore: few(0, 0, 1, 70_000),
      handlerFields: additionsBelow('field.'),
      additions: additionsBelow('app.'),
      truncated: perhaps(fc.array(text, { maxLength: 3 })),
    }),
    fc.record({
      scheme: few<'http' | 'https'>('http', 'https'),
      clientAddress: few('203.0.113.7', '203.0.113.7', '2001:db8::7', undefined),
      clientAddressSource: few('socket', 'socket', 'x-forwarded-for', undefined),
      peerAddress: few('203.0.113.7', '203.0.113.7', '10.0.0.1', undefined),
      // Two of them share a slot of the connection cache.
      peerPort: few(50_123, 50_123, 50_123 + 2048, 127, undefined),
      serverAddress: few('shop.example', 'shop.example', 'x'.repeat(255), 'größe.example', undefined),
      serverPort: few(3000, 443, undefined),
      protocolVersion: few('1.1', '1.1', '1.0', ''),
      userAgent: perhaps(fc.oneof(few('curl/8.5.0', 'curl/8.5.0', 'x'.repeat(150)), text)),
    }),
  )
  .map(([idFields, exchange, ofConnection]) => ({
    ...idFields,
    ...exchange,
    ...ofConnection,
    connectionFields: identityOf(ofConnection),
  }));

const identities = new Map<string, object>();

/** The same object for the same values; none for a quarter of them, as behind a proxy. */
function identityOf(values: object): object | undefined {
  const key = JSON.stringify(values);
  if (key.length % 4 === 0) return undefined;
  const identity = identities.get(key) ?? {};
  identities.set(key, identity);
  return identity;
}

/** The record that a processor of the user would see. */
export function recordOf(fields: RecordFields): ReadableLogRecord {
  const { traceId = '', spanId = '', traceFlags } = fields.randomIds?.toSpanContext() ?? fields;
  const hrTime: [number, number] = [fields.timestampSeconds, fields.timestampNanos];
  return {
    hrTime,
    hrTimeObserved: hrTime,
    ...(traceId === '' && spanId === '' ? {} : { spanContext: { traceId, spanId, traceFlags } }),
    severityNumber: fields.severityNumber,
    severityText: fields.severityText,
    body: fields.body ?? renderBody('line', fields, undefined),
    eventName: 'access_log.request',
    attributes: attributesOf(fields),
    droppedAttributesCount: 0,
    resource,
    instrumentationScope,
  };
}

/** Of a plain exchange. */
export const PLAIN_FIELDS: RecordFields = {
  timestampSeconds: 1_795_457_109,
  timestampNanos: 12_345,
  severityNumber: 9,
  severityText: 'INFO',
  randomIds: undefined,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  body: 'GET /orders/42 200 1532B 12.4ms',
  method: 'GET',
  methodOriginal: undefined,
  path: '/orders/42',
  query: 'expand=items',
  connectionFields: undefined,
  scheme: 'http',
  clientAddress: '203.0.113.7',
  clientAddressSource: 'socket',
  peerAddress: '203.0.113.7',
  peerPort: 50_123,
  serverAddress: 'shop.example',
  serverPort: 3000,
  protocolVersion: '1.1',
  userAgent: 'curl/8.5.0',
  route: '/orders/:id',
  requestBodySize: 0,
  requestSize: 78,
  statusCode: 200,
  rpcStatus: undefined,
  errorType: undefined,
  exceptionType: undefined,
  exceptionMessage: undefined,
  responseBodySize: 1532,
  responseSize: 1700,
  duration: 0.0124,
  timeToHeaders: 0.01125,
  outcome: 'completed',
  suppressedBefore: 0,
  handlerFields: undefined,
  additions: undefined,
  truncated: undefined,
};
