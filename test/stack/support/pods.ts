// Collectors with exactly the configuration that examples/kubernetes gives to its pods, each at an address of its own
// with the ports that it has in a cluster. What differs: the name server, the address of Loki, the folder of the queue.
import { randomInt } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { buildStack } from '../build.ts';
import { Daemon, removeAtExit } from './daemon.ts';
import { readMetrics } from './prometheus-text.ts';
import type { Stack } from './stack.ts';

export interface Pod {
  readonly address: string;
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly grpcEndpoint: string;
  readonly httpEndpoint: string;
  /** One of its own metrics, without `otelcol_`; 0 before it is first counted. */
  metric(name: string): Promise<number>;
  log(): string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const CONFIGS = 'examples/kubernetes/collector';
const SERVICE = 'collector-gateway.observability.svc.cluster.local.';

/** An address of the loopback network that no other program listens on, most likely. */
function podAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

/** A Collector from `gateway.yaml` whose Loki is that one; not started yet. */
export function gatewayPod(owner: TestOwner, lokiUrl: string): Promise<Pod> {
  return pod(owner, 'gateway', [`exporters::otlp_http/loki::endpoint: ${lokiUrl}/otlp`]);
}

/** A Collector from `agent.yaml`, which finds its gateways by that name server; not started yet. */
export function agentPod(owner: TestOwner, authority: string): Promise<Pod> {
  const queue = mkdtempSync(join(tmpdir(), 'otel-access-log-agent-'));
  removeAtExit(queue);
  return pod(owner, 'agent', [
    `exporters::otlp_grpc/gateway::endpoint: dns://${authority}/${SERVICE}:4317`,
    `extensions::file_storage::directory: ${queue}`,
    `extensions::file_storage::compaction::directory: ${queue}`,
  ]);
}

async function pod(owner: TestOwner, name: string, changed: readonly string[]): Promise<Pod> {
  const { collector } = await buildStack();
  const folder = mkdtempSync(join(tmpdir(), `otel-access-log-${name}-`));
  removeAtExit(folder);
  const address = podAddress();
  const configs = [inRepo(CONFIGS, `${name}.yaml`), ...changed.map((one) => `yaml:${one}`)];
  const daemon = new Daemon({
    name,
    command: collector,
    args: configs.map((config) => `--config=${config}`),
    env: { MY_POD_IP: address },
    folder,
    readyUrl: `http://${address}:13133`,
  });
  owner.after(() => daemon.stop());
  return {
    address,
    grpcEndpoint: `http://${address}:4317`,
    httpEndpoint: `http://${address}:4318`,
    metric: async (metric) =>
      (await readMetrics(`http://${address}:8888/metrics`)).get(`otelcol_${metric}`) ?? 0,
    log: () => daemon.log(),
    start: () => daemon.start(),
    stop: (signal) => daemon.stop(signal),
  };
}

/** Lines that Loki has taken from gateways and others since it started, those that it drops as duplicates too. */
export async function linesReceived({ lokiUrl }: Pick<Stack, 'lokiUrl'>): Promise<number> {
  return (await readMetrics(`${lokiUrl}/metrics`)).get('loki_distributor_lines_received_total') ?? 0;
}
