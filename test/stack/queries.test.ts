import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, requestText } from '../support/raw-client.ts';
import { comparable, ORDER_ENV, sendOrder } from './support/order.ts';
import { describeStack, requestLines, startService } from './support/suite.ts';

describeStack('service → Collector (gRPC) → Loki, asked in LogQL', (stack) => {
  test('a request is found by its trace id, with the whole of its record', async (t) => {
    const service = await startService(t, { endpoint: stack().grpcEndpoint, env: ORDER_ENV });
    const before = Date.now();
    const { traceId, expected } = await sendOrder(t, service);
    const after = Date.now();
    await service.stop();

    const byTrace = `{service_name="${service.name}"} | trace_id="${traceId}"`;
    const lines = await stack().waitFor(byTrace, ({ length }) => length > 0);
    assert.deepEqual(lines.map(comparable), [expected]);

    const [{ timestamp = 0n, metadata = {} } = {}] = lines;
    const duration = Number(metadata.http_server_request_duration);
    assert.ok(Number(metadata.access_log_time_to_headers) <= duration);
    // The record's clock is within a second of the wall clock.
    const endedAt = Number(timestamp / 1_000_000n);
    assert.ok(before - 1_000 <= endedAt && endedAt <= after + 1_000, `${endedAt} in ${before} to ${after}`);
  });

  test('1,000 identical pipelined requests without trace ids are 1,000 lines', async (t) => {
    const service = await startService(t, {
      fixture: 'plain.mjs',
      endpoint: stack().grpcEndpoint,
      env: { ACCESS_LOG_TRACING: 'off' },
    });
    const client = await RawClient.connect(t, { port: service.port });
    await client.pipeline(Array.from({ length: 1_000 }, () => requestText('/same')));
    await client.responses(1_000);
    await service.stop();
    const lines = await requestLines(stack(), service, 1_000);
    // Durations may differ; timestamps have to, or Loki would take two of the same duration for one.
    assert.equal(new Set(lines.map(({ timestamp }) => timestamp)).size, 1_000);
    assert.deepEqual(
      lines.filter(({ metadata }) => 'trace_id' in metadata || 'span_id' in metadata),
      [],
    );
  });
});
