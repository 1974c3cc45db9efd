import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import { RandomIds } from '../../../src/http/trace/random-ids.ts';
import {
  HTTP_SERVER_REQUEST_DURATION,
  TIME_TO_HEADERS,
} from '../../../src/record/attributes/attribute-names.ts';
import type { RecordFields } from '../../../src/record/record-fields.ts';
import {
  anyFields,
  instrumentationScope,
  PLAIN_FIELDS,
  recordOf,
  resource,
} from './support/fields-factory.ts';
import {
  type DecodedRecord,
  decodeRecords,
  type Entry,
  requestOf,
  serializeOfficially,
  writerOf,
} from './support/official.ts';

/** In one order, and with durations that are whole seconds as what they are to us: doubles. */
function comparable(record: DecodedRecord): DecodedRecord {
  const attributes = record.attributes.map(({ key, value }): Entry => {
    const isDuration = key === HTTP_SERVER_REQUEST_DURATION || key === TIME_TO_HEADERS;
    return isDuration && value?.intValue !== undefined
      ? { key, value: { doubleValue: Number(value.intValue) } }
      : { key, value };
  });
  return { ...record, attributes: attributes.sort((one, other) => (one.key < other.key ? -1 : 1)) };
}

function encode(encoder: RecordEncoder, all: readonly RecordFields[]): Buffer {
  const appends = all.map(
    (fields) => (writer: Parameters<RecordEncoder['appendFields']>[0]) =>
      encoder.appendFields(writer, fields),
  );
  return requestOf(resource, instrumentationScope, appends);
}

describe('the record of an exchange', () => {
  test('means what the official serializer makes of it, whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(anyFields, { minLength: 1, maxLength: 6 }), (all) => {
        assert.deepEqual(
          decodeRecords(encode(new RecordEncoder(), all)).map(comparable),
          decodeRecords(serializeOfficially(all.map(recordOf))).map(comparable),
        );
      }),
      { numRuns: 100 },
    );
  });

  const DIFFERENCES: readonly Partial<RecordFields>[] = [
    {},
    { timestampSeconds: 1_795_457_110 },
    { timestampNanos: 999_999_999 },
    { severityNumber: 13 },
    { severityNumber: 0 },
    { severityText: 'WARN' },
    { severityText: '' },
    { traceId: '0af7651916cd43dd8448eb211c80319d' },
    { spanId: 'b7ad6b7169203332' },
    { traceId: undefined, spanId: undefined },
    { spanId: undefined },
    { randomIds: RandomIds.draw(), traceId: undefined, spanId: undefined },
    { traceId: '0af7' },
    { spanId: 'b7ad6b' },
    { traceFlags: 0 },
    { body: '' },
    { method: 'POST' },
    { method: '_OTHER', methodOriginal: 'BREW' },
    { path: '' },
    { query: '' },
    { scheme: 'https' },
    { clientAddress: '203.0.113.8' },
    { clientAddress: undefined },
    { clientAddressSource: 'forwarded' },
    { peerAddress: '203.0.113.8' },
    { peerAddress: undefined },
    { peerPort: 50_124 },
    { peerPort: 50_123 + 2048 },
    { peerPort: undefined },
    { serverAddress: 'shop.test' },
    { serverAddress: undefined },
    { serverPort: 443 },
    { serverPort: undefined },
    { protocolVersion: '1.0' },
    { protocolVersion: '' },
    { userAgent: 'curl/8.5.1' },
    { userAgent: 'x'.repeat(512) },
    { userAgent: undefined },
    { serverAddress: 'x'.repeat(255), userAgent: 'é'.repeat(512) },
    { route: undefined },
    { requestBodySize: 1 },
    { requestBodySize: undefined },
    { requestSize: 2 ** 40 },
    { requestSize: undefined },
    { statusCode: 404 },
    { statusCode: 101 },
    { statusCode: 128 },
    { statusCode: 16_384 },
    { statusCode: undefined },
    { errorType: '500' },
    { responseBodySize: 0 },
    ...[127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 2 ** 40].flatMap((size) => [
      { responseBodySize: size },
      { responseSize: size },
    ]),
    { responseBodySize: undefined },
    { responseSize: undefined },
    { duration: 1.5 },
    { timeToHeaders: 1.25 },
    { timeToHeaders: undefined },
    { outcome: 'aborted' },
    { suppressedBefore: 17 },
    { additions: { 'http.request.header.accept': ['*/*'] } },
    { truncated: ['url.query'] },
  ];

  test('what is remembered of a record is taken for another one only where it is the same', () => {
    for (const difference of DIFFERENCES) {
      const same = PLAIN_FIELDS;
      const other = { ...PLAIN_FIELDS, ...difference };
      const all = [same, same, other, same, other, other, other, same, same];
      assert.deepEqual(
        decodeRecords(encode(new RecordEncoder(), all)).map(comparable),
        decodeRecords(serializeOfficially(all.map(recordOf))).map(comparable),
      );
    }
  });

  test('no byte more than the general way takes', () => {
    for (const difference of DIFFERENCES) {
      const fields = { ...PLAIN_FIELDS, ...difference };
      const [fast, general] = [writerOf(8000), writerOf(8000)];
      const encoder = new RecordEncoder();
      assert.ok(encoder.appendFields(fast, fields) && encoder.appendLogRecord(general, recordOf(fields)));
      assert.equal(fast.at, general.at);
    }
  });

  test('durations are doubles even where they are whole', () => {
    const [record] = decodeRecords(
      encode(new RecordEncoder(), [{ ...PLAIN_FIELDS, duration: 0, timeToHeaders: 2 }]),
    );
    const told = new Map(record?.attributes.map(({ key, value }) => [key, value]));
    assert.deepEqual(told.get(HTTP_SERVER_REQUEST_DURATION), { doubleValue: 0 });
    assert.deepEqual(told.get(TIME_TO_HEADERS), { doubleValue: 2 });
  });

  test('severities of their own, as a processor may set them', () => {
    const names = Array.from({ length: 200 }, (_, index) => `LEVEL ${index % 150}`);
    const all = names.map((severityText) => ({ ...PLAIN_FIELDS, severityText }));
    const told = decodeRecords(encode(new RecordEncoder(), all)).map(({ severityText }) => severityText);
    assert.deepEqual(told, names);
  });
});
