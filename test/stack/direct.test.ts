import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LokiClient } from './support/loki-client.ts';
import { comparable, ORDER_ENV, sendOrder } from './support/order.ts';
import { describeStack, requestsOf, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';

const PATHS = Array.from({ length: 20 }, (_, index) => `/orders/${index}`);

describeStack('service → Loki, without a Collector', (stack) => {
  test('the path of the endpoint chooses HTTP, and the record is the same', async (t) => {
    const service = await startService(t, {
      endpoint: `${stack().lokiUrl}/otlp`,
      env: { ...ORDER_ENV, OTEL_EXPORTER_OTLP_HEADERS: `X-Scope-OrgID=${stack().tenant}` },
    });
    const { traceId, expected } = await sendOrder(t, service);
    await service.stop();
    const byTrace = `{service_name="${service.name}"} | trace_id="${traceId}"`;
    const lines = await stack().waitFor(byTrace, ({ length }) => length > 0);
    assert.deepEqual(lines.map(comparable), [expected]);
    assert.equal(service.stderr, '');
  });

  test('over http/json the record is the same', async (t) => {
    const service = await startService(t, {
      endpoint: `${stack().lokiUrl}/otlp`,
      env: {
        ...ORDER_ENV,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_HEADERS: `X-Scope-OrgID=${stack().tenant}`,
      },
    });
    const { traceId, expected } = await sendOrder(t, service);
    await service.stop();
    const byTrace = `{service_name="${service.name}"} | trace_id="${traceId}"`;
    const lines = await stack().waitFor(byTrace, ({ length }) => length > 0);
    assert.deepEqual(lines.map(comparable), [expected]);
    assert.equal(service.stderr, '');
  });

  test('another tenant gets the lines where the headers name another', async (t) => {
    const service = await startService(t, {
      endpoint: `${stack().lokiUrl}/otlp`,
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'X-Scope-OrgID=another-tenant' },
    });
    await send(service.port, PATHS);
    await service.stop();
    const all = requestsOf(service);
    const theirs = new LokiClient(stack().lokiUrl, 'another-tenant');
    assert.equal((await theirs.waitFor(all, ({ length }) => length >= PATHS.length)).length, PATHS.length);
    assert.deepEqual(await stack().query(all), []);
  });

  for (const { title, env, said } of [
    { title: 'no tenant', env: {}, said: /\b401\b/ },
    {
      title: 'a tenant that cannot be',
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'X-Scope-OrgID=not/possible' },
      said: /\b400\b.*tenant/,
    },
  ] as const) {
    test(`${title}: standard error says so, and the service does not notice`, async (t) => {
      const endpoint = `${stack().lokiUrl}/otlp`;
      const service = await startService(t, { endpoint, env });
      const statuses = await send(service.port, PATHS);
      assert.deepEqual(new Set(statuses), new Set([200]));
      assert.deepEqual(await service.stop(), { code: null, signal: 'SIGTERM' });

      // What comes after the first line is told together, at the end.
      const lines = service.stderr.trimEnd().split('\n');
      assert.ok(lines.length <= 2, service.stderr);
      let lost = 0;
      for (const line of lines) {
        assert.ok(line.startsWith(`otel-access-log: cannot deliver to ${endpoint}/v1/logs `), line);
        assert.match(line, said);
        lost += Number(/(\d+) records? lost\)$/.exec(line)?.[1]);
      }
      assert.equal(lost, PATHS.length);
      assert.deepEqual(await stack().query(`{service_name="${service.name}"}`), []);
    });
  }
});
