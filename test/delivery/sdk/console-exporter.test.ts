import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ConsoleLogRecordExporter } from '@opentelemetry/sdk-logs';
import { ConsoleExporter } from '../../../src/delivery/sdk/console-exporter.ts';
import { TestRecord } from '../stream/support/scene.ts';

test('writes what the official exporter writes', (t) => {
  const record = Object.assign(new TestRecord('GET / 200'), {
    spanContext: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 },
    hrTime: [1_700_000_000, 123_456_789],
    attributes: { 'url.path': '/', 'http.request.header.a': ['b', 'c'] },
  });
  const [official, ours, results]: [string[], string[], unknown[]] = [[], [], []];
  t.mock.method(console, 'dir', (info: unknown, options: object) => official.push(inspect(info, options)));
  new ConsoleLogRecordExporter().export([record, record], (result) => results.push(result));
  new ConsoleExporter((text) => ours.push(text)).export([record, record], (result) => results.push(result));
  assert.equal(ours.length, 2);
  assert.deepEqual(ours, official);
  assert.deepEqual(results[0], results[1]);
});
