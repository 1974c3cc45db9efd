// A real Collector and a real Loki, on free ports, with the project's own configuration files.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRepo } from '../../support/repo-root.ts';
import { buildStack, type Log } from '../build.ts';
import { Daemon, removeAtExit, withFreePorts } from './daemon.ts';
import { LokiClient } from './loki-client.ts';
import { type LokiOptions, type LokiProcess, startLoki } from './loki-process.ts';
import { readMetrics } from './prometheus-text.ts';

export interface CollectorTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Set: clients need a certificate of this CA. */
  readonly clientCaFile?: string;
}

export interface CollectorOptions {
  readonly tls?: CollectorTls;
  /** null: the Collector names no tenant to Loki. */
  readonly tenant?: string | null;
  /** Further variables of otel-collector.yaml. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further `--config` values, merged over otel-collector.yaml: a file, or `yaml:` and a setting. */
  readonly configs?: readonly string[];
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly grpcEndpoint: string;
  readonly httpEndpoint: string;
  /** Its own counters and gauges by name, summed over their series. */
  metrics(): Promise<Map<string, number>>;
  log(): string;
  /** After `stop`: again on the same ports, with what its queue holds. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Stack {
  readonly tenant: string;
  readonly lokiUrl: string;
  readonly grpcEndpoint: string;
  readonly httpEndpoint: string;
  readonly push: LokiClient['push'];
  readonly query: LokiClient['query'];
  readonly queryInstant: LokiClient['queryInstant'];
  readonly waitFor: LokiClient['waitFor'];
  readonly waitForSamples: LokiClient['waitForSamples'];
  /** The Collector behind the endpoints above. */
  readonly collector: Collector;
  /** To take Loki away and bring it back, with what it has stored. */
  readonly loki: Pick<Daemon, 'start' | 'stop' | 'log'> & Pick<LokiProcess, 'wipe' | 'flush' | 'metrics'>;
  /** One more Collector in front of the same Loki; `stop` of the stack stops it too. */
  startCollector(options?: CollectorOptions): Promise<Collector>;
  collectorMetrics(): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

export interface StackOptions extends CollectorOptions {
  /** Default: docker/loki.yaml. */
  readonly loki?: LokiOptions;
  readonly log?: Log;
}

const HOST = '127.0.0.1';

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const binaries = await buildStack(options.log);
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-stack-'));
  removeAtExit(folder);
  const tenant = 'tenant-of-tests';
  const running: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    // Collectors first: what they hold still has a Loki to go to.
    for (const end of running.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const loki = await startLoki(binaries.loki, folder, options.loki);
    running.push(() => loki.stop());
    const lokiUrl = loki.url;
    let count = 0;
    const startCollector = async (more: CollectorOptions = {}): Promise<Collector> => {
      const name = `collector-${++count}`;
      const target = { binary: binaries.collector, name, folder, lokiUrl };
      const collector = await startOneCollector(target, { tenant, ...more });
      running.push(() => collector.stop());
      return collector;
    };
    const collector = await startCollector(options);
    const client = new LokiClient(lokiUrl, tenant);
    return {
      tenant,
      lokiUrl,
      grpcEndpoint: collector.grpcEndpoint,
      httpEndpoint: collector.httpEndpoint,
      push: client.push.bind(client),
      query: client.query.bind(client),
      queryInstant: client.queryInstant.bind(client),
      waitFor: client.waitFor.bind(client),
      waitForSamples: client.waitForSamples.bind(client),
      collector,
      loki,
      startCollector,
      collectorMetrics: collector.metrics,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const NO_LOKI = 'http://127.0.0.1:9';

/** A Collector that has no Loki: it counts records, and drops them. Its metrics tell how many. */
export async function startLoneCollector(): Promise<Collector> {
  const { collector } = await buildStack();
  const configs = ['yaml:{service: {pipelines: {logs: {exporters: [debug]}}}, exporters: {debug: {}}}'];
  return startCollectorWith(collector, { configs, env: { COLLECTOR_MEMORY_LIMIT_MIB: '4096' } });
}

/** A Collector in front of a Loki that is not of a stack. */
export async function startCollectorFor(lokiUrl: string, options: CollectorOptions): Promise<Collector> {
  const { collector } = await buildStack();
  return startCollectorWith(collector, options, lokiUrl);
}

/** A Collector of this program; without Loki `configs` name another exporter. */
export function startCollectorWith(
  binary: string,
  options: CollectorOptions,
  lokiUrl: string = NO_LOKI,
): Promise<Collector> {
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-collector-'));
  removeAtExit(folder);
  return startOneCollector({ binary, name: 'collector', folder, lokiUrl }, options);
}

interface Target {
  readonly binary: string;
  readonly name: string;
  readonly folder: string;
  readonly lokiUrl: string;
}

function startOneCollector(target: Target, options: CollectorOptions): Promise<Collector> {
  const { binary, name, folder, lokiUrl } = target;
  const { tls, tenant, env = {}, configs = [] } = options;
  const queue = join(folder, name);
  mkdirSync(queue, { recursive: true });
  const files = [inRepo('otel-collector.yaml'), ...configs];
  return withFreePorts(4, async ([grpc, http, health, metrics]) => {
    const daemon = new Daemon({
      name: `${name}-${grpc}`,
      command: binary,
      args: files.map((file) => `--config=${file}`),
      env: {
        COLLECTOR_GRPC_ENDPOINT: `${HOST}:${grpc}`,
        COLLECTOR_HTTP_ENDPOINT: `${HOST}:${http}`,
        COLLECTOR_HEALTH_ENDPOINT: `${HOST}:${health}`,
        COLLECTOR_METRICS_HOST: HOST,
        COLLECTOR_METRICS_PORT: String(metrics),
        COLLECTOR_QUEUE_DIR: queue,
        LOKI_OTLP_ENDPOINT: `${lokiUrl}/otlp`,
        ...(tenant ? { LOKI_TENANT: tenant } : {}),
        ...(tls ? tlsVariables(tls) : {}),
        ...env,
      },
      folder,
      readyUrl: `http://${HOST}:${health}`,
    });
    await daemon.start();
    // A certificate is made out to a name.
    const base = tls ? 'https://localhost' : `http://${HOST}`;
    return {
      grpcEndpoint: `${base}:${grpc}`,
      httpEndpoint: `${base}:${http}`,
      metrics: () => readMetrics(`http://${HOST}:${metrics}/metrics`),
      log: () => daemon.log(),
      start: () => daemon.start(),
      stop: (signal) => daemon.stop(signal),
    };
  });
}

function tlsVariables(tls: CollectorTls): Record<string, string> {
  return {
    COLLECTOR_TLS_ENABLED: 'true',
    COLLECTOR_TLS_CERT_FILE: tls.certFile,
    COLLECTOR_TLS_KEY_FILE: tls.keyFile,
    ...(tls.clientCaFile ? { COLLECTOR_TLS_CLIENT_CA_FILE: tls.clientCaFile } : {}),
  };
}
