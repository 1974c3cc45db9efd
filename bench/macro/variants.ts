/** One way to run the benchmarked service. */
export interface Variant {
  /** For `--only`. */
  readonly id: string;
  readonly title: string;
  /** Id of the variant that it is compared with, in the same repetition. */
  readonly against?: string;
  /** Arguments of node before the script. */
  readonly nodeArgs: readonly string[];
  /** Module of a HandlerLog. */
  readonly log?: URL;
  readonly env: Readonly<Record<string, string>>;
  /** What a receiver should get of it: a record for each request, nothing, or only what a full bucket holds. */
  readonly delivers: 'all' | 'nothing' | 'one';
  /** Whether an SDK makes spans, of which some are exported. */
  readonly traces: boolean;
}

const NODE_SDK = new URL('../processes/node-sdk.js', import.meta.url).href;
const PINO_HTTP = new URL('../processes/pino-http-log.js', import.meta.url);
const PLAIN_OTEL = new URL('../processes/plain-otel-log.js', import.meta.url);

const SDK = {
  nodeArgs: ['--import', NODE_SDK],
  traces: true,
  env: {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
    // Every 5 s by default: some measured periods would have an export in them and others none.
    OTEL_BSP_SCHEDULE_DELAY: '500',
  },
};
const OURS = {
  nodeArgs: ['--import', 'otel-access-log/register'],
  traces: false,
  // Far beyond what one core serves: everything is to be delivered.
  env: { ACCESS_LOG_RATE: '1000000', ACCESS_LOG_BURST: '1000000' },
};
const OURS_SUPPRESSED = { ...OURS, env: { ACCESS_LOG_RATE: '0', ACCESS_LOG_BURST: '1' } };

/** Both preloads, the SDK first. */
function onSdk(ours: typeof OURS | typeof OURS_SUPPRESSED): typeof SDK {
  return { ...SDK, nodeArgs: [...SDK.nodeArgs, ...ours.nodeArgs], env: { ...SDK.env, ...ours.env } };
}

const PLAIN = { nodeArgs: [], env: {}, traces: false };

export const VARIANTS: readonly Variant[] = [
  { id: 'bare', title: 'bare node:http', ...PLAIN, delivers: 'nothing' },
  {
    id: 'pino',
    title: 'pino-http to /dev/null, asynchronous',
    against: 'bare',
    ...PLAIN,
    log: PINO_HTTP,
    delivers: 'nothing',
  },
  {
    id: 'otel',
    title: 'plain OTel access log',
    against: 'bare',
    ...PLAIN,
    log: PLAIN_OTEL,
    delivers: 'all',
  },
  { id: 'ours', title: '**this package**', against: 'bare', ...OURS, delivers: 'all' },
  {
    id: 'suppressed',
    title: '**this package**, all suppressed',
    against: 'bare',
    ...OURS_SUPPRESSED,
    delivers: 'one',
  },
  { id: 'sdk', title: 'NodeSDK + HttpInstrumentation', against: 'bare', ...SDK, delivers: 'nothing' },
  {
    id: 'sdk-otel',
    title: 'the same + plain OTel access log',
    against: 'sdk',
    ...SDK,
    log: PLAIN_OTEL,
    delivers: 'all',
  },
  {
    id: 'sdk-ours',
    title: 'the same + **this package**',
    against: 'sdk',
    ...onSdk(OURS),
    delivers: 'all',
  },
  {
    id: 'sdk-suppressed',
    title: 'the same + **this package**, all suppressed',
    against: 'sdk',
    ...onSdk(OURS_SUPPRESSED),
    delivers: 'one',
  },
];

/** The named variants and those that they are compared with; all where none is named. @throws TypeError */
export function chooseVariants(ids: readonly string[]): readonly Variant[] {
  if (ids.length === 0) return VARIANTS;
  const wanted = new Set<string>();
  const want = (id: string): void => {
    const variant = VARIANTS.find((candidate) => candidate.id === id);
    if (variant === undefined) {
      throw new TypeError(
        `Expected --only to name variants, got \`${id}\`; there are ${VARIANTS.map((known) => known.id).join(', ')}`,
      );
    }
    wanted.add(id);
    if (variant.against !== undefined) want(variant.against);
  };
  ids.forEach(want);
  return VARIANTS.filter(({ id }) => wanted.has(id));
}
