import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordAgain } from '../../../src/cli/doctor/records.ts';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const received: ReceivedRecord = {
  timeUnixNano: 1_795_442_400_000_000_001n,
  observedTimeUnixNano: 1_795_442_400_000_000_001n,
  severityNumber: 9,
  severityText: 'INFO',
  body: 'GET / 200',
  eventName: 'access_log.request',
  traceId: TRACE_ID,
  spanId: '00f067aa0ba902b7',
  flags: 1,
  attributes: {},
  resource: { 'service.name': 'shop' },
  scope: { name: 'otel-access-log', version: '0.1.0' },
};

describe('a record that is sent on has the ids that it came with', () => {
  const rows: readonly (readonly [name: string, ids: Partial<ReceivedRecord>, spanContext: unknown])[] = [
    ['trace and span', {}, { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 1 }],
    ['a trace alone', { spanId: undefined }, { traceId: TRACE_ID, spanId: '', traceFlags: 1 }],
    ['none', { traceId: undefined, spanId: undefined, flags: 0 }, undefined],
  ];
  for (const [name, ids, spanContext] of rows) {
    test(name, () => assert.deepEqual(recordAgain({ ...received, ...ids }).spanContext, spanContext));
  }
});
