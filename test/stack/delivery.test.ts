import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStack, metricOf, requestLines, startService, waitForMetric } from './support/suite.ts';
import { keepSending, send } from './support/traffic.ts';

const ACCEPTED = 'receiver_accepted_log_records';
const SENT = 'exporter_sent_log_records';

/** All as it is in the file, but without waiting long between two attempts. */
const SOON_AGAIN = {
  configs: ['yaml:exporters::otlp_http/loki::retry_on_failure::max_interval: 1s'],
};

function orders(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `/orders/${index}`);
}

describeStack('nothing is lost on the way to Loki', (stack) => {
  const ends = [
    { title: 'a service that SIGTERM ends', env: {}, exit: { code: null, signal: 'SIGTERM' } },
    {
      title: 'a service that ends by itself on SIGTERM',
      env: { SHOP_GRACEFUL: '1' },
      exit: { code: 0, signal: null },
    },
  ] as const;
  for (const { title, env, exit } of ends) {
    test(`${title}, right after its last response`, async (t) => {
      const service = await startService(t, {
        endpoint: stack().grpcEndpoint,
        // 512 go when they are together; the others would wait for an hour.
        env: { ...env, OTEL_BLRP_SCHEDULE_DELAY: '3600000' },
      });
      await send(service.port, orders(600));
      assert.deepEqual(await service.stop(), exit);
      assert.equal(service.stderr, '');
      await requestLines(stack(), service, 600);
    });
  }

  test('Loki restarts while requests go on', async (t) => {
    const collector = await stack().startCollector(SOON_AGAIN);
    const service = await startService(t, { endpoint: collector.grpcEndpoint });
    const traffic = keepSending(service.port, '/orders/1?wait_ms=20');
    await waitForMetric(collector, SENT, (value) => value >= 50);

    await stack().loki.stop();
    const accepted = await metricOf(collector, ACCEPTED);
    await waitForMetric(collector, ACCEPTED, (value) => value >= accepted + 100);
    await waitForMetric(collector, 'exporter_queue_size', (value) => value > 0);
    await stack().loki.start();

    const count = await traffic.stop();
    await service.stop();
    assert.equal(service.stderr, '');
    await requestLines(stack(), service, count);
  });

  test('the Collector is killed while Loki is away: what it had taken is on its disk', async (t) => {
    const collector = await stack().startCollector(SOON_AGAIN);
    const service = await startService(t, { endpoint: collector.grpcEndpoint });
    await stack().loki.stop();
    await send(service.port, orders(100));
    await service.stop();
    assert.equal(service.stderr, '');
    // The requests, and the heartbeat at the end.
    await waitForMetric(collector, ACCEPTED, (value) => value === 101);
    await collector.stop('SIGKILL');

    await stack().loki.start();
    assert.deepEqual(await stack().query(`{service_name="${service.name}"}`), []);
    await collector.start();
    await requestLines(stack(), service, 100);
  });
});
