import type { Cell } from '../../../render/line-cells.ts';
import type { Quantiles } from '../durations.ts';

/** Cells of the bar; the p95 of the route is at the sixth, so that what is slower than it stands out. */
const CELLS = 8;
const P95_AT = 6;

/**
 * A duration against what its route usually takes: `━━━┿──╂─`. The bar is as long as the duration, `┿` is where the p50
 * is, `╂` the p95; green to the p50, yellow to the p95, red beyond. Empty where too little is known of the route.
 */
export function durationBar(seconds: number, quantiles: Quantiles | undefined): Cell {
  if (quantiles === undefined) return { tone: 'plain', text: ' '.repeat(CELLS) };
  const { p50, p95 } = quantiles;
  const cellOf = (value: number): number => Math.ceil((value / p95) * P95_AT) - 1;
  const end = cellOf(seconds);
  const median = Math.min(cellOf(p50), P95_AT - 2);
  const cells: string[] = Array.from({ length: CELLS }, (_, at) => {
    if (at === P95_AT - 1) return '╂';
    if (at === median) return '┿';
    return at <= end ? '━' : '─';
  });
  if (end >= CELLS) cells[CELLS - 1] = '▶';
  const tone = seconds > p95 ? 'error' : seconds > p50 ? 'warning' : 'success';
  return { tone, text: cells.join('') };
}
