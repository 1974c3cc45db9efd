import assert from 'node:assert/strict';
import { arch, hostname } from 'node:os';
import { describe, test } from 'node:test';
import { detectResources, hostDetector, osDetector, processDetector } from '@opentelemetry/resources';
import { detectResource } from '../../../src/options/resource/detect-resource.ts';
import { type DetectorName, readDetection } from '../../../src/options/resource/detection.ts';

const INSTANCE = { instanceId: '00000000-0000-4000-8000-000000000000' };
const ID = '0123456789abcdef'.repeat(4);

function noFile(path: string): never {
  throw new Error(path);
}

/** What `OTEL_NODE_RESOURCE_DETECTORS` makes of these surroundings. */
function detect(
  detectors: string | undefined,
  env: NodeJS.ProcessEnv = {},
  files: Record<string, string> = {},
) {
  const readFile = (path: string) => Buffer.from(files[path] ?? noFile(path));
  const detection = readDetection({ OTEL_NODE_RESOURCE_DETECTORS: detectors }, []);
  return detectResource(detection, { env, readFile, ...INSTANCE });
}

describe('resource detectors', () => {
  test('host, os and process find what those of the SDK find, but for the command line', async () => {
    const standard = detectResources({ detectors: [hostDetector, osDetector, processDetector] });
    await standard.waitForAsyncAttributes?.();
    const { 'process.command_args': _commandLine, ...expected } = standard.attributes;
    const detection = readDetection({ OTEL_NODE_RESOURCE_DETECTORS: 'process,os,host' }, []);
    const found = detectResource(detection, INSTANCE);
    // The SDK starts a program for it elsewhere.
    if (process.platform !== 'linux') delete expected['host.id'];
    assert.deepEqual(found, expected);
  });

  test('by default: what tells one place from another', () =>
    assert.deepEqual(
      detect(
        undefined,
        { K8S_POD_NAME: 'shop-1' },
        {
          '/proc/self/cgroup': `0::/kubepods/pod1/${ID}\n`,
          '/etc/machine-id': 'abc\n',
        },
      ),
      { 'host.name': hostname(), 'container.id': ID, 'k8s.pod.name': 'shop-1' },
    ));

  test('all', () => {
    const found = detect('all', {}, { '/etc/machine-id': 'abc\n' });
    assert.deepEqual(Object.keys(found).sort(), [
      'host.arch',
      ...(process.platform === 'linux' ? ['host.id'] : []),
      'host.name',
      'os.type',
      'os.version',
      'process.command',
      'process.executable.name',
      'process.executable.path',
      'process.owner',
      'process.pid',
      'process.runtime.description',
      'process.runtime.name',
      'process.runtime.version',
      'service.instance.id',
    ]);
    assert.equal(found['service.instance.id'], INSTANCE.instanceId);
    assert.equal(found['host.arch'], arch() === 'x64' ? 'amd64' : found['host.arch']);
  });

  test('none', () => assert.deepEqual(detect('none', { K8S_POD_NAME: 'shop-1' }), {}));

  const lists: readonly [text: string, names: readonly DetectorName[], warned: string | undefined][] = [
    ['env', ['env'], undefined],
    ['env, container ,gcp', ['env', 'container'], undefined],
    ['host,none', [], undefined],
    ['hots,os', ['os'], 'hots'],
  ];
  for (const [text, names, warned] of lists) {
    test(`OTEL_NODE_RESOURCE_DETECTORS=${text}`, () => {
      const warnings: string[] = [];
      const { detectors } = readDetection({ OTEL_NODE_RESOURCE_DETECTORS: text }, warnings);
      assert.deepEqual(detectors, names);
      const expected = 'all, none, env, host, os, process, serviceinstance, container';
      const warning = `OTEL_NODE_RESOURCE_DETECTORS: expected ${expected}, got "${warned}" (from the environment); it is ignored`;
      assert.deepEqual(warnings, warned === undefined ? [] : [warning]);
    });
  }
});

describe('what Kubernetes tells a container', () => {
  const NAMESPACE = { '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'shops\n' };
  const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const rows: readonly [what: string, env: NodeJS.ProcessEnv, found: object][] = [
    ['nothing outside of a pod', { POD_NAME: 'a', NAMESPACE: 'b', CONTAINER_NAME: 'c' }, {}],
    ['the namespace of the service account', POD, { 'k8s.namespace.name': 'shops' }],
    [
      'usual names within a pod',
      { ...POD, POD_NAME: 'a', POD_UID: 'u', NODE_NAME: 'n', POD_NAMESPACE: 's', CONTAINER_NAME: 'c' },
      {
        'k8s.pod.name': 'a',
        'k8s.pod.uid': 'u',
        'k8s.node.name': 'n',
        'k8s.namespace.name': 's',
        'k8s.container.name': 'c',
      },
    ],
    [
      'the names of the Operator first',
      { ...POD, OTEL_RESOURCE_ATTRIBUTES_POD_NAME: 'a', POD_NAME: 'b', K8S_NAMESPACE: 's' },
      { 'k8s.pod.name': 'a', 'k8s.namespace.name': 's' },
    ],
    [
      'names of the conventions',
      { K8S_CLUSTER_NAME: 'eu', K8S_DEPLOYMENT_NAME: 'shop' },
      { 'k8s.cluster.name': 'eu', 'k8s.deployment.name': 'shop' },
    ],
  ];
  for (const [what, env, found] of rows) {
    test(what, () => assert.deepEqual(detect('env', env, NAMESPACE), found));
  }
});

describe('the id of a container', () => {
  const MOUNT = '620 610 0:40 /var/lib';
  const rows: readonly [what: string, files: Record<string, string>, id: string | undefined][] = [
    ['Docker, version 1', { '/proc/self/cgroup': `12:cpu:/docker/${ID}\n11:mem:/docker/${ID}` }, ID],
    ['systemd', { '/proc/self/cgroup': `0::/system.slice/docker-${ID}.scope` }, ID],
    ['containerd', { '/proc/self/cgroup': `1:a:/kubepods.slice/b.slice/cri-containerd-${ID}.scope` }, ID],
    [
      'containerd 1.5',
      { '/proc/self/cgroup': `1:a:/system.slice/b.service/kubepods-c.slice:cri-containerd:${ID}` },
      ID,
    ],
    ['CRI-O', { '/proc/self/cgroup': `1:a:/kubepods.slice/crio-${ID}.scope` }, ID],
    [
      'Docker, version 2',
      {
        '/proc/self/cgroup': '0::/',
        '/proc/self/mountinfo': `${MOUNT}/docker/containers/${ID}/resolv.conf /etc/resolv.conf rw\n${MOUNT}/docker/containers/${ID}/hostname /etc/hostname rw`,
      },
      ID,
    ],
    [
      'a sandbox is another container',
      {
        '/proc/self/mountinfo': `${MOUNT}/containerd/io.containerd.grpc.v1.cri/sandboxes/${ID}/hostname /etc/hostname rw`,
      },
      undefined,
    ],
    ['none', { '/proc/self/cgroup': '0::/user.slice/session-1.scope' }, undefined],
    ['no such files', {}, undefined],
  ];
  for (const [what, files, id] of rows) {
    test(what, () =>
      assert.deepEqual(detect('container', {}, files), id === undefined ? {} : { 'container.id': id }),
    );
  }
});
