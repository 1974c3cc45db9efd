import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serveFromProcesses } from './support/receivers.ts';
import {
  ALLOWED,
  type Finding,
  lokiLabels,
  readText,
  selectorLabels,
  textFiles,
  victoriaLabels,
} from './support/stream-labels.ts';
import { describeStack } from './support/suite.ts';

const PROCESSES = 4;
const files = textFiles('docker', 'examples', 'docs', 'otel-collector.yaml', 'README.md');
const yamlFiles = files.filter((file) => /\.ya?ml$/.test(file));
const inLokiNames = ALLOWED.map((name) => name.replaceAll('.', '_'));

describe('what makes streams, in every configuration and document', () => {
  test('Loki has index labels that differ per service, not per process', () => {
    const found = yamlFiles.flatMap((file) => lokiLabels(file, readText(file)));
    assert.ok(found.some(({ where }) => where === 'docker/loki.yaml'));
    assertOnly(ALLOWED, found);
  });

  test('VictoriaLogs has stream fields that do', () => {
    const found = files.flatMap((file) => victoriaLabels(file, readText(file)));
    for (const place of ['docker/receivers/victorialogs.yaml', 'docs/receivers.md'])
      assert.ok(
        found.some(({ where }) => where === place),
        place,
      );
    assertOnly(ALLOWED, found);
  });

  test('no query selects streams by anything else, and no hint makes labels', () => {
    // PromQL selects series by their names: there is nothing to be made of them.
    for (const file of files.filter((name) => name !== 'docker/prometheus-rules.yaml')) {
      assertOnly(inLokiNames, selectorLabels(file, readText(file)));
      assert.doesNotMatch(readText(file), /loki\.(attribute|resource)\.labels/, file);
    }
  });

  test('the check finds what it looks for', () => {
    const loki = `
schema_config: {configs: []}
limits_config:
  otlp_config:
    resource_attributes:
      attributes_config: [{action: index_label, attributes: [service.name, k8s.pod.uid]}]
    log_attributes: [{action: index_label, regex: access_log.*}, {action: drop, attributes: [x]}]
`;
    const labels = ['the defaults of Loki', 'service.name', 'k8s.pod.uid', 'access_log.*'];
    assert.deepEqual(lokiLabels('a', loki), [{ where: 'a', labels }]);
    const configMap = JSON.stringify({ kind: 'ConfigMap', data: { 'loki.yaml': loki } });
    assert.deepEqual(lokiLabels('b', configMap), [{ where: 'b', labels }]);
    assert.deepEqual(victoriaLabels('c', 'VL-Stream-Fields=service.name%2Ccontainer.id'), [
      { where: 'c', labels: ['service.name', 'container.id'] },
    ]);
    const query = 'up{job="x"} and sum(rate({service_name=~"a|b", access_log_process_id="1"} | x="y" [5m]))';
    assert.deepEqual(selectorLabels('d', query), [
      { where: 'd', labels: ['service_name', 'access_log_process_id'] },
    ]);
    assert.throws(() => assertOnly(ALLOWED, lokiLabels('a', loki)), /k8s\.pod\.uid/);
  });
});

describeStack('streams in Loki', (stack) => {
  test('many processes of a service are one stream', async (t) => {
    const fleet = await serveFromProcesses(t, stack().grpcEndpoint, PROCESSES);
    const selector = `{service_name="${fleet}"}`;
    await stack().waitFor(`${selector} | access_log_final="true"`, ({ length }) => length >= PROCESSES);
    const url = `${stack().lokiUrl}/loki/api/v1/series?${new URLSearchParams({ 'match[]': selector })}`;
    const answer = await fetch(url, { headers: { 'X-Scope-OrgID': stack().tenant } });
    assert.deepEqual(((await answer.json()) as { data: unknown }).data, [
      { service_name: fleet, service_namespace: 'store' },
    ]);
  });
});

function assertOnly(allowed: readonly string[], found: readonly Finding[]): void {
  for (const { where, labels } of found) {
    assert.deepEqual(
      labels.filter((label) => !allowed.includes(label)),
      [],
      where,
    );
  }
}
