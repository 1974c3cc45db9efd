import { describeMachine, ownVersion, versionsOf } from '../support/machine.ts';
import { count, spread, table } from '../support/markdown.ts';
import { quartilesOf } from '../support/statistics.ts';
import { CONNECTIONS } from './load.ts';
import type { Measurement, Periods } from './measure.ts';
import type { Repetition } from './series.ts';
import type { Variant } from './variants.ts';

const PACKAGES = [
  'pino-http',
  'pino',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/exporter-logs-otlp-grpc',
  '@opentelemetry/sdk-node',
  '@opentelemetry/instrumentation-http',
  'autocannon',
];

type Ratio = readonly [own: string, ownBase: string, peer: string, peerBase: string];
const RATIOS: readonly Ratio[] = [
  ['ours', 'bare', 'pino', 'bare'],
  ['ours', 'bare', 'otel', 'bare'],
  ['sdk-ours', 'sdk', 'sdk-otel', 'sdk'],
];

/** The series as Markdown. */
export function reportSeries(
  variants: readonly Variant[],
  series: readonly Repetition[],
  periods: Periods,
  /** Where it ran, and how undisturbed. */
  place: string,
): string {
  const valuesOf = (id: string, value: (measurement: Measurement) => number): number[] =>
    series.map((repetition) => value(measurementOf(repetition, id)));
  const median = (id: string, value: (measurement: Measurement) => number): number =>
    quartilesOf(valuesOf(id, value)).median;
  /** Differences within the same repetition. */
  const difference = (id: string, against: string, value: (measurement: Measurement) => number) =>
    quartilesOf(
      series.map(
        (repetition) => value(measurementOf(repetition, id)) - value(measurementOf(repetition, against)),
      ),
    );

  const ratio = (ratioOf: Ratio, value: (measurement: Measurement) => number): string =>
    spread(
      quartilesOf(
        series.map((repetition) => {
          const [own, ownBase, peer, peerBase] = ratioOf.map((id) => value(measurementOf(repetition, id)));
          return ((own ?? 0) - (ownBase ?? 0)) / ((peer ?? 0) - (peerBase ?? 0));
        }),
      ),
      2,
    );
  const ratios = RATIOS.filter((ids) => ids.every((id) => variants.some((variant) => variant.id === id)));

  const costs = variants.map(({ id, title, against }) => [
    title,
    against === undefined ? '–' : titleOf(variants, against),
    against === undefined ? '–' : spread(difference(id, against, userMicros)),
    against === undefined ? '–' : spread(difference(id, against, totalMicros)),
    `${median(id, userMicros).toFixed(1)}, ${median(id, totalMicros).toFixed(1)}`,
    count(median(id, ({ requestsPerSecond }) => requestsPerSecond)),
    `${count(median(id, ({ utilisation }) => utilisation * 100))} %`,
  ]);
  const hasBare = variants.some(({ id }) => id === 'bare');
  const losses = variants.map((variant) => {
    const { id, title } = variant;
    const served = sum(valuesOf(id, (measurement) => measurement.served));
    const delivered = sum(valuesOf(id, (measurement) => measurement.delivered));
    return [
      title,
      count(served),
      variant.delivers === 'nothing' ? 'none, by design' : count(delivered),
      lossOf(variant, served, delivered, series.length),
      count(median(id, peakRssMib)),
      hasBare && id !== 'bare' ? spread(difference(id, 'bare', peakRssMib), 0) : '–',
    ];
  });

  return [
    '## CPU per request',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}, ${versionsOf(PACKAGES)}.`,
    `${series.length} repetitions, in each all variants in random order; ${periods.warmUp} s warm-up, ` +
      `${periods.measured} s measured; autocannon, ${CONNECTIONS} connections; ${place}.`,
    'CPU time of the whole server process, all threads. Differences are those within a repetition: median (quartiles).',
    'The receiver acknowledges at once.',
    '',
    table(
      [
        'variant',
        'against',
        'Δ user µs',
        'Δ user+system µs',
        'user, user+system µs',
        'requests/s',
        'core used',
      ],
      costs,
    ),
    '',
    ...(ratios.length === 0
      ? []
      : [
          'What it adds, divided by what the peer adds in the same repetition:',
          '',
          table(
            ['', 'user', 'user+system'],
            ratios.map((ids) => [
              `${titleOf(variants, ids[0])} / ${titleOf(variants, ids[2])}`,
              ratio(ids, userMicros),
              ratio(ids, totalMicros),
            ]),
          ),
          '',
        ]),
    '## Loss and memory',
    '',
    'Of the same runs, warm-up included: requests served, records that the receiver got, highest resident set size.',
    '',
    table(['variant', 'served', 'delivered', 'lost', 'RSS peak MiB', 'over bare'], losses),
  ].join('\n');
}

function lossOf({ delivers }: Variant, served: number, delivered: number, runs: number): string {
  if (delivers === 'nothing') return '–';
  if (delivers === 'one')
    return delivered === runs ? '0: one a run passes' : `${delivered - runs} more than one a run`;
  const lost = served - delivered;
  return lost === 0 ? '0' : `${count(lost)} (${((100 * lost) / served).toFixed(2)} %)`;
}

function measurementOf(repetition: Repetition, id: string): Measurement {
  const measurement = repetition.get(id);
  if (measurement === undefined) throw new Error(`Expected a measurement of ${id}, got none`);
  return measurement;
}

function titleOf(variants: readonly Variant[], wanted: string): string {
  return variants.find(({ id }) => id === wanted)?.title ?? wanted;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const userMicros = (measurement: Measurement): number => measurement.userMicros;
const totalMicros = (measurement: Measurement): number => measurement.totalMicros;
const peakRssMib = (measurement: Measurement): number => measurement.peakRssMib;
