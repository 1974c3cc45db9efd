import { CONNECTIONS } from '../macro/load.ts';
import type { Periods } from '../macro/measure.ts';
import { describeWarmUp } from '../macro/serve.ts';
import { lossOf } from '../macro/tables.ts';
import { type Goal, reportGoals } from '../support/goals.ts';
import { describeMachine, ownVersion, versionsOf } from '../support/machine.ts';
import { count, spread, table } from '../support/markdown.ts';
import type { Paired } from '../support/paired.ts';
import { type PacedVariant, RATE, RECEIVER_DELAY_MS, type SlowMeasurement } from './measure.ts';

const PEERS = [
  'pino-http',
  'pino',
  'pino-opentelemetry-transport',
  '@opentelemetry/sdk-logs',
  '@opentelemetry/exporter-logs-otlp-grpc',
];

type Series = Paired<SlowMeasurement>;

/** The series before a slow receiver as Markdown. */
export function reportSlow(
  variants: readonly PacedVariant[],
  series: Series,
  periods: Pick<Periods, 'warmUp' | 'measured'>,
  place: string,
): string {
  return [
    `## Loss and event loop, ${RECEIVER_DELAY_MS} ms to the receiver`,
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}, ${versionsOf(PEERS)}.`,
    `${series.repetitions} repetitions, in each all rows in random order; ${describeWarmUp(periods.warmUp)}, ` +
      `${periods.measured} s measured; ${place}. A receiver of low priority that acknowledges after ${RECEIVER_DELAY_MS} ms. Real ` +
      `requests over ${CONNECTIONS} kept-alive connections, ${count(RATE)} a second as evenly as a timer of 1 ms ` +
      'goes, or as many as are answered; what was reached is what one core serves. Medians (quartiles).',
    'Lost: of all requests of all runs, warm-up and end of the process included. Event loop held: how much later than ' +
      'the millisecond that it was set to a timer got its turn (`monitorEventLoopDelay`).',
    '',
    ...reportGoals(goals(series)),
    table(
      [
        'variant',
        'offered/s',
        'reached/s',
        'served',
        'delivered',
        'lost',
        'user, user+system µs/request',
        'core used',
        'loop held: 99.9 % ms',
        'longest ms',
        'RSS peak MiB',
      ],
      variants.map((paced) => row(paced, series)),
    ),
  ].join('\n');
}

function row({ id, variant, rate }: PacedVariant, series: Series): string[] {
  const served = series.sum(id, (measurement) => measurement.served);
  const delivered = series.sum(id, (measurement) => measurement.delivered);
  const user = series.median(id, ({ userMicros }) => userMicros);
  const total = series.median(id, ({ totalMicros }) => totalMicros);
  return [
    variant.title,
    Number.isFinite(rate) ? count(rate) : 'all it takes',
    count(series.median(id, ({ requestsPerSecond }) => requestsPerSecond)),
    count(served),
    variant.delivers === 'nothing' ? 'none, by design' : count(delivered),
    lossOf(variant, served, delivered, series.repetitions),
    `${user.toFixed(1)}, ${total.toFixed(1)}`,
    `${count(series.median(id, ({ utilisation }) => utilisation * 100))} %`,
    spread(
      series.quartiles(id, ({ p999Ms }) => p999Ms),
      1,
    ),
    spread(
      series.quartiles(id, ({ longestMs }) => longestMs),
      1,
    ),
    count(series.median(id, ({ peakRssMib }) => peakRssMib)),
  ];
}

/** 19,900 of 20,000 is the rate: timers drift. */
const NEARLY = 0.995;

function goals(series: Series): readonly Goal[] {
  if (!series.has('ours')) return [];
  const rate = series.median('ours', ({ requestsPerSecond }) => requestsPerSecond);
  const lost = series.sum('ours', ({ served }) => served) - series.sum('ours', ({ delivered }) => delivered);
  const found: Goal[] = [
    {
      what: `records/s without loss at ${RECEIVER_DELAY_MS} ms to the receiver`,
      goal: `≥ ${count(RATE)}`,
      reached: `${count(rate)}, ${count(lost)} lost`,
      isReached: rate >= RATE * NEARLY && lost === 0,
    },
  ];
  if (series.has('bare')) {
    const { median } = series.difference('ours', 'bare', ({ longestMs }) => longestMs);
    found.push({
      what: `longest hold of the event loop at ${count(RATE)} records/s, over bare`,
      goal: '≤ 2 ms',
      reached: `${median.toFixed(1)} ms`,
      isReached: median <= 2,
    });
  }
  return found;
}
