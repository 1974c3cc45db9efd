import { lostInWords } from '../../test/faults/support/service.ts';
import { CONNECTIONS } from '../macro/load.ts';
import { describeWarmUp } from '../macro/serve.ts';
import type { LoopHold } from '../processes/protocol.ts';
import type { SlicedMeasurement, SlicePeriods } from '../slices/measure.ts';
import { type Goal, reportGoals } from '../support/goals.ts';
import { describeMachine, ownVersion, versionsOf } from '../support/machine.ts';
import { count, spread, table } from '../support/markdown.ts';
import type { Paired } from '../support/paired.ts';
import { type Quartiles, quartilesOf } from '../support/statistics.ts';
import type { SpoolState } from './states.ts';

type Series = Paired<SlicedMeasurement>;
type Value = (measurement: SlicedMeasurement) => number;

/** Resolution of the watch on the event loop, milliseconds. */
const RESOLUTION_MS = 1;

const medianOf = (values: readonly number[]): number => quartilesOf(values).median;
const added: Value = ({ pairs }) => medianOf(pairs.map(({ addedMicros }) => addedMicros));
const withLog: Value = ({ pairs }) => medianOf(pairs.map(({ on }) => on.totalMicros));
const held =
  (value: (hold: LoopHold) => number): Value =>
  ({ pairs }) =>
    medianOf(pairs.flatMap(({ on: { hold } }) => (hold === undefined ? [] : [value(hold)])));
const p99: Value = held(({ p99Ms }) => p99Ms);
const longest: Value = held(({ longestMs }) => longestMs);

/** What a spool costs in each state, as Markdown. */
export function reportSpool(
  states: readonly (readonly [SpoolState, Series])[],
  periods: SlicePeriods,
  place: string,
): string {
  const repetitions = states[0]?.[1].repetitions ?? 0;
  return [
    '## What a spool adds',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}, ${versionsOf(['autocannon'])}.`,
    `${repetitions} repetitions, in each a process without a spool and one with it, in random order. In each process the ` +
      `log is switched on and off: ${periods.pairs} pairs of slices (on off, off on, …) of ${periods.measured} s, each ` +
      `${periods.settling} s after the switch; ${describeWarmUp(periods.warmUp)}; autocannon, ${CONNECTIONS} ` +
      `connections, plain requests on node:http; ${place}. Medians (quartiles) of the repetitions.`,
    'CPU time, user and system, of the whole process. What the log adds is the difference between slices that are on ' +
      'and off; replaying goes on in both, so there the time with the log on tells. Event loop held: how much later ' +
      'than the millisecond that it was set to a timer got its turn, while the log is on (`monitorEventLoopDelay`); ' +
      'the median of the slices. Delivered, and lost by its own account: records of all runs, replayed ones included.',
    '',
    ...reportGoals(states.flatMap(([state, series]) => goals(state, series))),
    table(
      [
        'state',
        'spool',
        'log adds µs/request',
        '× without',
        'with the log on µs/request',
        '× without',
        'loop held: 99 % ms',
        'longest ms',
        'longest, over without',
        'delivered',
        'lost',
      ],
      states.flatMap(([state, series]) => [row(state, series, false), row(state, series, true)]),
    ),
  ].join('\n');
}

function row({ id, title }: SpoolState, series: Series, hasSpool: boolean): string[] {
  const own = hasSpool ? `${id} spool` : id;
  const ratio = (value: Value): string => (hasSpool ? spread(ratioOf(series, id, value), 2) : '–');
  return [
    title,
    hasSpool ? 'yes' : 'no',
    spread(series.quartiles(own, added)),
    ratio(added),
    spread(series.quartiles(own, withLog)),
    ratio(withLog),
    spread(series.quartiles(own, p99)),
    spread(series.quartiles(own, longest)),
    hasSpool ? spread(series.difference(own, id, longest)) : '–',
    count(series.sum(own, ({ delivered }) => delivered)),
    count(series.sum(own, ({ stderr }) => lostInWords(stderr))),
  ];
}

/** With a spool over without one, in each repetition. */
function ratioOf(series: Series, id: string, value: Value): Quartiles {
  const without = series.values(id, value);
  const ratios = series
    .values(`${id} spool`, value)
    .map((spooled, index) => spooled / (without[index] ?? Number.NaN));
  return quartilesOf(ratios);
}

function goals({ id, title }: SpoolState, series: Series): Goal[] {
  const found: Goal[] = [];
  if (id === 'healthy') {
    const { median } = ratioOf(series, id, withLog);
    found.push({
      what: 'CPU per request with a spool, receiver healthy, over without',
      goal: '≤ 1.1 ×',
      reached: `${median.toFixed(2)} ×`,
      isReached: median <= 1.1,
    });
  }
  const { median } = series.difference(`${id} spool`, id, longest);
  found.push({
    what: `longest hold of the event loop with a spool, ${title}, over without`,
    goal: `≤ 0 ms (${RESOLUTION_MS} ms is the resolution)`,
    reached: `${median.toFixed(1)} ms`,
    isReached: median <= RESOLUTION_MS,
  });
  return found;
}
