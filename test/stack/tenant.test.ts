import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LokiClient, LokiError } from './support/loki-client.ts';
import { describeStack, requestLines, requestsOf, startService, waitForMetric } from './support/suite.ts';
import { send } from './support/traffic.ts';

const PATHS = Array.from({ length: 20 }, (_, index) => `/orders/${index}`);

describeStack('the tenant', (stack) => {
  test('only who names it sees the lines', async (t) => {
    const service = await startService(t, { endpoint: stack().grpcEndpoint });
    await send(service.port, PATHS);
    await service.stop();
    await requestLines(stack(), service, PATHS.length);

    const { lokiUrl } = stack();
    const all = requestsOf(service);
    assert.deepEqual(await new LokiClient(lokiUrl, 'another-tenant').query(all), []);
    await assert.rejects(new LokiClient(lokiUrl, '').query(all), (error) => {
      assert.ok(error instanceof LokiError);
      assert.equal(error.status, 401);
      return true;
    });
  });

  test('what a Collector without tenant sends is refused, and its metric says how much', async (t) => {
    const collector = await stack().startCollector({ tenant: null });
    const service = await startService(t, { endpoint: collector.grpcEndpoint });
    const statuses = await send(service.port, PATHS);
    assert.deepEqual(new Set(statuses), new Set([200]));
    await service.stop();

    // The requests, and the heartbeat at the end.
    const sent = PATHS.length + 1;
    const failed = await waitForMetric(
      collector,
      'exporter_send_failed_log_records',
      (value) => value >= sent,
    );
    assert.equal(failed, sent);
    assert.match(collector.log(), /HTTP Status Code 401/);
    assert.deepEqual(await stack().query(`{service_name="${service.name}"}`), []);
    // The Collector had taken them all: nothing of this is known to the service.
    assert.equal(service.stderr, '');
  });
});
