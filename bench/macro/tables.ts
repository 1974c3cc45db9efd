import type { Goal } from '../support/goals.ts';
import { count, spread, table } from '../support/markdown.ts';
import type { Paired, Ratio } from '../support/paired.ts';
import type { Measurement } from './measure.ts';
import type { Variant } from './variants.ts';

const RATIOS: readonly Ratio[] = [
  ['ours', 'bare', 'pino', 'bare'],
  ['ours', 'bare', 'pino-otlp', 'bare'],
  ['ours', 'bare', 'otel', 'bare'],
  ['ours', 'bare', 'official', 'bare'],
  ['sdk-ours', 'sdk', 'sdk-otel', 'sdk'],
];

type Series = Paired<Measurement>;
type Value = (measurement: Measurement) => number;

const userMicros: Value = (measurement) => measurement.userMicros;
const totalMicros: Value = (measurement) => measurement.totalMicros;
const peakRssMib: Value = (measurement) => measurement.peakRssMib;
const youngMib: Value = (measurement) => measurement.youngMib;
const liveHeapMib: Value = (measurement) => measurement.liveHeapMib;
const allocatedKib: Value = (measurement) => measurement.allocatedBytes / 1024;
const gcMicros: Value = (measurement) => measurement.gcMicros;

/** What each variant costs per request. */
export function costsTable(variants: readonly Variant[], series: Series): string {
  return table(
    [
      'variant',
      'against',
      'Δ user µs',
      'Δ user+system µs',
      'user, user+system µs',
      'requests/s',
      'core used',
    ],
    variants.map(({ id, title, against }) => [
      title,
      against === undefined ? '–' : titleOf(variants, against),
      against === undefined ? '–' : spread(series.difference(id, against, userMicros)),
      against === undefined ? '–' : spread(series.difference(id, against, totalMicros)),
      `${series.median(id, userMicros).toFixed(1)}, ${series.median(id, totalMicros).toFixed(1)}`,
      count(series.median(id, ({ requestsPerSecond }) => requestsPerSecond)),
      `${count(series.median(id, ({ utilisation }) => utilisation * 100))} %`,
    ]),
  );
}

/** What this package adds beside what a peer adds; nothing where no such pair was measured. */
export function ratiosTable(variants: readonly Variant[], series: Series): string[] {
  const prefix = variants[0]?.framework === 'http' ? '' : `${variants[0]?.framework}:`;
  const ratios = RATIOS.map(([own, ownBase, peer, peerBase]): Ratio => {
    return [prefix + own, prefix + ownBase, prefix + peer, prefix + peerBase];
  }).filter((ids) => ids.every((id) => series.has(id)));
  if (ratios.length === 0) return [];
  const rows = ratios.map((ratio) => [
    `${titleOf(variants, ratio[0])} / ${titleOf(variants, ratio[2])}`,
    spread(series.ratio(ratio, userMicros), 2),
    spread(series.ratio(ratio, totalMicros), 2),
  ]);
  return [
    'What it adds, divided by what the peer adds in the same repetition:',
    '',
    table(['', 'user', 'user+system'], rows),
    '',
  ];
}

/** Records that arrived of the requests that were served. */
export function lossesTable(variants: readonly Variant[], series: Series): string {
  return table(
    ['variant', 'served', 'delivered', 'lost'],
    variants.map((variant) => {
      const served = series.sum(variant.id, (measurement) => measurement.served);
      const delivered = series.sum(variant.id, (measurement) => measurement.delivered);
      return [
        variant.title,
        count(served),
        variant.delivers === 'nothing' ? 'none, by design' : count(delivered),
        lossOf(variant, served, delivered, series.repetitions),
      ];
    }),
  );
}

/** How many records were lost of those that were to be delivered. */
export function lossOf(variant: Variant, served: number, delivered: number, runs: number): string {
  if (variant.delivers === 'nothing') return '–';
  if (variant.delivers === 'one')
    return delivered === runs ? '0: one a run passes' : `${delivered - runs} more than one a run`;
  const expected = served * variant.perRequest;
  const lost = expected - delivered;
  return lost === 0 ? '0' : `${count(lost)} (${((100 * lost) / expected).toFixed(2)} %)`;
}

/** Memory of the process, and what its main thread allocates. */
export function memoryTable(variants: readonly Variant[], series: Series): string {
  const hasBare = series.has('bare');
  return table(
    [
      'variant',
      'RSS peak MiB',
      'over bare',
      'of it young generation MiB',
      'over bare',
      'heap in use MiB',
      'over bare',
      'KiB allocated/request',
      'over bare',
      'GC µs/request',
      'over bare',
    ],
    variants.map(({ id, title }) => {
      const both = (value: Value, digits: number): string[] => [
        series.median(id, value).toFixed(digits),
        hasBare && id !== 'bare' ? spread(series.difference(id, 'bare', value), digits) : '–',
      ];
      return [
        title,
        ...both(peakRssMib, 0),
        ...both(youngMib, 0),
        ...both(liveHeapMib, 1),
        ...both(allocatedKib, 2),
        ...both(gcMicros, 2),
      ];
    }),
  );
}

/** The goals of the design for CPU and memory, as far as their variants were measured. */
export function costGoals(series: Series): readonly Goal[] {
  const goals: Goal[] = [];
  const most = (
    what: string,
    limit: number,
    ids: readonly string[],
    value: () => number,
    text: string,
  ): void => {
    if (!ids.every((id) => series.has(id))) return;
    const measured = value();
    goals.push({
      what,
      goal: `≤ ${text.replace('#', String(limit))}`,
      reached: text.replace('#', measured.toFixed(measured < 10 ? 2 : 0)),
      isReached: measured <= limit,
    });
  };
  most(
    'CPU per request, user+system, recorded and delivered, on bare node:http',
    4,
    ['ours', 'bare'],
    () => series.difference('ours', 'bare', totalMicros).median,
    '# µs',
  );
  most(
    'the same beside pino-http',
    0.5,
    ['ours', 'bare', 'pino'],
    () => series.ratio(['ours', 'bare', 'pino', 'bare'], totalMicros).median,
    '# ×',
  );
  most(
    'the same on top of HttpInstrumentation, beside the plain OTel access log',
    0.25,
    ['sdk-ours', 'sdk', 'sdk-otel'],
    () => series.ratio(['sdk-ours', 'sdk', 'sdk-otel', 'sdk'], totalMicros).median,
    '# ×',
  );
  most(
    'active trace context without an SDK, user+system (the goal is for Node 24)',
    1.5,
    ['context', 'ours'],
    () => series.difference('context', 'ours', totalMicros).median,
    '# µs',
  );
  most(
    'memory over bare, RSS peak',
    40,
    ['ours', 'bare'],
    () => series.difference('ours', 'bare', peakRssMib).median,
    '# MiB',
  );
  return goals;
}

export function titleOf(variants: readonly Variant[], wanted: string): string {
  return variants.find(({ id }) => id === wanted)?.title ?? wanted;
}
