import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { settings } from '../embedded.ts';
import { colour } from '../theme.ts';

const HEIGHT = 190;
const UTC = (seconds: number): Date => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');

export interface PlotLine extends uPlot.Series {
  readonly label: string;
}

export interface PlotProps {
  /** What a screen reader says of it. */
  readonly summary: string;
  readonly data: uPlot.AlignedData;
  /** Made anew for every theme. */
  readonly lines: () => readonly PlotLine[];
  readonly theme: string;
  readonly isLogarithmic?: boolean;
  readonly format: (value: number) => string;
  /** Told which point the pointer is at. */
  readonly onPoint: (index: number | undefined) => void;
}

/** uPlot, as wide as there is room. */
export function Plot(props: PlotProps) {
  const { summary, data, theme } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const onPoint = useRef(props.onPoint);
  onPoint.current = props.onPoint;
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(props, element.clientWidth, onPoint), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [theme]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="plot" ref={place} role="img" aria-label={summary} />;
}

function optionsOf(
  { lines, format, isLogarithmic = false }: PlotProps,
  width: number,
  onPoint: { current: PlotProps['onPoint'] },
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    tzDate: UTC,
    legend: { show: false },
    // To the right, half of the last time of the axis.
    padding: [8, 24, 0, 0],
    cursor: { sync: { key: 'time' }, drag: { x: !settings.isLive, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true },
      y: isLogarithmic
        ? { distr: 3, range: powersAround }
        : { range: (_, __, max) => [0, Math.max(1, max * 1.08)] },
    },
    axes: [
      { ...axis, size: 28, space: 70, values: hours },
      {
        ...axis,
        size: 52,
        space: 28,
        ...(isLogarithmic ? { grid: { ...axis.grid, filter: wholePowers } } : {}),
        values: (_, splits) => splits.map((value) => (value === null ? '' : format(value))),
      },
    ],
    series: [{}, ...lines()],
    hooks: { setCursor: [({ cursor }) => onPoint.current(cursor.idx ?? undefined)] },
  };
}

/** Whole powers of ten, so that a steady line does not jump when the scale changes. */
function powersAround(_: uPlot, min: number | null, max: number | null): [number, number] {
  const low = 10 ** Math.floor(Math.log10(min ?? 0.001));
  const high = 10 ** Math.ceil(Math.log10(max ?? 1));
  return [low, high > low ? high : low * 10];
}

/** Lines at powers of ten only. */
function wholePowers(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((value) => (Number.isInteger(Number(Math.log10(value).toFixed(6))) ? value : null));
}

/** `14:03:10`, without seconds where they are whole minutes, and the day where it changes. */
function hours(_: uPlot, splits: number[]): string[] {
  let day = '';
  const isLong = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 86_400;
  const isWhole = splits.every((second) => second % 60 === 0);
  return splits.map((second) => {
    const text = new Date(second * 1000).toISOString();
    const time = text.slice(11, isWhole ? 16 : 19);
    if (!isLong || text.slice(5, 10) === day) return time;
    day = text.slice(5, 10);
    return `${day} ${time}`;
  });
}

/** The point that the pointer is at. */
export function usePoint(): [number | undefined, (index: number | undefined) => void] {
  return useState<number | undefined>(undefined);
}
