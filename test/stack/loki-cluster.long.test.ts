// Three processes of Loki, with each line in all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '../support/owner.ts';
import { type LogLine, LokiClient } from './support/loki-client.ts';
import { startLokiCluster } from './support/loki-cluster.ts';
import type { LokiProcess } from './support/loki-process.ts';
import { startGofakes3 } from './support/object-store.ts';
import { startCollectorFor } from './support/stack.ts';
import { describeWithGo, metricOf, requestsOf, startService, waitForMetric } from './support/suite.ts';
import { keepSending } from './support/traffic.ts';

const TENANT = 'tenant-of-tests';
const SENT = 'exporter_sent_log_records';
/** The Collector does not wait long between two attempts to reach Loki. */
const SOON_AGAIN = 'yaml:exporters::otlp_http/loki::retry_on_failure::max_interval: 1s';

describeWithGo('Loki with docker/loki-cluster.yaml', () => {
  test('one of three is killed under load with its disk, then all disks are wiped: nothing is missing', async (t) => {
    const owner = lastFirst(t);
    const { env } = await startGofakes3(owner);
    const cluster = await startLokiCluster(owner, env);
    const collector = await startCollectorFor(cluster.url, { tenant: TENANT, configs: [SOON_AGAIN] });
    owner.after(() => collector.stop());
    const service = await startService(owner, { endpoint: collector.grpcEndpoint });
    const traffic = keepSending(service.port, '/orders/1?wait_ms=20');
    await waitForMetric(collector, SENT, (sent) => sent >= 500);

    const [killed, ...others] = cluster.members;
    assert.ok(killed);
    await killed.stop('SIGKILL');
    killed.wipe();
    const before = await metricOf(collector, SENT);
    await waitForMetric(collector, SENT, (sent) => sent >= before + 500);
    const count = await traffic.stop();
    await service.stop();
    assert.equal(service.stderr, '');

    const linesOf = async ({ url }: LokiProcess): Promise<LogLine[]> => {
      const client = new LokiClient(url, TENANT);
      const lines = await client.waitFor(requestsOf(service), ({ length }) => length >= count);
      assert.equal(lines.length, count);
      return lines;
    };
    const [lines] = await Promise.all(others.map(linesOf));

    await Promise.all(others.map((member) => member.flush()));
    await cluster.stop();
    for (const member of others) member.wipe();
    await cluster.start();
    for (const member of cluster.members) assert.deepEqual(await linesOf(member), lines);
  });
});
