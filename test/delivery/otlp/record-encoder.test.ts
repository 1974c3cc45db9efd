import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ByteWriter } from '../../../src/delivery/otlp/byte-writer.ts';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import type { AccessLogRecord } from '../../../src/record/access-log-record.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';
import { exchange, recordMaker, recordOptions } from '../../record/support/exchange-factory.ts';
import {
  type DecodedRecord,
  decodeRecords,
  requestOf,
  serializeOfficially,
  writerOf,
} from './support/official.ts';

const fields = Object.assign(new RecordWriter(), {
  timestampSeconds: 1_795_457_109,
  timestampNanos: 12_345,
  severityNumber: 9,
  severityText: 'INFO',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  body: 'GET /größe 200 1532B 12.4ms',
  method: 'GET',
  path: '/größe',
  query: `q=${'é'.repeat(100)}`,
  clientAddress: '203.0.113.7',
  clientAddressSource: 'socket',
  peerAddress: '203.0.113.7',
  peerPort: 50_123,
  serverAddress: 'shop.example',
  serverPort: 3000,
  protocolVersion: '1.1',
  userAgent: `curl/8.5.0 ${'x'.repeat(150)}`,
  statusCode: 200,
  responseSize: 1700,
  duration: 0.0124,
  timeToHeaders: 0.011,
  additions: { 'app.list': ['a', 'é'] },
  truncated: ['url.query'],
});
const record: ReadableLogRecord = {
  hrTime: [1_795_457_109, 12_345],
  hrTimeObserved: [1_795_457_109, 12_345],
  severityNumber: 9,
  severityText: 'INFO',
  body: { text: 'x'.repeat(200), list: ['é'.repeat(70), 1.5, -1, true, Buffer.from('bytes')] },
  eventName: 'order.placed',
  attributes: { 'order.id': 42, nested: { deeper: { still: ['x'.repeat(130)] } } },
  droppedAttributesCount: 300,
  spanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
  resource: resourceFromAttributes({}),
  instrumentationScope: { name: 'shop' },
};
const WAYS: Readonly<Record<string, () => (writer: ByteWriter) => boolean>> = {
  'fields of an exchange': () => {
    const encoder = new RecordEncoder();
    return (writer) => encoder.appendFields(writer, fields);
  },
  'fields of an exchange of a connection that is known': () => {
    const encoder = new RecordEncoder();
    for (let count = 0; count < 2; count++) encoder.appendFields(writerOf(4000), fields);
    return (writer) => encoder.appendFields(writer, fields);
  },
  'any other record': () => {
    const encoder = new RecordEncoder();
    return (writer) => encoder.append(writer, record);
  },
};

describe('the record of an exchange', () => {
  const make = recordMaker(recordOptions({ requestHeaders: ['accept'] }));
  const made = (): AccessLogRecord =>
    make(exchange({ target: '/größe?q=1', requestHeaders: { accept: ['text/html', '*/*'] } }));
  const told = (all: readonly AccessLogRecord[]): object[] => {
    const encoder = new RecordEncoder();
    const appends = all.map((one) => (writer: ByteWriter) => encoder.append(writer, one));
    const [first] = all;
    assert.ok(first !== undefined);
    return decodeRecords(requestOf(first.resource, first.instrumentationScope, appends)).map(sorted);
  };
  const sorted = (decoded: DecodedRecord): DecodedRecord => ({
    ...decoded,
    attributes: decoded.attributes.toSorted((one, other) => (one.key < other.key ? -1 : 1)),
  });

  test('untouched', () => {
    const all = [made(), made(), made()];
    // Before the official serializer asks for their attributes.
    const ours = told(all);
    assert.deepEqual(ours, decodeRecords(serializeOfficially(all)).map(sorted));
  });

  test('what a processor changed in it is told', () => {
    const [attribute, body, severity] = [made(), made(), made()];
    attribute.setAttribute('app.tenant', 'shop');
    body.setBody({ rewritten: true });
    severity.setSeverityText('NOTICE').setSeverityNumber(10);
    const ours = told([attribute, body, severity]);
    assert.deepEqual(ours, decodeRecords(serializeOfficially([attribute, body, severity])).map(sorted));
  });
});

describe('a record that does not fit', () => {
  for (const [name, prepare] of Object.entries(WAYS)) {
    test(`${name}: the writer stays as it was, and nothing is written beyond the end`, () => {
      const append = prepare();
      const whole = writerOf(4000);
      assert.equal(append(whole), true);
      const length = whole.at;
      for (let room = 0; room <= length; room++) {
        const writer = writerOf(length + 20);
        writer.bytes.fill(0xaa);
        writer.at = 5;
        writer.end = 5 + room;
        assert.equal(append(writer), room === length);
        assert.equal(writer.overflow, false);
        assert.equal(writer.at, room === length ? 5 + length : 5);
        assert.deepEqual(writer.bytes.subarray(writer.end), Buffer.alloc(15 + length - room, 0xaa));
      }
    });
  }

  test('one that was left out changes nothing of the next one', () => {
    for (const prepare of Object.values(WAYS)) {
      const append = prepare();
      const expected = writerOf(4000);
      append(expected);
      const writer = writerOf(4000);
      for (let room = 0; room < expected.at; room += 7) {
        writer.end = room;
        assert.equal(append(writer), false);
      }
      writer.end = 4000;
      assert.equal(append(writer), true);
      assert.deepEqual(writer.bytes, expected.bytes);
    }
  });
});

describe('values without an end', () => {
  const deep = (levels: number): object => {
    const below = levels === 0 ? {} : deep(levels - 1);
    return { left: below, right: below };
  };
  const ENDLESS: Readonly<Record<string, unknown>> = {
    'an array of billions of places': new Array(2 ** 32 - 1),
    'an array that says that it is endless': new Proxy([], {
      get: (_, key) => (key === 'length' ? Number.MAX_VALUE : 1),
    }),
    'a map with billions of ways down': deep(29),
    'a text that is longer than a batch': 'x'.repeat(2 ** 28),
  };
  for (const [name, value] of Object.entries(ENDLESS)) {
    test(`${name} does not fit`, () => {
      const writer = writerOf(1 << 16);
      const endless = Object.assign({}, record, { attributes: { value } });
      assert.equal(new RecordEncoder().append(writer, endless), false);
      assert.equal(writer.at, 0);
    });
  }
});
