import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, requestText } from '../support/raw-client.ts';
import type { LogLine } from './loki-client.ts';
import { comparable, ORDER_ENV, sendOrder } from './order.ts';
import { describeStack, requestLines, requestsOf, startService, tableOf } from './suite.ts';
import { send } from './traffic.ts';

/** Every third request to another route, each third of those with another status; the time differs. */
const MIX = Array.from({ length: 90 }, (_, index) => {
  const path = ['/orders/1', '/items/lamp', '/reports/2026'][index % 3];
  const status = [200, 404, 500][Math.floor(index / 3) % 3];
  return `${path}?status=${status}&wait_ms=${(index * 7) % 23}`;
});

/** As Prometheus, and so Loki, defines it: linear between the two values next to the rank. */
function quantile(q: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const lower = sorted[Math.floor(rank)] ?? Number.NaN;
  const upper = sorted[Math.ceil(rank)] ?? Number.NaN;
  const weight = rank - Math.floor(rank);
  return lower * (1 - weight) + upper * weight;
}

function durationsOf(lines: readonly LogLine[], route: string): number[] {
  return lines
    .filter(({ metadata }) => metadata.http_route === route)
    .map(({ metadata }) => Number(metadata.http_server_request_duration));
}

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

  test('counts by route and status, and p95 by route, are those of what was sent', async (t) => {
    const service = await startService(t, { endpoint: stack().grpcEndpoint });
    const statuses = await send(service.port, MIX);
    await service.stop();
    const lines = await requestLines(stack(), service, MIX.length);

    assert.deepEqual(
      statuses,
      MIX.map((path) => Number(/status=(\d+)/.exec(path)?.[1])),
    );
    const all = requestsOf(service);
    const counted = await stack().queryInstant(
      `sum by (http_route, http_response_status_code) (count_over_time(${all} [5m]))`,
    );
    const routes = ['/orders/:id', '/items/:name', '/reports/:year'];
    assert.deepEqual(
      tableOf(counted, 'http_route', 'http_response_status_code'),
      Object.fromEntries(
        routes.flatMap((route) => [200, 404, 500].map((status) => [`${route} ${status}`, 10])),
      ),
    );

    const slowest = await stack().queryInstant(
      `quantile_over_time(0.95, ${all} | unwrap http_server_request_duration | __error__="" [5m]) by (http_route)`,
    );
    const p95 = tableOf(slowest, 'http_route');
    assert.deepEqual(Object.keys(p95).sort(), routes.toSorted());
    for (const route of routes) {
      const computed = quantile(0.95, durationsOf(lines, route));
      // The longest of the times that the service was asked to take is 22 ms.
      assert.ok(computed > 0.015, `${route}: ${computed}`);
      assert.ok(Math.abs((p95[route] ?? 0) - computed) < 1e-9, `${route}: ${p95[route]} for ${computed}`);
    }
  });

  test('a JSON body is queried by the fields of its line', async (t) => {
    const service = await startService(t, {
      endpoint: stack().grpcEndpoint,
      env: { ACCESS_LOG_BODY: 'json' },
    });
    await send(service.port, ['/orders/1', '/orders/2?status=404', '/items/lamp?status=404']);
    await service.stop();
    const found = await stack().waitFor(
      `{service_name="${service.name}"} | json | status_code = 404 and duration_ms > 0 | route="/orders/:id"`,
      ({ length }) => length > 0,
    );
    const { path, status_code, route } = JSON.parse(found[0]?.line ?? '{}');
    assert.deepEqual(
      { count: found.length, path, status_code, route },
      { count: 1, path: '/orders/2', status_code: 404, route: '/orders/:id' },
    );
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
