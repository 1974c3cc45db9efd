import { FRAMEWORKS, type Framework } from '../processes/application.ts';

/** One way to run the benchmarked service. */
export interface Variant {
  /** For `--only`: `ours`, `sdk-ours`, `express:sdk-ours`. */
  readonly id: string;
  readonly title: string;
  readonly framework: Framework;
  /** Id of the variant that it is compared with, in the same repetition. */
  readonly against?: string;
  /** Arguments of node before the script. */
  readonly nodeArgs: readonly string[];
  /** Module of a HandlerLog. */
  readonly log?: URL;
  readonly env: Readonly<Record<string, string>>;
  /** What a receiver should get of it: a record for each request, nothing, or only what a full bucket holds. */
  readonly delivers: 'all' | 'nothing' | 'one';
  /** Records for each request, where each has one. */
  readonly perRequest: number;
  /** Whether an SDK makes spans, of which some are exported. */
  readonly traces: boolean;
  /** Whether it is also run by `--quick`. */
  readonly isMain: boolean;
}

/** A way to log, whatever the framework. */
interface Log {
  readonly title: string;
  readonly module?: string;
  /** Of this package, as a preload. */
  readonly env?: Readonly<Record<string, string>>;
  readonly delivers: Variant['delivers'];
}

// Far beyond what one core serves: everything is to be delivered.
const ALL = { ACCESS_LOG_RATE: '1000000', ACCESS_LOG_BURST: '1000000' };

const LOGS = {
  bare: { title: 'bare', delivers: 'nothing' },
  pino: {
    title: 'pino-http to /dev/null, asynchronous',
    module: 'pino-http',
    delivers: 'nothing',
  },
  'pino-otlp': {
    title: 'pino-http + pino-opentelemetry-transport',
    module: 'pino-otlp',
    delivers: 'all',
  },
  morgan: { title: 'morgan (`combined`) to /dev/null', module: 'morgan', delivers: 'nothing' },
  winston: { title: 'winston (JSON) to /dev/null', module: 'winston', delivers: 'nothing' },
  otel: { title: 'plain OTel access log', module: 'plain-otel', delivers: 'all' },
  ours: { title: '**this package**', env: ALL, delivers: 'all' },
  official: {
    title: '**this package**, `ACCESS_LOG_PIPELINE=sdk`',
    env: { ...ALL, ACCESS_LOG_PIPELINE: 'sdk' },
    delivers: 'all',
  },
  context: {
    title: '**this package**, `ACCESS_LOG_TRACING=context`',
    env: { ...ALL, ACCESS_LOG_TRACING: 'context' },
    delivers: 'all',
  },
  suppressed: {
    title: '**this package**, all suppressed',
    env: { ACCESS_LOG_RATE: '0', ACCESS_LOG_BURST: '1' },
    delivers: 'one',
  },
} as const satisfies Readonly<Record<string, Log>>;

type LogId = keyof typeof LOGS;

/** What is measured: which logs on each framework, alone and beside an application's own SDK. */
const MATRIX: Readonly<
  Record<Framework, { readonly alone: readonly LogId[]; readonly sdk: readonly LogId[] }>
> = {
  http: {
    alone: [
      'bare',
      'pino',
      'pino-otlp',
      'morgan',
      'winston',
      'otel',
      'ours',
      'official',
      'context',
      'suppressed',
    ],
    sdk: ['bare', 'otel', 'ours', 'official', 'suppressed'],
  },
  express: {
    alone: ['bare', 'pino', 'pino-otlp', 'morgan', 'winston', 'otel', 'ours', 'suppressed'],
    sdk: ['bare', 'otel', 'ours', 'suppressed'],
  },
  fastify: {
    alone: ['bare', 'pino', 'pino-otlp', 'morgan', 'winston', 'otel', 'ours', 'suppressed'],
    sdk: ['bare', 'otel', 'ours', 'suppressed'],
  },
  http2: { alone: ['bare', 'otel', 'ours'], sdk: [] },
};

/** A first impression: these, on node:http. */
const MAIN: readonly LogId[] = ['bare', 'pino', 'otel', 'ours', 'suppressed'];
const MAIN_BESIDE_SDK: readonly LogId[] = ['bare', 'otel', 'ours'];

const BARE_TITLES = {
  http: 'bare node:http',
  express: 'bare Express',
  fastify: 'bare Fastify',
  http2: 'bare node:http2',
};
const SDK_TITLES = {
  http: 'NodeSDK + HttpInstrumentation',
  express: 'NodeSDK + Http- and ExpressInstrumentation',
  fastify: 'NodeSDK + HttpInstrumentation + @fastify/otel',
  // No instrumentation makes spans of it.
  http2: 'NodeSDK',
};
/** Fastify's own logger writes a line when the request comes and one when it is answered. */
const FASTIFY_TITLES: Readonly<Partial<Record<LogId, string>>> = {
  pino: "Fastify's logger (pino, 2 lines) to /dev/null, asynchronous",
  'pino-otlp': "Fastify's logger (pino, 2 lines) + pino-opentelemetry-transport",
};

const SDK_ENV = {
  OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.01',
  // Every 5 s by default: some measured periods would have an export in them and others none.
  OTEL_BSP_SCHEDULE_DELAY: '500',
};

function variant(framework: Framework, besideSdk: boolean, logId: LogId): Variant {
  const log: Log = LOGS[logId];
  const prefix = framework === 'http' ? '' : `${framework}:`;
  const isBare = logId === 'bare';
  const against = !isBare && besideSdk ? `${prefix}sdk` : `${prefix}bare`;
  const fastifyTitle = framework === 'fastify' ? FASTIFY_TITLES[logId] : undefined;
  const title = fastifyTitle ?? log.title;
  const ownTitle = isBare ? (besideSdk ? SDK_TITLES : BARE_TITLES)[framework] : title;
  return {
    id: prefix + (besideSdk ? (isBare ? 'sdk' : `sdk-${logId}`) : logId),
    title: besideSdk && !isBare ? `the same + ${ownTitle}` : ownTitle,
    framework,
    ...(isBare && !besideSdk ? {} : { against }),
    nodeArgs: [
      ...(besideSdk ? ['--import', new URL(`../processes/sdk/${framework}.js`, import.meta.url).href] : []),
      ...(log.env === undefined ? [] : ['--import', 'otel-access-log/register']),
    ],
    ...(log.module === undefined
      ? {}
      : { log: new URL(`../processes/logs/${log.module}.js`, import.meta.url) }),
    env: { ...(besideSdk ? SDK_ENV : {}), ...log.env },
    delivers: log.delivers,
    perRequest: fastifyTitle === undefined ? 1 : 2,
    traces: besideSdk,
    isMain: framework === 'http' && (besideSdk ? MAIN_BESIDE_SDK : MAIN).includes(logId),
  };
}

export const VARIANTS: readonly Variant[] = FRAMEWORKS.flatMap((framework) => [
  ...MATRIX[framework].alone.map((logId) => variant(framework, false, logId)),
  ...MATRIX[framework].sdk.map((logId) => variant(framework, true, logId)),
]);

/** @throws TypeError where there is none with that id */
export function variantOf(id: string): Variant {
  const found = VARIANTS.find((candidate) => candidate.id === id);
  if (found !== undefined) return found;
  const ids = VARIANTS.map((known) => known.id).join(', ');
  throw new TypeError(`Expected --only to name variants, got \`${id}\`; there are ${ids}`);
}

/** The named variants and those that they are compared with. @throws TypeError where there is none with such an id */
export function withBases(ids: readonly string[]): readonly Variant[] {
  const wanted = new Set<string>();
  const want = (id: string): void => {
    wanted.add(id);
    const { against } = variantOf(id);
    if (against !== undefined) want(against);
  };
  ids.forEach(want);
  return VARIANTS.filter(({ id }) => wanted.has(id));
}
