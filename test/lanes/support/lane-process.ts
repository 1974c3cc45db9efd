// The process of a lane: the application of its line, started in its way.
import type { TestOwner } from '../../support/owner.ts';
import type { TestReceiver } from '../../support/receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import type { Lane } from '../lane-table.ts';
import type { Application } from './application.ts';
import { bundle } from './bundle.ts';
import { nodeBinary } from './node-binary.ts';
import { PLUG_N_PLAY } from './package-managers.ts';
import { type SpanTree, spanTrees } from './spans.ts';
import { type Exchange, sendTraffic, TOGETHER } from './traffic.ts';

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
  const entry = await entryOf(lane, application);
  const loader = application.layout === 'yarn-pnp' ? PLUG_N_PLAY : [];
  const flags = [...loader, ...preloadsOf(lane, receiver !== undefined)];
  const byVariable = lane.preload === 'NODE_OPTIONS';
  const app = await spawnApp(owner, {
    node: await nodeBinary(lane.node),
    cwd: application.folder,
    args: [...(byVariable ? [] : flags), MAIN[lane.run] ?? entry],
    env: {
      ...environmentOf(lane),
      LANE_ENTRY: entry,
      ...(byVariable ? { NODE_OPTIONS: flags.join(' ') } : {}),
      ...(receiver === undefined ? {} : endpointOf(lane, receiver)),
    },
  });
  // Threads get no signals, so what a signal ends that nobody handles cannot deliver anything any more.
  const isCutOff = lane.run === 'in-worker' && lane.sigterm === 'default';
  return watch(app, async (exchanges) => {
    if (isCutOff) await receiver?.waitForExchanges(exchanges.length);
  });
}

/** The traffic, what is to be waited for after it, and the end by SIGTERM. */
export async function watch(
  app: App & { readonly port: number },
  beforeEnd: (exchanges: readonly Exchange[]) => Promise<void> = async () => undefined,
): Promise<Run> {
  const exchanges = await sendTraffic(app.port);
  // A span ends after its response is sent, and a signal that nobody handles lets nothing end.
  const sampled = exchanges.filter(({ span }) => span?.flags === 1).length;
  if (sampled > 0) await app.waitFor(times(sampled, 'served'));
  await beforeEnd(exchanges);
  const exit = await app.stop();
  return {
    exchanges,
    spans: spanTrees(app.stdout),
    stderr: app.stderr.replaceAll(/(?<=\(node:)\d+(?=\))/g, '<pid>'),
    exit,
  };
}

/** Matches so many lines with this text and nothing else. */
function times(count: number, text: string): RegExp {
  const others = `(?:(?!${text}$).*\n)*`;
  return new RegExp(`^${others}(?:${text}\n${others}){${count}}`, 'm');
}

/** What starts the application where its own file is not what is started. */
const MAIN: Readonly<Partial<Record<Lane['run'], string>>> = {
  cluster: 'cluster.cjs',
  'in-worker': 'in-worker.cjs',
  'beside-worker': 'beside-worker.cjs',
};

async function entryOf({ run, start, framework, modules }: Lane, application: Application): Promise<string> {
  const name = start === 'in-app' ? 'in-app' : framework;
  const file = `${name}.${modules === 'cjs' ? 'cjs' : 'mjs'}`;
  return run === 'bundled' ? bundle(application, file) : file;
}

function preloadsOf({ layout, preload, start, modules }: Lane, withPackage: boolean): string[] {
  const requires = modules === 'cjs' && layout !== 'yarn-pnp';
  const flag = preload === 'NODE_OPTIONS' ? (requires ? '--require' : '--import') : preload;
  // What is required comes before what is imported, so only what is required can be earlier than that.
  const sdk = modules === 'cjs' || (start === 'earlier' && flag === '--require') ? './sdk.cjs' : './sdk.mjs';
  return [
    ...(start === 'earlier' ? [flag, sdk] : []),
    ...(withPackage ? [flag, 'otel-access-log/register'] : []),
    ...(start === 'later' ? ['--import', sdk] : []),
  ];
}

function environmentOf(lane: Lane): Record<string, string> {
  const { line, run, start, framework, modules, sampler, sigterm } = lane;
  return {
    LANE_LINE: line,
    LANE_FRAMEWORK: framework,
    LANE_MODULES: modules,
    LANE_SIGTERM: sigterm,
    // Which requests meet in one of two processes nobody can tell.
    LANE_TOGETHER: String(run === 'cluster' ? 1 : TOGETHER),
    // Has an SDK say on standard error what it could not register.
    OTEL_LOG_LEVEL: 'warn',
    ...(start === 'none' ? { OTEL_SERVICE_NAME: 'from-environment' } : {}),
    ...(lane.spans === 'inside' ? { LANE_SPANS: 'inside' } : {}),
    ...(sampler === 'off' ? { OTEL_TRACES_SAMPLER: 'always_off' } : {}),
  };
}

function endpointOf({ protocol }: Lane, receiver: TestReceiver): Record<string, string> {
  if (protocol === 'grpc') return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint };
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
}
