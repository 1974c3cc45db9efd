import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStack, requestsOf, startService } from './support/suite.ts';
import { send } from './support/traffic.ts';

describeStack('the resource in Loki', (stack) => {
  test('pods, containers and processes are metadata of lines, and make no streams', async (t) => {
    const name = `detected-${process.pid}`;
    const query = requestsOf({ name });
    for (const pod of ['shop-1', 'shop-2']) {
      const service = await startService(t, {
        endpoint: `${stack().lokiUrl}/otlp`,
        env: {
          OTEL_SERVICE_NAME: name,
          OTEL_EXPORTER_OTLP_HEADERS: `X-Scope-OrgID=${stack().tenant}`,
          OTEL_NODE_RESOURCE_DETECTORS: 'all',
          K8S_POD_NAME: pod,
        },
      });
      await send(service.port, ['/orders/1']);
      await service.stop();
    }
    const lines = await stack().waitFor(query, ({ length }) => length >= 2);
    const streams = new Set(lines.map(({ labels }) => JSON.stringify(labels)));
    assert.deepEqual([...streams], [JSON.stringify({ service_name: name })]);
    assert.deepEqual(lines.map(({ metadata }) => metadata.k8s_pod_name).sort(), ['shop-1', 'shop-2']);
    for (const key of ['service_instance_id', 'process_pid']) {
      assert.equal(new Set(lines.map(({ metadata }) => metadata[key])).size, 2, key);
    }
  });
});
