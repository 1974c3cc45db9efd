import type { Attributes } from '@opentelemetry/api';
import { firstSet } from '../environment.ts';
import { type ReadFile, readRegularFile } from '../file/read-file.ts';
import { containerId } from './container-id.ts';
import type { Detection, DetectorName } from './detection.ts';

/** What detectors look at. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly readFile: ReadFile;
  /** `service.instance.id`. */
  readonly instanceId: string;
}

/** Of files below `/etc` and `/var/run`, which hold one word. */
const MAX_WORD_BYTES = 512;

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * Attributes that Kubernetes tells a container in environment variables (downward API): the names of the Operator, those
 * of the semantic conventions in capitals, and, only within a pod, those that manifests usually give.
 */
const KUBERNETES: readonly (readonly [
  attribute: string,
  own: readonly string[],
  usual: readonly string[],
])[] = [
  ['k8s.pod.name', ['OTEL_RESOURCE_ATTRIBUTES_POD_NAME', 'K8S_POD_NAME'], ['POD_NAME']],
  ['k8s.pod.uid', ['OTEL_RESOURCE_ATTRIBUTES_POD_UID', 'K8S_POD_UID'], ['POD_UID']],
  ['k8s.node.name', ['OTEL_RESOURCE_ATTRIBUTES_NODE_NAME', 'K8S_NODE_NAME'], ['NODE_NAME']],
  ['k8s.namespace.name', ['K8S_NAMESPACE_NAME', 'K8S_NAMESPACE'], ['POD_NAMESPACE', 'NAMESPACE']],
  ['k8s.container.name', ['K8S_CONTAINER_NAME'], ['CONTAINER_NAME']],
  ['k8s.deployment.name', ['K8S_DEPLOYMENT_NAME'], []],
  ['k8s.cluster.name', ['K8S_CLUSTER_NAME'], []],
];

/**
 * What the detectors find, all of it at once: no child process, and only small files, most of them in `/proc`. The
 * detectors of the SDK start programs for `host.id` on macOS and Windows, and put the whole command line into the resource,
 * which may hold secrets.
 */
export function detectResource(
  { detectors, includes }: Detection,
  {
    env = process.env,
    readFile = readRegularFile,
    instanceId,
  }: Partial<Surroundings> & { instanceId: string },
): Attributes {
  const found: Attributes = {};
  for (const detector of detectors) Object.assign(found, DETECT[detector]({ env, readFile, instanceId }));
  return Object.fromEntries(
    Object.entries(found).filter(([name, value]) => value !== undefined && value !== '' && includes(name)),
  );
}

const DETECT: Readonly<Record<DetectorName, (surroundings: Surroundings) => Attributes>> = {
  env: detectKubernetes,
  host: detectHost,
  os: detectOs,
  process: detectProcess,
  serviceinstance: ({ instanceId }) => ({ 'service.instance.id': instanceId }),
  container: ({ readFile }) => attribute('container.id', containerId(readFile)),
};

function attribute(name: string, value: string | undefined): Attributes {
  return value === undefined ? {} : { [name]: value };
}

function detectKubernetes({ env, readFile }: Surroundings): Attributes {
  const isPod = firstSet(env, 'KUBERNETES_SERVICE_HOST') !== undefined;
  const found: Attributes = {};
  for (const [name, own, usual] of KUBERNETES) {
    const value = firstSet(env, ...own, ...(isPod ? usual : []))?.text;
    if (value !== undefined) found[name] = value;
  }
  if (isPod) found['k8s.namespace.name'] ??= word(readFile, NAMESPACE_FILE);
  return found;
}

function detectHost({ readFile }: Surroundings): Attributes {
  const { arch, hostname } = process.getBuiltinModule('node:os');
  // Elsewhere it takes a program to find out.
  const idFiles: Readonly<Record<string, readonly string[]>> = {
    linux: ['/etc/machine-id', '/var/lib/dbus/machine-id'],
    freebsd: ['/etc/hostid'],
  };
  const ids = (idFiles[process.platform] ?? []).map((path) => word(readFile, path));
  const architectures: Readonly<Record<string, string>> = { arm: 'arm32', ppc: 'ppc32', x64: 'amd64' };
  return {
    'host.name': hostname(),
    'host.arch': architectures[arch()] ?? arch(),
    ...attribute(
      'host.id',
      ids.find((id) => id !== undefined),
    ),
  };
}

function detectOs(): Attributes {
  const { platform, release } = process.getBuiltinModule('node:os');
  const types: Readonly<Record<string, string>> = { sunos: 'solaris', win32: 'windows' };
  return { 'os.type': types[platform()] ?? platform(), 'os.version': release() };
}

function detectProcess(): Attributes {
  return {
    'process.pid': process.pid,
    'process.executable.name': process.title,
    'process.executable.path': process.execPath,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'process.runtime.description': 'Node.js',
    ...attribute('process.command', process.argv[1]),
    ...attribute('process.owner', owner()),
  };
}

/** A user without an entry in the system's list has no name. */
function owner(): string | undefined {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    return undefined;
  }
}

/** The text of a small file; `undefined` where there is none. */
function word(readFile: ReadFile, path: string): string | undefined {
  try {
    const text = Buffer.from(readFile(path, MAX_WORD_BYTES)).toString('utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
