// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of the file
// Real processes under the preload with a file of declarative configuration, and an SDK that reads the same file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Report } from '../../src/cli/doctor/report.ts';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp, spawnNode } from '../support/spawn-app.ts';

const APP = inRepo('test/e2e/fixtures/app.mjs');
const SDK = inRepo('test/e2e/fixtures/config-file-sdk.mjs');
const DOCTOR = new URL('../../src/cli/doctor.js', import.meta.url).href;
const RUN = `import { doctor } from '${DOCTOR}'; process.exitCode = await doctor(process.argv.slice(1));`;

/** Nothing listens there: what went there would be lost. */
const ELSEWHERE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SERVICE_NAME: 'elsewhere' };

function writeConfig(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'otel-config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'otel.yaml');
  writeFileSync(path, text);
  return path;
}

type Kind = 'otlp_http' | 'otlp_grpc';

/** To that receiver, with a header, a resource, and options of the access log. */
function configFor(receiver: TestReceiver, kind: Kind): string {
  const endpoint = kind === 'otlp_http' ? `${receiver.httpEndpoint}/v1/logs` : receiver.grpcEndpoint;
  return `file_format: "1.0"
resource:
  attributes:
    - { name: service.name, value: shop }
    - { name: service.version, value: "1.10" }
  attributes_list: deployment.environment.name=test
logger_provider:
  processors:
    - batch:
        schedule_delay: 50
        exporter:
          ${kind}:
            endpoint: ${endpoint}
            compression: gzip
            headers_list: x-scope-orgid=none
            headers:
              - name: x-scope-orgid
                value: \${TENANT:-nobody}
instrumentation/development:
  js:
    otel_access_log:
      request_headers: [x-shop]
      slow_ms: \${SLOW_MS}
`;
}

const RESOURCE = {
  'service.name': 'shop',
  'service.version': '1.10',
  'deployment.environment.name': 'test',
};

async function get(port: number): Promise<void> {
  const headers = { connection: 'close', 'x-shop': 'main' };
  await (await fetch(`http://127.0.0.1:${port}/orders/1`, { headers })).text();
}

describe('declarative configuration', () => {
  for (const [kind, pipeline] of [
    ['otlp_http', 'stream'],
    ['otlp_grpc', 'stream'],
    ['otlp_http', 'sdk'],
    ['otlp_grpc', 'sdk'],
  ] as const) {
    test(`${kind}, ${pipeline}: endpoint, headers, resource and options are those of the file`, async (t) => {
      const receiver = await startTestReceiver(t);
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', APP],
        env: {
          ...ELSEWHERE,
          OTEL_CONFIG_FILE: writeConfig(t, configFor(receiver, kind)),
          TENANT: 'shops',
          ACCESS_LOG_PIPELINE: pipeline,
        },
      });
      await get(app.port);
      const [record] = await receiver.waitForExchanges(1);
      const [request] = receiver.requests;
      assert.deepEqual(
        [
          record?.resource,
          record?.attributes['http.request.header.x-shop'],
          request?.headers['x-scope-orgid'],
        ],
        [{ ...RESOURCE }, ['main'], 'shops'],
      );
      await app.stop();
      const told = app.stderr.split('\n').filter((line) => line.includes('OTEL_CONFIG_FILE'));
      assert.equal(told.length, 1, app.stderr);
      assert.match(
        told[0] ?? '',
        /OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME: ignored, since OTEL_CONFIG_FILE is set$/,
      );
    });
  }

  for (const kind of ['otlp_http', 'otlp_grpc'] as const) {
    test(`${kind}: the logs of the application's SDK and the access log come to one place`, async (t) => {
      const receiver = await startTestReceiver(t);
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', SDK],
        env: {
          OTEL_CONFIG_FILE: writeConfig(t, configFor(receiver, kind)),
          TENANT: 'shops',
          ...ELSEWHERE,
        },
      });
      await get(app.port);
      const both = await receiver.waitForRecords((records) =>
        ['app', 'otel-access-log'].every((name) => records.some(({ scope }) => scope.name === name)),
      );
      for (const { resource, scope } of both) {
        const {
          'telemetry.sdk.language': _l,
          'telemetry.sdk.name': _n,
          'telemetry.sdk.version': _v,
          ...rest
        } = resource;
        assert.deepEqual(rest, RESOURCE, scope.name);
      }
      assert.deepEqual(
        new Set(receiver.requests.map(({ headers }) => headers['x-scope-orgid'])),
        new Set(['shops']),
      );
      await app.stop();
    });
  }

  const bad: readonly [what: string, text: string | undefined, message: RegExp][] = [
    [
      'no file',
      undefined,
      /no access log: OTEL_CONFIG_FILE: expected a file that can be read, got .*, which does not exist/,
    ],
    ['no YAML', 'a: [', /no access log: otel\.yaml:1: neither YAML nor JSON/],
    [
      'another version',
      'file_format: "2.0"',
      /no access log: otel\.yaml:1: file_format: expected a version 1\.x/,
    ],
    [
      'no exporter',
      'file_format: "1.0"',
      /no access log: otel\.yaml: logger_provider: expected an exporter otlp_http or/,
    ],
  ];
  for (const [what, text, message] of bad) {
    test(`${what}: one message, and the service runs`, async (t) => {
      const path = text === undefined ? '/nowhere/otel.yaml' : writeConfig(t, text);
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', APP],
        env: { OTEL_CONFIG_FILE: path },
      });
      await get(app.port);
      await app.stop();
      const lines = app.stderr.split('\n').filter((line) => line !== '');
      assert.equal(lines.length, 1, app.stderr);
      assert.match(lines[0] ?? '', message);
    });
  }

  test('the doctor shows the file as the source, and its own receiver takes the place of the endpoint', async (t) => {
    const receiver = await startTestReceiver(t);
    const args = ['--json', '--', 'node', inRepo('test/e2e/fixtures/doctor-app.mjs')];
    const app = spawnNode(t, {
      args: ['--input-type=module', '--eval', RUN, '--', ...args],
      env: {
        ...ELSEWHERE,
        OTEL_CONFIG_FILE: writeConfig(t, configFor(receiver, 'otlp_http')),
        SLOW_MS: '250',
      },
    });
    await app.exited;
    const report: Report = JSON.parse(app.stdout);
    assert.equal(report.arrived, true, app.stdout);
    assert.deepEqual(report.problems, []);
    assert.deepEqual(report.warnings, [
      'OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME: ignored, since OTEL_CONFIG_FILE is set',
    ]);
    const shown = report.environment.map(({ variable, value, source }) => `${variable} ${value} ${source}`);
    assert.deepEqual(shown.slice(1), [
      'disabled false default',
      'log_level info default',
      'resource deployment.environment.name test OTEL_CONFIG_FILE',
      'resource service.name shop OTEL_CONFIG_FILE',
      'resource service.version 1.10 OTEL_CONFIG_FILE',
      'logger_provider exporter otlp_http OTEL_CONFIG_FILE',
      `otlp_http.endpoint ${receiver.httpEndpoint}/v1/logs OTEL_CONFIG_FILE`,
      'otlp_http.encoding http/protobuf default',
      'otlp_http.headers x-scope-orgid (values not shown) OTEL_CONFIG_FILE',
      'otlp_http.headers_list x-scope-orgid (values not shown) OTEL_CONFIG_FILE',
      'otlp_http.timeout 10000 default',
      'otlp_http.compression gzip OTEL_CONFIG_FILE',
      'batch.schedule_delay 50 OTEL_CONFIG_FILE',
      'batch.export_timeout 30000 default',
    ]);
    const slow = report.options.find(({ name }) => name === 'slowMs');
    assert.deepEqual([slow?.value, slow?.source], [250, 'OTEL_CONFIG_FILE']);
  });
});

describe('without an SDK', () => {
  test('host and pod are on the resource, and nothing of the process', async (t) => {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', APP],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        OTEL_SERVICE_NAME: 'shop',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
        K8S_POD_NAME: 'shop-5d9c-x2x',
      },
    });
    await get(app.port);
    const [record] = await receiver.waitForExchanges(1);
    const { 'container.id': _id, ...resource } = record?.resource ?? {};
    assert.deepEqual(resource, {
      'service.name': 'shop',
      'host.name': hostname(),
      'k8s.pod.name': 'shop-5d9c-x2x',
    });
  });
});
