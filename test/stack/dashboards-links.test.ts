import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { buildStack } from './build.ts';
import { commandOfImage, readCompose, readDataSources, serviceOf } from './support/dashboard-compose.ts';
import { describeStack } from './support/suite.ts';
import { send } from './support/traffic.ts';

describeStack('the mounted configurations, with the variables of compose.yaml', () => {
  for (const { service, binary, flag } of [
    { service: 'collector', binary: 'collector', flag: 'validate' },
    { service: 'loki', binary: 'loki', flag: '-verify-config' },
  ] as const) {
    test(`${service} takes its own`, async () => {
      const { command = [], environment, volumes = [] } = serviceOf(readCompose(), service);
      const files = volumes.filter((volume) => volume.startsWith('.')).map((volume) => volume.split(':'));
      const args = command.map((argument) =>
        files.reduce((text, [from = '', to = '']) => text.replace(to, inRepo('docker', from)), argument),
      );
      const env = { ...environment, COLLECTOR_QUEUE_DIR: tmpdir() };
      const run = promisify(execFile)((await buildStack())[binary], [flag, ...args], { env });
      await assert.doesNotReject(run);
    });
  }
});

describeStack('from a record to its trace, and back', (stack) => {
  test('the service of compose.yaml logs the ids of the spans that it sends to Tempo', async (t) => {
    // In the place of Tempo: takes what comes.
    const spans: Buffer[] = [];
    const tempo = createServer(async (request, response) => {
      if (request.url === '/v1/traces') for await (const chunk of request) spans.push(chunk);
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    }).listen(0, '127.0.0.1');
    await once(tempo, 'listening');
    t.after(async () => void tempo.close());
    const address = tempo.address();
    assert.ok(address !== null && typeof address === 'object');

    const { environment = {} } = serviceOf(readCompose(), 'service');
    const service = 'shop-of-compose';
    const hosts: Record<string, string> = {
      'http://collector:4317': stack().grpcEndpoint,
      'http://tempo:4318': `http://127.0.0.1:${address.port}`,
    };
    const here = Object.entries(environment).map(([name, value]) => {
      const host = Object.keys(hosts).find((one) => value.startsWith(one));
      return [name, host === undefined ? value : value.replace(host, hosts[host] ?? '')] as const;
    });
    assert.equal(here.filter(([name, value]) => value !== environment[name]).length, 2);

    const [node, ...args] = commandOfImage();
    assert.equal(node, 'node');
    const inExample = (file: string): string => inRepo('examples/docker', file);
    const app = await spawnApp(t, {
      // The package finds itself by name in the folder of the repository only.
      cwd: dirname(inRepo('package.json')),
      args: args.map((argument) => (argument.endsWith('.js') ? inExample(argument) : argument)),
      env: { ...Object.fromEntries(here), PORT: '0', OTEL_SERVICE_NAME: service },
    });
    await send(app.port, ['/orders/1', '/orders/2', '/healthz']);
    assert.deepEqual(await app.stop(), { code: 0, signal: null });
    assert.equal(app.stderr, '');

    const lines = await stack().waitFor(
      `{service_name="${service}"} | access_log_outcome!=""`,
      ({ length }) => length >= 2,
    );
    assert.equal(lines.length, 2);
    const [loki, tempoSource] = readDataSources();
    const field = loki?.jsonData.derivedFields?.[0] ?? {};
    assert.equal(field.matcherType, 'label');
    for (const { metadata, line, labels } of lines) {
      const traceId = metadata[field.matcherRegex ?? ''] ?? '';
      assert.match(traceId, /^[0-9a-f]{32}$/);
      assert.ok(Buffer.concat(spans).includes(Buffer.from(traceId, 'hex')), traceId);

      // And back, by the query of the data source, as Grafana puts the span's values in.
      const { query = '', tags = [] } = tempoSource?.jsonData.tracesToLogsV2 ?? {};
      assert.deepEqual(tags, [{ key: 'service.name', value: 'service_name' }]);
      const values: Record<string, string> = {
        __tags: `service_name="${labels.service_name}"`,
        '__trace.traceId': traceId,
      };
      const asked = query
        .replaceAll('$$', '$')
        .replaceAll(/\$\{([\w.]+)\}/g, (_, name: string) => values[name] ?? assert.fail(name));
      assert.deepEqual(
        (await stack().query(asked)).map((found) => found.line),
        [line],
      );
    }
  });
});
