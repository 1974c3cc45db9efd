// examples/kubernetes and docker/operator, without a cluster: against the published schemas, and against each other.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse as parseScript } from 'acorn';
import { Ajv } from 'ajv';
import { validate as lintDockerfile } from 'dockerfile-utils';
import { parse } from 'yaml';
import { resolveOptions } from '../../src/options/resolve.ts';
import { parseRulesFile } from '../../src/options/rules/rules-file.ts';
import { buildStack } from '../stack/build.ts';
import { describeWithGo } from '../stack/support/suite.ts';
import { inRepo } from '../support/repo-root.ts';
import { containersOf, isWorkload, type Manifest, mebibytes, parseManifests } from './support/manifest.ts';
import { goModule, kustomize, missingTools, run, validateManifests } from './support/tools.ts';

const FOLDER = 'examples/kubernetes';
const KUSTOMIZED = ['application', 'collector', 'vault'];
/** The first one with what the manifests need (`preStop.sleep` by default, ValidatingAdmissionPolicy), and the newest. */
const VERSIONS: readonly string[] = JSON.parse(
  readFileSync(inRepo(FOLDER, 'tested.json'), 'utf8'),
).kubernetes;
const POLICY_CONTROLLER = {
  path: 'github.com/sigstore/policy-controller',
  version: 'v0.13.1',
  sum: 'h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8=',
};
const LOKI = { path: 'github.com/grafana/loki/v3', version: 'v3.7.8' };

const read = (...path: readonly string[]): string => readFileSync(inRepo(FOLDER, ...path), 'utf8');
const missing = missingTools();

describe('manifests', { skip: process.env.CI ? false : missing }, () => {
  const rendered = new Map<string, string>();
  let folder = '';
  let files: readonly string[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'otel-access-log-manifests-'));
    for (const name of KUSTOMIZED) rendered.set(name, kustomize(join(FOLDER, name)));
    files = [...rendered].map(([name, text]) => {
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, text);
      return file;
    });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const workloads = (): Manifest[] => [...rendered.values()].flatMap(parseManifests).filter(isWorkload);
  const find = (name: string, kind: string): Manifest =>
    parseManifests(rendered.get(name) ?? '').find((one) => one.kind === kind) ??
    assert.fail(`${kind} in ${name}`);

  for (const version of VERSIONS) {
    test(`the schemas of Kubernetes ${version} allow them`, () => {
      const { status, output } = validateManifests(
        [...files, inRepo(FOLDER, 'image-policy/digest.yaml')],
        version,
      );
      assert.deepEqual([status, output], [0, '']);
    });
  }

  test('the schemas find an unknown field and a wrong type', () => {
    const text = rendered.get('collector') ?? '';
    for (const [what, changed] of [
      ['unknown', text.replace('readinessProbe:', 'readynessProbe:')],
      ['type', text.replace('replicas: 2', 'replicas: two')],
    ] as const) {
      const file = join(folder, `${what}.yaml`);
      writeFileSync(file, changed);
      assert.notEqual(changed, text);
      assert.notEqual(validateManifests([file], VERSIONS[1] ?? '').status, 0, what);
    }
  });

  test('a container has a version or a digest, a policy, a limit, and no `envFrom`', () => {
    for (const container of workloads().flatMap(containersOf)) {
      assert.match(container.image, /^registry\.example\/[\w./-]+(?::\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})$/);
      assert.equal(container.imagePullPolicy, 'IfNotPresent');
      assert.equal(container.envFrom, undefined);
      assert.ok(mebibytes(container.resources.limits.memory) > 0);
      assert.deepEqual(container.volumeMounts?.filter(({ subPath }) => subPath !== undefined) ?? [], []);
    }
  });

  test('NODE_OPTIONS is a value, so that the Operator does not pass over the container', () => {
    const [shop] = containersOf(find('application', 'Deployment'));
    assert.ok(shop?.env?.find(({ name }) => name === 'NODE_OPTIONS')?.value);
  });

  test('a ConfigMap is immutable and named by its content, but the one that changes without a rollout', () => {
    const maps = ['application', 'collector'].flatMap((name) =>
      parseManifests(rendered.get(name) ?? '').filter(({ kind }) => kind === 'ConfigMap'),
    );
    const told = maps.map(({ metadata, immutable }) => [
      metadata.name.replace(/-[a-z0-9]{10}$/, '-<hash>'),
      immutable,
    ]);
    assert.deepEqual(told.toSorted(), [
      ['access-log-<hash>', true],
      ['access-log-rules', undefined],
      ['collector-agent-<hash>', true],
      ['collector-gateway-<hash>', true],
    ]);
    const names = new Set(maps.map(({ metadata }) => metadata.name));
    const used = workloads().flatMap(({ spec }) => [
      ...(spec.template.spec.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
      ...spec.template.spec.containers.flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []),
      ),
    ]);
    assert.deepEqual(new Set(used), names);
  });

  test('the grace period is longer than what has to happen in it', () => {
    const { spec } = find('application', 'Deployment').spec.template;
    const { shutdownTimeoutMs } = resolveOptions({}, {});
    const preStop = spec.containers[0]?.lifecycle?.preStop.sleep.seconds ?? assert.fail('preStop');
    const drain = 10;
    assert.equal(spec.terminationGracePeriodSeconds, preStop + drain + shutdownTimeoutMs / 1_000 + 2);
    for (const kind of ['DaemonSet', 'Deployment'])
      assert.equal(find('collector', kind).spec.template.spec.terminationGracePeriodSeconds, 60);
  });

  for (const [kind, name] of [
    ['DaemonSet', 'agent'],
    ['Deployment', 'gateway'],
  ] as const) {
    test(`memory of the ${name}: memory_limiter, then GOMEMLIMIT, then the container's limit`, () => {
      const { processors } = parse(read('collector', `${name}.yaml`));
      const container = find('collector', kind).spec.template.spec.containers[0] ?? assert.fail(kind);
      const go = mebibytes(container.env?.find((one) => one.name === 'GOMEMLIMIT')?.value ?? '');
      const limit = mebibytes(container.resources.limits.memory);
      assert.ok(processors.memory_limiter.limit_mib <= go * 0.9, name);
      assert.ok(go <= limit * 0.81, name);
    });
  }

  test('the service takes its files', () => {
    resolveOptions(parse(read('application', 'access-log.yaml')), {});
    parseRulesFile(Buffer.from(read('application', 'rules.yaml')), 'rules.yaml', true);
    const [shop] = containersOf(find('vault', 'Deployment'));
    for (const { name, value } of shop?.env ?? []) {
      if (name.startsWith('ACCESS_LOG_') && name !== 'ACCESS_LOG_CONFIG')
        resolveOptions({}, { [name]: value });
    }
  });
});

test('the policy for digests sees each kind of container, and those that are added to a running pod', () => {
  const policy = read('image-policy', 'digest.yaml');
  for (const part of [
    '.containers.',
    '.?initContainers.',
    '.?ephemeralContainers.',
    'pods/ephemeralcontainers',
  ])
    assert.ok(policy.includes(part), part);
});

describe('values of the Helm charts', () => {
  for (const name of ['agent', 'gateway'])
    test(`the ${name}'s Collector has the configuration of its manifest`, () => {
      const values = parse(read('helm', `${name}.yaml`));
      assert.deepEqual(values.alternateConfig, parse(read('collector', `${name}.yaml`)));
    });

  test('Loki has the limits of docker/loki.yaml', () => {
    const { limits_config: limits } = parse(readFileSync(inRepo('docker/loki.yaml'), 'utf8'));
    const { loki } = parse(read('helm', 'loki.yaml'));
    assert.deepEqual(loki.limits_config, { ...limits, retention_period: '744h' });
  });
});

describe('the image for the Operator', () => {
  const text = readFileSync(inRepo('docker/operator/Dockerfile'), 'utf8');

  test('a linter has nothing to say about its Dockerfile', () => {
    assert.deepEqual(
      lintDockerfile(text).map(({ message }) => message),
      [],
    );
  });

  test('what is copied is there, and .dockerignore lets it through', () => {
    const ignore = readFileSync(inRepo('docker/operator/Dockerfile.dockerignore'), 'utf8');
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    assert.deepEqual(copied.toSorted(), [...ignore.matchAll(/^!(.*)$/gm)].map(([, path]) => path).toSorted());
    for (const path of copied)
      assert.ok(readdirSync(inRepo(join(path, '..'))).includes(path.split('/').at(-1) ?? ''));
  });

  test('the shim is ES5, and knows the versions that package.json names', () => {
    const shim = readFileSync(inRepo('docker/operator/autoinstrumentation.js'), 'utf8');
    parseScript(shim, { ecmaVersion: 5 });
    const { engines } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));
    assert.equal(engines.node, '^20.19.0 || >=22.12.0');
    assert.match(shim, /major === 20 \? minor >= 19 : major === 22 \? minor >= 12 : major > 22/);
  });
});

describeWithGo('with the real Collector, and schemas that come as Go modules', () => {
  for (const name of ['agent', 'gateway'])
    test(`\`otelcol validate\` takes ${name}.yaml`, async () => {
      const { collector } = await buildStack();
      const config = inRepo(FOLDER, 'collector', `${name}.yaml`);
      const { status, output } = run(collector, ['validate', '--config', config], {
        env: { MY_POD_IP: '127.0.0.1' },
      });
      assert.deepEqual([status, output], [0, '']);
    });

  test('policy-controller takes the ClusterImagePolicy', () => {
    const { path, version, sum } = POLICY_CONTROLLER;
    const file = join(goModule(path, version, sum), 'config/300-clusterimagepolicy.yaml');
    const isValid = schemaOf(parse(readFileSync(file, 'utf8')), 'v1beta1');
    const policy = parse(read('image-policy', 'signature.yaml'));
    assert.deepEqual(isValid(policy), []);
    assert.notDeepEqual(isValid({ ...policy, spec: { ...policy.spec, images: [{ globb: 'x' }] } }), []);
  });

  test('the chart knows every value of helm/loki.yaml', () => {
    const sums = readFileSync(inRepo('test/stack/loki/go.sum'), 'utf8');
    const [, sum = ''] = new RegExp(`^${LOKI.path} ${LOKI.version} (\\S+)$`, 'm').exec(sums) ?? [];
    const chart = join(goModule(LOKI.path, LOKI.version, sum), 'production/helm/loki/values.yaml');
    const known = parse(readFileSync(chart, 'utf8'));
    const values = parse(read('helm', 'loki.yaml'));
    assert.deepEqual(unknownKeys(values, known), []);
    assert.deepEqual(unknownKeys({ singleBinary: { replica: 3 } }, known), ['singleBinary.replica']);
  });
});

// No registry has the schema of an Instrumentation: the folder with the Operator's CRDs is named by a variable.
const crds = process.env.OPERATOR_CRDS;
test('the Operator takes the Instrumentation', {
  skip: crds ? false : 'OPERATOR_CRDS names no folder',
}, () => {
  const file = join(crds ?? '', 'opentelemetry.io_instrumentations.yaml');
  const isValid = schemaOf(parse(readFileSync(file, 'utf8')), 'v1alpha1');
  const instrumentation = parse(read('operator', 'instrumentation.yaml'));
  assert.deepEqual(isValid(instrumentation), []);
  assert.notDeepEqual(isValid({ ...instrumentation, spec: { nodejs: { imagee: 'x' } } }), []);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** What is wrong with a resource, by the schema of its definition; fields that it does not know are mistakes. */
function schemaOf({ spec }: Definition, version: string): (resource: unknown) => string[] {
  const found = spec.versions.find(({ name }) => name === version) ?? assert.fail(version);
  const { properties } = found.schema.openAPIV3Schema;
  // Kubernetes knows these of every resource, whether the definition names them or not.
  const common = { apiVersion: {}, kind: {}, metadata: {} };
  const schema = strict({ type: 'object', properties: { ...properties, ...common } });
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  return (resource) => {
    validate(resource);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

function strict(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(items && { items: strict(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, strict(one)])),
      additionalProperties: false,
    }),
  };
}

/** The chart hands these on to Loki, whatever they are; the defaults are some of them. */
const HANDED_ON = ['loki.limits_config', 'loki.storage.bucketNames'];

/** Paths of values that the chart has no default for; below an empty default everything is allowed. */
function unknownKeys(values: unknown, known: unknown, path = ''): string[] {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(values) || !isObject(known) || Object.keys(known).length === 0) return [];
  return Object.entries(values).flatMap(([name, value]) => {
    if (HANDED_ON.includes(path + name)) return [];
    return name in known ? unknownKeys(value, known[name], `${path}${name}.`) : [path + name];
  });
}
