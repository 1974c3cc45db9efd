// The process of a lane: the application of its line, started in its way.
import type { TestOwner } from '../support/owner.ts';
import type { TestReceiver } from '../support/receiver.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';
import type { Application } from './application.ts';
import type { Lane } from './lane-table.ts';
import { nodeBinary } from './node-binary.ts';
import { type SpanTree, spanTrees } from './spans.ts';
import { type Exchange, sendTraffic } from './traffic.ts';

/** What can be seen of a process from outside, from its start to its end. */
export interface Run {
  readonly exchanges: readonly Exchange[];
  readonly spans: readonly SpanTree[];
  /** Process ids are masked. */
  readonly stderr: string;
  readonly exit: Awaited<App['exited']>;
}

/** Starts the application, sends the traffic, ends it by SIGTERM. Without `receiver` it is without our package too. */
export async function runLane(
  owner: TestOwner,
  lane: Lane,
  application: Application,
  receiver?: TestReceiver,
): Promise<Run> {
  const preloads = preloadsOf(lane, receiver !== undefined);
  const byVariable = lane.preload === 'NODE_OPTIONS';
  const app = await spawnApp(owner, {
    node: await nodeBinary(lane.node),
    cwd: application.folder,
    args: [...(byVariable ? [] : preloads), entryOf(lane)],
    env: {
      ...environmentOf(lane),
      ...(byVariable ? { NODE_OPTIONS: preloads.join(' ') } : {}),
      ...(receiver === undefined ? {} : endpointOf(lane, receiver)),
    },
  });
  return watch(app);
}

/** The traffic, and the end by SIGTERM. */
export async function watch(app: App & { readonly port: number }): Promise<Run> {
  const exchanges = await sendTraffic(app.port);
  // A span ends after its response is sent, and a signal that nobody handles lets nothing end.
  const sampled = exchanges.filter(({ span }) => span?.flags === 1).length;
  if (sampled > 0) await app.waitFor(new RegExp(`^served ${sampled}$`, 'm'));
  const exit = await app.stop();
  return {
    exchanges,
    spans: spanTrees(app.stdout),
    stderr: app.stderr.replaceAll(String(app.child.pid), '<pid>'),
    exit,
  };
}

function preloadsOf(lane: Lane, withPackage: boolean): string[] {
  const { preload, start, modules } = lane;
  const flag = preload === 'NODE_OPTIONS' ? (modules === 'cjs' ? '--require' : '--import') : preload;
  // What is required comes before what is imported, so only what is required can be earlier than that.
  const sdk = modules === 'cjs' || (start === 'earlier' && flag === '--require') ? './sdk.cjs' : './sdk.mjs';
  return [
    ...(start === 'earlier' ? [flag, sdk] : []),
    ...(withPackage ? [flag, 'otel-access-log/register'] : []),
    ...(start === 'later' ? ['--import', sdk] : []),
  ];
}

function entryOf({ start, framework, modules }: Lane): string {
  return `${start === 'in-app' ? 'in-app' : framework}.${modules === 'cjs' ? 'cjs' : 'mjs'}`;
}

function environmentOf({ line, start, framework, modules, sampler, sigterm }: Lane): Record<string, string> {
  return {
    LANE_LINE: line,
    LANE_FRAMEWORK: framework,
    LANE_MODULES: modules,
    LANE_SIGTERM: sigterm,
    // Has an SDK say on standard error what it could not register.
    OTEL_LOG_LEVEL: 'warn',
    ...(start === 'none' ? { OTEL_SERVICE_NAME: 'from-environment' } : {}),
    ...(sampler === 'off' ? { OTEL_TRACES_SAMPLER: 'always_off' } : {}),
  };
}

function endpointOf({ protocol }: Lane, receiver: TestReceiver): Record<string, string> {
  if (protocol === 'grpc') return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint };
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
}
