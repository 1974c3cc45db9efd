// A service with a spool that can be asked for its totals, and what Loki has of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { spoolDirectory } from '../../faults/support/kill-rounds.ts';
import { request } from '../../faults/support/requests.ts';
import { settledTotals, type Totals, totalsOf } from '../../faults/support/totals.ts';
import { ALL_ADMITTED } from '../../support/all-admitted.ts';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { spawnApp } from '../../support/spawn-app.ts';
import type { Collector, Stack } from './stack.ts';
import { LOKI_TOTAL, type Service } from './suite.ts';

/** Requests that are sent together. */
const GROUP = 64;
const PAUSE_MS = 50;

let services = 0;

/** @param given.protocol to the Collector, default gRPC */
export async function startAccountable(
  owner: TestOwner,
  { grpcEndpoint, httpEndpoint }: Pick<Collector, 'grpcEndpoint' | 'httpEndpoint'>,
  { protocol = 'grpc' }: { readonly protocol?: 'grpc' | 'http/protobuf' } = {},
): Promise<Service> {
  const name = `accountable-${process.pid}-${++services}`;
  const app = await spawnApp(owner, {
    args: ['--import', 'otel-access-log/register', inRepo('test/faults/fixtures/app.mjs')],
    env: {
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? grpcEndpoint : httpEndpoint,
      ...ALL_ADMITTED,
      ACCESS_LOG_SPOOL_DIR: await spoolDirectory(owner),
    },
  });
  return Object.assign(app, { name });
}

/**
 * Sends requests, each with a path of its own, until it is stopped.
 *
 * @param suffix of their paths
 * @param together requests in a group, 20 groups a second at most
 */
export function keepRequesting(
  port: number,
  suffix = '',
  together: number = GROUP,
): { /** @returns the paths of all requests */ stop(): Promise<readonly string[]> } {
  const sent: string[] = [];
  let goesOn = true;
  const traffic = (async (): Promise<void> => {
    for (; goesOn; await sleep(PAUSE_MS)) {
      const group = Array.from({ length: together }, (_, index) => `/${sent.length + index}${suffix}`);
      await request(port, group);
      sent.push(...group);
    }
  })();
  // Thrown in `stop`.
  traffic.catch(() => undefined);
  return {
    stop: async () => {
      goesOn = false;
      await traffic;
      return sent;
    },
  };
}

/** Totals of the service, from Loki, when nothing is pending. @param sent requests that it has served */
export function settledInLoki(stack: Stack, { name, port }: Service, sent: number): Promise<Totals> {
  return settledTotals(port, sent, async (served) => {
    const heartbeat = `{service_name="${name}"} | access_log_event="heartbeat" | access_log_total_served="${served}"`;
    const [line] = await stack.waitFor(heartbeat, ({ length }) => length > 0, { timeoutMs: 60_000 });
    return totalsOf(line?.metadata ?? {}, LOKI_TOTAL);
  });
}

/** Paths of the records that Loki has, each once. Waits until there are so many lines; there may be no more. */
export async function allPaths(stack: Stack, { name }: Service, count: number): Promise<ReadonlySet<string>> {
  // Of many thousands, whole records are more than the parts of Loki send each other in one message (4 MiB).
  const requests = `{service_name="${name}"} | access_log_outcome!="" | keep url_path | line_format ""`;
  const lines = await stack.waitFor(requests, ({ length }) => length >= count, { timeoutMs: 60_000 });
  if (lines.length > count) throw new Error(`${lines.length} lines in Loki for ${count} exchanges`);
  return new Set(lines.map(({ metadata }) => String(metadata.url_path)));
}
