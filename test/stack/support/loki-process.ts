// One process of the real Loki, with one of the configuration files in docker/.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inRepo } from '../../support/repo-root.ts';
import { Daemon, withFreePorts } from './daemon.ts';
import { readMetrics } from './prometheus-text.ts';

const HOST = '127.0.0.1';
/** It ends when what is in memory is in the store; after a failure it waits before it tries again. */
const STOP_TIMEOUT_MS = 60_000;

export interface LokiOptions {
  /** A file in docker/. Default `loki.yaml`. */
  readonly config?: string;
  /** Variables of that file beyond addresses and the folder, and what the storage's client reads. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments; they win over the file. */
  readonly args?: readonly string[];
}

export class LokiProcess {
  readonly url: string;
  readonly #daemon: Daemon;
  readonly #directory: string;

  constructor(binary: string, folder: string, ports: { http: number; grpc: number }, options: LokiOptions) {
    const { config = 'loki.yaml', env = {}, args = [] } = options;
    this.url = `http://${HOST}:${ports.http}`;
    this.#directory = join(folder, `loki-${ports.http}`);
    this.#daemon = new Daemon({
      name: `loki-${ports.http}`,
      command: binary,
      args: [`-config.file=${inRepo('docker', config)}`, '-config.expand-env=true', ...args],
      env: {
        LOKI_LISTEN_ADDRESS: HOST,
        LOKI_HTTP_PORT: String(ports.http),
        LOKI_GRPC_PORT: String(ports.grpc),
        LOKI_DIR: this.#directory,
        LOKI_RULES_DIR: join(folder, 'no-rules'),
        ...env,
      },
      folder,
      readyUrl: `${this.url}/ready`,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
  }

  get running(): boolean {
    return this.#daemon.running;
  }

  start(): Promise<void> {
    return this.#daemon.start();
  }

  stop(signal?: NodeJS.Signals): Promise<void> {
    return this.#daemon.stop(signal);
  }

  log(): string {
    return this.#daemon.log();
  }

  /** Removes all that it has on its disk. It must not run. */
  wipe(): void {
    assert.ok(!this.running, 'Loki has stopped');
    rmSync(this.#directory, { recursive: true });
  }

  /** Sends what is in memory to the store; the index follows when it ends. */
  async flush(): Promise<void> {
    const answer = await fetch(`${this.url}/flush`, { method: 'POST', signal: AbortSignal.timeout(30_000) });
    assert.equal(answer.status, 204, await answer.text());
  }

  metrics(): Promise<Map<string, number>> {
    return readMetrics(`${this.url}/metrics`);
  }
}

export function startLoki(binary: string, folder: string, options: LokiOptions = {}): Promise<LokiProcess> {
  return withFreePorts(2, async ([http = 0, grpc = 0]) => {
    const loki = new LokiProcess(binary, folder, { http, grpc }, options);
    await loki.start();
    return loki;
  });
}
