import { reportGoals } from '../support/goals.ts';
import { describeMachine, ownVersion, versionsOf } from '../support/machine.ts';
import type { Paired } from '../support/paired.ts';
import { CONNECTIONS } from './load.ts';
import type { Measurement, Periods } from './measure.ts';
import { describeWarmUp } from './serve.ts';
import { costGoals, costsTable, lossesTable, memoryTable, ratiosTable } from './tables.ts';
import type { Variant } from './variants.ts';

const PEERS = [
  'pino-http',
  'pino',
  'pino-opentelemetry-transport',
  'morgan',
  'winston',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/exporter-logs-otlp-grpc',
  '@opentelemetry/sdk-node',
  '@opentelemetry/instrumentation-http',
  'autocannon',
];
const FRAMEWORK_PEERS = ['express', 'fastify', '@opentelemetry/instrumentation-express', '@fastify/otel'];
const FRAMEWORK_TITLES = {
  express: 'Express',
  fastify: 'Fastify',
  http2: '`node:http2`, without TLS',
} as const;

/** Where and how a series ran. */
export interface Circumstances {
  readonly periods: Periods;
  /** On which cores, and how undisturbed. */
  readonly place: string;
}

/** The series on node:http as Markdown. */
export function reportCpu(
  variants: readonly Variant[],
  series: Paired<Measurement>,
  circumstances: Circumstances,
): string {
  return [
    '## CPU per request',
    '',
    ...describeSeries(PEERS, series, circumstances),
    '',
    ...reportGoals(costGoals(series)),
    costsTable(variants, series),
    '',
    ...ratiosTable(variants, series),
    '## Loss',
    '',
    'Of the same runs, warm-up included: requests served, and records that the receiver got.',
    '',
    lossesTable(variants, series),
    '',
    '## Memory and garbage',
    '',
    'Of the same runs: highest resident set size of the process, and what of it the young generation of V8 has, which ' +
      'grows with load and time whatever the variant, and sooner where more outlives a collection; and of the main ' +
      'thread’s heap, what is in use after a full collection under load, what is allocated for each request, and how ' +
      'long it is stopped for collections. ' +
      `Allocations and pauses are those of ${circumstances.periods.heap} s after the CPU time was taken, as V8 tells ` +
      'them (`v8.GCProfiler`); buffers lie outside of the heap, and so do other threads.',
    '',
    memoryTable(variants, series),
  ].join('\n');
}

/** The series on frameworks as Markdown. */
export function reportFrameworks(
  variants: readonly Variant[],
  series: Paired<Measurement>,
  circumstances: Circumstances,
): string {
  const parts = (['express', 'fastify', 'http2'] as const).flatMap((framework) => {
    const own = variants.filter((variant) => variant.framework === framework);
    if (own.length === 0) return [];
    const title = `### ${FRAMEWORK_TITLES[framework]}`;
    return [
      '',
      title,
      '',
      costsTable(own, series),
      '',
      ...ratiosTable(own, series),
      lossesTable(own, series),
    ];
  });
  return [
    '## CPU per request, with a framework and over HTTP/2',
    '',
    ...describeSeries([...FRAMEWORK_PEERS, ...PEERS], series, circumstances),
    ...parts,
  ].join('\n');
}

function describeSeries(
  packages: readonly string[],
  series: Paired<Measurement>,
  { periods, place }: Circumstances,
): string[] {
  return [
    `${describeMachine()}; otel-access-log ${ownVersion()}, ${versionsOf(packages)}.`,
    `${series.repetitions} repetitions, in each all variants in random order; ${describeWarmUp(periods.warmUp)}, ` +
      `${periods.measured} s measured; autocannon, ${CONNECTIONS} connections (over HTTP/2 as many streams of node:http2); ${place}.`,
    'CPU time of the whole server process, all threads. Differences are those within a repetition: median (quartiles).',
    'The receiver acknowledges at once.',
  ];
}
