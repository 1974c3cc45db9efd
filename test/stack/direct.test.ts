import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LokiClient } from './loki-client.ts';
import { comparable, ORDER_ENV, sendOrder } from './order.ts';
import { describeStack, startService } from './suite.ts';
import { send } from './traffic.ts';

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

  test('another tenant gets the lines where the headers name another', async (t) => {
    const service = await startService(t, {
      endpoint: `${stack().lokiUrl}/otlp`,
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'X-Scope-OrgID=another-tenant' },
    });
    await send(service.port, PATHS);
    await service.stop();
    const all = `{service_name="${service.name}"} | access_log_outcome!=""`;
    const theirs = new LokiClient(stack().lokiUrl, 'another-tenant');
    assert.equal((await theirs.waitFor(all, ({ length }) => length >= PATHS.length)).length, PATHS.length);
    assert.deepEqual(await stack().query(all), []);
  });

  for (const [title, headers] of [
    ['no tenant', {}],
    ['an impossible tenant', { OTEL_EXPORTER_OTLP_HEADERS: 'X-Scope-OrgID=not/possible' }],
  ] as const) {
    test(`${title}: one line says why and how many were lost, the service does not notice`, async (t) => {
      const service = await startService(t, { endpoint: `${stack().lokiUrl}/otlp`, env: headers });
      const statuses = await send(service.port, PATHS);
      await service.stop();
      console.log(service.stderr);
    });
  }
});
