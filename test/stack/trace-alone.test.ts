import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { describeStack } from './support/suite.ts';

describeStack('a record with a trace id and no span id', (stack) => {
  const rows = [
    ['by way of the Collector', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: stack().grpcEndpoint })],
    [
      'to Loki directly',
      () => ({
        OTEL_EXPORTER_OTLP_ENDPOINT: `${stack().lokiUrl}/otlp`,
        OTEL_EXPORTER_OTLP_HEADERS: `X-Scope-OrgID=${stack().tenant}`,
      }),
    ],
  ] as const;
  for (const [name, env] of rows) {
    test(`${name}: Loki finds it by its trace, and it has no span`, async (t) => {
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/own-server-spans.mjs')],
        env: env(),
      });
      const traceId = randomBytes(16).toString('hex');
      for (const path of ['/bare', '/orders']) {
        const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
        await (await fetch(`http://127.0.0.1:${app.port}${path}`, { headers })).text();
      }
      await app.stop();
      assert.equal(app.stderr, '');
      const lines = await stack().waitFor(
        `{service_name="shop"} | trace_id="${traceId}"`,
        ({ length }) => length === 2,
      );
      const hasSpan = lines.map(({ metadata }) => [metadata.url_path, 'span_id' in metadata] as const);
      assert.deepEqual(Object.fromEntries(hasSpan), { '/bare': false, '/orders': true });
    });
  }
});
