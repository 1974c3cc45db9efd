import { CONNECTIONS } from '../macro/load.ts';
import { describeWarmUp } from '../macro/serve.ts';
import { FRAMEWORKS, type Framework } from '../processes/application.ts';
import { type Goal, reportGoals } from '../support/goals.ts';
import { describeMachine, ownVersion, versionsOf } from '../support/machine.ts';
import { spread, table } from '../support/markdown.ts';
import { quartilesOf } from '../support/statistics.ts';
import type { SlicedMeasurement, SlicePeriods } from './measure.ts';
import type { Sliced } from './subjects.ts';

const PACKAGES = ['pino-http', 'morgan', '@opentelemetry/sdk-logs', '@opentelemetry/sdk-node', 'autocannon'];
const TITLES: Readonly<Record<Framework, string>> = {
  http: '`node:http`',
  express: 'Express',
  fastify: 'Fastify',
  http2: '`node:http2`',
};

/** Measurements by the id of the subject. */
export type Slices = ReadonlyMap<string, SlicedMeasurement>;

/** As Markdown. */
export function reportSlices(
  subjects: readonly Sliced[],
  slices: Slices,
  periods: SlicePeriods,
  place: string,
): string {
  const tables = FRAMEWORKS.flatMap((framework) => {
    const own = subjects.filter(({ variant }) => variant.framework === framework);
    return own.length === 0 ? [] : ['', `### ${TITLES[framework]}`, '', costs(own, slices)];
  });
  return [
    '## What a log adds to a request, by slices of one process',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}, ${versionsOf(PACKAGES)}.`,
    `Each log is switched on and off in a running process: ${periods.pairs} pairs of slices (on off, off on, …) of ` +
      `${periods.measured} s, each ${periods.settling} s after the switch; ${describeWarmUp(periods.warmUp)}; ` +
      `autocannon, ${CONNECTIONS} connections; ${place}.`,
    'Microseconds of CPU time, user and system, of the whole process per request: median (quartiles) of the pairs.',
    'The request `plain` has two headers and a short query; `production` comes through two trusted proxies, with ' +
      '`traceparent`, thirteen headers and a credential in the query.',
    '',
    ...reportGoals(goals(slices)),
    ...tables,
  ].join('\n');
}

function costs(subjects: readonly Sliced[], slices: Slices): string {
  const plain = subjects.filter(({ kind }) => kind === 'plain');
  const rows = plain.map(({ id, variant }) => {
    const cells = [id, `${id} production`].map((key) => {
      const measurement = slices.get(key);
      return measurement === undefined ? '–' : spread(added(measurement));
    });
    return [variant.title, ...cells];
  });
  return table(['log', 'plain', 'production'], rows);
}

function added({ pairs }: SlicedMeasurement): ReturnType<typeof quartilesOf> {
  return quartilesOf(pairs.map(({ addedMicros }) => addedMicros));
}

function goals(slices: Slices): Goal[] {
  const median = (id: string): number => {
    const measurement = slices.get(id);
    return measurement === undefined ? Number.NaN : added(measurement).median;
  };
  const ratio = (what: string, own: string, other: string, most: number): Goal[] => {
    const reached = median(own) / median(other);
    if (Number.isNaN(reached)) return [];
    return [{ what, goal: `≤ ${most} ×`, reached: `${reached.toFixed(2)} ×`, isReached: reached <= most }];
  };
  return [
    ...ratio('production request, over what the plain one costs', 'ours production', 'ours', 1.4),
    ...ratio('production request, over what pino-http adds to it', 'ours production', 'pino production', 0.5),
    ...ratio('plain request, over what pino-http adds to it', 'ours', 'pino', 0.5),
  ];
}
