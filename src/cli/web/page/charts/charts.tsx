import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Quantiles } from '../../histogram.ts';
import type { CountName, TimelineView } from '../../snapshot.ts';
import { settings } from '../embedded.ts';
import { axisSeconds, rate, seconds, shortCount, smallRate } from '../numbers.ts';
import { stepped, striped } from '../shapes.ts';
import { colour } from '../theme.ts';
import { Plot, type PlotLine, usePoint } from './plot.tsx';

interface ChartProps {
  readonly timeline: TimelineView;
  readonly theme: string;
}

interface Part {
  readonly name: CountName;
  readonly label: string;
  /** What did not arrive is striped. */
  readonly isMissing?: boolean;
}

/** From the bottom to the top. */
const PARTS: readonly Part[] = [
  { name: '2xx', label: '2xx' },
  { name: '3xx', label: '3xx' },
  { name: '1xx', label: '1xx' },
  { name: '4xx', label: '4xx' },
  { name: '5xx', label: '5xx' },
  { name: 'none', label: 'no status' },
  { name: 'suppressed', label: 'suppressed', isMissing: true },
  { name: 'lost', label: 'lost', isMissing: true },
];

const FAILURES: readonly Part[] = [
  { name: 'errors', label: 'errors' },
  { name: 'aborted', label: 'aborted' },
  { name: 'rejected', label: 'rejected' },
];

/** Requests by status class, on top of each other, with what did not arrive above them. */
export function TrafficChart({ timeline, theme }: ChartProps) {
  const [point, setPoint] = usePoint();
  const rates = useMemo(() => PARTS.map(({ name }) => perSecond(timeline, name)), [timeline]);
  const data = useMemo(
    () => [timesOf(timeline), ...stacked(rates).toReversed()] as uPlot.AlignedData,
    [rates],
  );
  const lines = (): PlotLine[] =>
    PARTS.map(({ name, label, isMissing }) => {
      const stroke = colour(`c-${name}`);
      // Opaque, because each covers what is above it down to the bottom.
      const fill = isMissing ? striped(stroke, colour('card')) : stroke;
      return { label, stroke, fill, width: isMissing ? 1 : 0, paths: stepped, points: { show: false } };
    }).toReversed();
  const values = rates.map((values) => (point === undefined ? average(values) : (values[point] ?? 0)));
  return (
    <Chart title="Requests per second" legend={legendOf(PARTS, values, rate)} time={timeAt(timeline, point)}>
      <Plot
        {...{ data, lines, theme }}
        format={shortCount}
        onPoint={setPoint}
        summary={`Requests per second by status class. On average: ${inWords(PARTS, rates)}.`}
      />
    </Chart>
  );
}

/** Points of a chart of what is seldom: between each other, single ones could not be told from many. */
const COARSE = 120;

export function FailuresChart({ timeline, theme }: ChartProps) {
  const [point, setPoint] = usePoint();
  const coarse = useMemo(() => coarser(timeline, COARSE), [timeline]);
  const rates = useMemo(() => FAILURES.map(({ name }) => perSecond(coarse, name)), [coarse]);
  const data = useMemo(() => [timesOf(coarse), ...rates] as uPlot.AlignedData, [rates]);
  const lines = (): PlotLine[] =>
    FAILURES.map(({ name, label }) => {
      const stroke = colour(`c-${name}`);
      return { label, stroke, fill: `${stroke}30`, width: 1.5, paths: stepped, points: { show: false } };
    });
  const values = rates.map((values) => (point === undefined ? average(values) : (values[point] ?? 0)));
  return (
    <Chart
      title="Errors, aborted, rejected per second"
      legend={legendOf(FAILURES, values, smallRate)}
      time={timeAt(coarse, point)}
    >
      <Plot
        {...{ data, lines, theme }}
        format={smallRate}
        onPoint={setPoint}
        summary={`Failures per second. On average: ${inWords(FAILURES, rates)}.`}
      />
    </Chart>
  );
}

/** So many buckets become one that there are about as many points as these; at the same seconds each time. */
function coarser(timeline: TimelineView, points: number): TimelineView {
  const { counts, width, head, start } = timeline;
  const by = Math.ceil(head.length / points);
  const skipped = settings.isLive ? (by - ((start / width) % by)) % by : 0;
  const whole = (head.length - skipped) / by;
  // What is not over yet would look like less. A file is over.
  const length = settings.isLive ? Math.floor(whole) : Math.ceil(whole);
  const sums = (values: readonly number[]): number[] =>
    Array.from({ length }, (_, at) =>
      values.slice(skipped + at * by, skipped + (at + 1) * by).reduce((sum, value) => sum + value, 0),
    );
  return {
    ...timeline,
    start: start + skipped * width,
    width: width * by,
    counts: { ...counts, ...Object.fromEntries(FAILURES.map(({ name }) => [name, sums(counts[name])])) },
    head: head.slice(0, length),
  };
}

const QUANTILES = ['p99', 'p95', 'p50'] as const;

interface LatencyProps extends ChartProps {
  readonly title: string;
  readonly points: readonly Quantiles[];
  /** Of all of the time. */
  readonly total: Quantiles;
}

export function LatencyChart({ title, points, total, timeline, theme }: LatencyProps) {
  const [point, setPoint] = usePoint();
  const data = useMemo(
    () =>
      [timesOf(timeline), ...QUANTILES.map((name) => points.map((one) => one[name]))] as uPlot.AlignedData,
    [points],
  );
  const lines = (): PlotLine[] =>
    QUANTILES.map((name) => {
      return { label: name, stroke: colour(`c-${name}`), width: 1.5, spanGaps: false, points: { size: 3 } };
    });
  const at = point === undefined ? total : (points[point] ?? total);
  const legend = QUANTILES.map((name) => ({ name, label: name, value: seconds(at[name]) }));
  return (
    <Chart title={title} legend={legend} time={timeAt(timeline, point)}>
      <Plot
        {...{ data, lines, theme }}
        isLogarithmic
        format={axisSeconds}
        onPoint={setPoint}
        summary={`${title}. In all: ${QUANTILES.map((name) => `${name} ${seconds(total[name])}`).join(', ')}.`}
      />
    </Chart>
  );
}

interface LegendEntry {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly isMissing?: boolean | undefined;
}

function Chart(props: {
  title: string;
  time: string;
  legend: readonly LegendEntry[];
  children: preact.ComponentChildren;
}) {
  return (
    <section class="card chart">
      <header>
        <h2>{props.title}</h2>
        <span class="time">{props.time}</span>
      </header>
      {props.children}
      <ul class="legend">
        {props.legend.map(({ name, label, value, isMissing }) => (
          <li key={name}>
            <i class={isMissing ? 'swatch striped' : 'swatch'} style={{ '--c': `var(--c-${name})` }} />
            {label} <b>{value}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function legendOf(
  parts: readonly Part[],
  values: readonly number[],
  format: (value: number) => string,
): LegendEntry[] {
  return parts
    .map(({ name, label, isMissing }, index) => ({
      name,
      label,
      isMissing,
      value: format(values[index] ?? 0),
    }))
    .filter(({ name, value }) => name !== '1xx' || value !== format(0));
}

function perSecond({ counts, width }: TimelineView, name: CountName): number[] {
  return counts[name].map((value) => value / width);
}

function timesOf({ start, width, head }: TimelineView): number[] {
  return head.map((_, index) => start + index * width);
}

/** Sums from the bottom up. */
function stacked(rates: readonly (readonly number[])[]): number[][] {
  let below: readonly number[] = [];
  return rates.map((values) => {
    const sums = values.map((value, index) => value + (below[index] ?? 0));
    below = sums;
    return sums;
  });
}

function timeAt({ start, width }: TimelineView, point: number | undefined): string {
  if (point === undefined) return 'average';
  return `${new Date((start + point * width) * 1000).toISOString().slice(11, 19)} UTC`;
}

function average(values: readonly number[]): number {
  // Not of the time before the first request.
  const first = values.findIndex((value) => value > 0);
  if (first === -1) return 0;
  return values.reduce((sum, value) => sum + value, 0) / (values.length - first);
}

function inWords(parts: readonly Part[], rates: readonly (readonly number[])[]): string {
  return parts.map(({ label }, index) => `${label} ${rate(average(rates[index] ?? []))}`).join(', ');
}
