import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { AccessLogRecord } from '../../src/record/access-log-record.ts';
import { receiptOf } from '../../src/record/receipt/receipt-of.ts';
import type { RecordFields } from '../../src/record/record-fields.ts';
import {
  contentReader,
  exchange,
  RECORD_CONTEXT,
  recordMaker,
  recordOptions,
} from './support/exchange-factory.ts';

const make = recordMaker(recordOptions());
const contentOf = contentReader(recordOptions());

describe('AccessLogRecord', () => {
  test('is a whole ReadWriteLogRecord', () => {
    const { hrTime, hrTimeObserved, spanContext, resource, instrumentationScope, ...rest } = make(exchange());
    assert.deepEqual([hrTime, hrTimeObserved], [RECORD_CONTEXT.timestamp, RECORD_CONTEXT.timestamp]);
    assert.deepEqual(spanContext, RECORD_CONTEXT.ids);
    assert.deepEqual(resource.attributes, { 'service.name': 'shop' });
    assert.deepEqual(instrumentationScope, { name: 'otel-access-log', version: '1.2.3' });
    assert.deepEqual(
      [rest.eventName, rest.severityNumber, rest.severityText, rest.droppedAttributesCount],
      ['access_log.request', 9, 'INFO', 0],
    );
  });

  test('its attributes are one map, and what is changed in it stays', () => {
    const record = make(exchange());
    assert.equal(record.attributes, record.attributes);
    record.attributes['app.tenant'] = 'a';
    record.setAttribute('url.path', '/orders/-').setAttributes({ 'app.plan': 'b' });
    assert.deepEqual(record.attributes, {
      ...contentOf(exchange()).attributes,
      'url.path': '/orders/-',
      'app.tenant': 'a',
      'app.plan': 'b',
    });
  });

  type Touch = readonly [name: string, touch: (record: AccessLogRecord) => unknown];
  const touches: readonly Touch[] = [
    ['reads the attributes', (record) => record.attributes],
    ['sets an attribute', (record) => record.setAttribute('a', 1)],
    ['sets attributes', (record) => record.setAttributes({ a: 1 })],
    ['reads the body', (record) => record.body],
    ['sets the body', (record) => record.setBody({ a: 1 })],
    ['takes the body away', (record) => record.setBody(undefined)],
    ['names the event', (record) => record.setEventName('app.audit')],
    [
      'observes it later',
      (record) => {
        record.hrTimeObserved = [1, 1];
      },
    ],
    [
      'drops attributes',
      (record) => {
        record.droppedAttributesCount = 1;
      },
    ],
  ];
  for (const [name, touch] of touches) {
    test(`is encoded from its fields until the caller ${name}`, () => {
      const record = make(exchange());
      assert.ok(record.fields);
      touch(record);
      assert.equal(record.fields, undefined);
    });
  }

  type Change = readonly [
    name: string,
    change: (record: AccessLogRecord) => unknown,
    fields: Partial<RecordFields>,
  ];
  const changes: readonly Change[] = [
    [
      'severity',
      (record) => record.setSeverityNumber(21).setSeverityText('FATAL'),
      { severityNumber: 21, severityText: 'FATAL' },
    ],
    [
      'time',
      (record) => {
        record.hrTime = record.hrTimeObserved = [7, 8];
      },
      { timestampSeconds: 7, timestampNanos: 8 },
    ],
    [
      'ids',
      (record) => {
        record.spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 };
      },
      { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 },
    ],
  ];
  for (const [name, change, expected] of changes) {
    test(`its fields have the ${name} that the caller set`, () => {
      const record = make(exchange());
      change(record);
      const { fields } = record;
      assert.ok(fields);
      assert.deepEqual({ ...fields, ...expected }, { ...fields });
    });
  }

  test('carries a count in its fields, in its attributes, and in its receipt', () => {
    const record = make(exchange());
    assert.equal(record.carry(3), true);
    assert.equal(record.fields?.suppressedBefore, 3);
    assert.equal(record.attributes['access_log.suppressed_before'], 3);
    assert.deepEqual(receiptOf(record), {
      kind: 'exchange',
      route: '/orders/:id',
      method: 'GET',
      statusCode: 200,
      outcome: 'completed',
      suppressedBefore: 3,
    });
    assert.equal(record.carry(4), false, 'its attributes are made');
  });

  test('any processor sees a normal record, and what it changes is what the next one sees', () => {
    const seen: ReadWriteLogRecord[] = [];
    const next: Pick<LogRecordProcessor, 'onEmit'> = { onEmit: (record) => seen.push(record) };
    const masking: Pick<LogRecordProcessor, 'onEmit'> = {
      onEmit(record) {
        if (record.attributes['url.path'] === '/orders/42') record.setAttribute('url.path', '/orders/?');
        record.setBody(`masked ${record.body}`);
        next.onEmit(record);
      },
    };
    masking.onEmit(make(exchange()));
    const [record] = seen;
    const { attributes } = contentOf(exchange());
    assert.deepEqual(record?.attributes, { ...attributes, 'url.path': '/orders/?' });
    assert.equal(record?.body, 'masked GET /orders/42 200 1532B 12.4ms');
  });
});

describe('receiptOf', () => {
  test("reads that of an exchange out of an SDK's record, and nothing out of others", () => {
    const { resource, instrumentationScope, hrTime } = make(exchange());
    const sdkRecord = {
      ...{ resource, instrumentationScope, hrTime, hrTimeObserved: hrTime, droppedAttributesCount: 0 },
      attributes: {
        'http.request.method': '_OTHER',
        'http.request.method_original': 'BREW',
        'http.response.status_code': 418,
        'access_log.outcome': 'completed',
        'access_log.suppressed_before': 2,
      },
    };
    assert.deepEqual(receiptOf({ ...sdkRecord, eventName: 'access_log.request' }), {
      kind: 'exchange',
      route: undefined,
      method: 'BREW',
      statusCode: 418,
      outcome: 'completed',
      suppressedBefore: 2,
    });
    assert.equal(receiptOf({ ...sdkRecord, eventName: 'app.log' }), undefined);
  });
});
