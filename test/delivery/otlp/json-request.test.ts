import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ByteWriter } from '../../../src/delivery/otlp/byte-writer.ts';
import { jsonRequest } from '../../../src/delivery/otlp/json-request.ts';
import { RecordEncoder } from '../../../src/delivery/otlp/record-encoder.ts';
import { exchange, recordMaker, recordOptions } from '../../record/support/exchange-factory.ts';
import { officialMessage } from '../../support/official-otlp.ts';
import { requestOf } from './support/official.ts';

const record: ReadableLogRecord = {
  hrTime: [1_795_457_109, 12_345],
  hrTimeObserved: [1_795_457_109, 12_345],
  severityNumber: 9,
  severityText: 'INFO',
  body: { text: 'größe "\n', list: [1.5, -1, 2 ** 53, true, false, Buffer.from('bytes'), Number.NaN] },
  eventName: 'order.placed',
  attributes: { 'order.id': 42, nested: { deeper: { still: ['x'] } }, empty: '', infinite: -Infinity },
  droppedAttributesCount: 300,
  spanContext: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.ports': [80, 443] }),
  instrumentationScope: { name: 'shop', version: '1.2.3', schemaUrl: 'https://schema.example/1' },
};

function bytesOf(record: ReadableLogRecord): Buffer {
  const encoder = new RecordEncoder();
  return requestOf(record.resource, record.instrumentationScope, [
    (writer: ByteWriter) => encoder.append(writer, record),
  ]);
}

/** What protobuf's own JSON mapping makes of it, with ids in hex. */
function mapped(bytes: Uint8Array): unknown {
  const request = officialMessage('ExportLogsServiceRequest');
  const plain = request.toObject(request.decode(bytes), { longs: String, bytes: String, json: true });
  return JSON.parse(
    JSON.stringify(plain, (name, value: unknown) =>
      name === 'traceId' || name === 'spanId' ? Buffer.from(String(value), 'base64').toString('hex') : value,
    ),
  );
}

describe('a request in OTLP/JSON', () => {
  const make = recordMaker(recordOptions({ requestHeaders: ['accept'] }));
  const records: Readonly<Record<string, ReadableLogRecord>> = {
    'of an exchange': make(
      exchange({ target: '/größe?q=1', requestHeaders: { accept: ['text/html', '*/*'] } }),
    ),
    'of any other record': record,
  };
  for (const [name, record] of Object.entries(records)) {
    test(name, () => {
      const bytes = bytesOf(record);
      assert.deepEqual(JSON.parse(jsonRequest(bytes).toString()), mapped(bytes));
    });
  }

  test('several messages after each other are one', () => {
    const [first, second] = [bytesOf(record), bytesOf({ ...record, severityText: 'WARN' })];
    const { resourceLogs } = JSON.parse(jsonRequest(Buffer.concat([first, second])).toString());
    assert.deepEqual(
      resourceLogs,
      [first, second].flatMap((bytes) => JSON.parse(jsonRequest(bytes).toString()).resourceLogs),
    );
  });

  test('what is no such message is refused', () => {
    const bytes = bytesOf(record);
    for (let end = 1; end < bytes.length; end++) {
      assert.throws(() => jsonRequest(bytes.subarray(0, end)), RangeError, String(end));
    }
  });
});
