// Small tables of numbers, as what was sent and what a panel shows are compared.
import type { Series } from './dashboard-grafana.ts';
import type { Batch } from './dashboard-traffic.ts';

export type Table = Record<string, number>;

/** Values by the labels named, joined by blanks; of several points of one series, their sum. */
export function tableOf(series: readonly Series[] = [], ...names: readonly string[]): Table {
  const rows: Table = {};
  for (const { labels, points } of series) {
    const key = names.map((name) => labels[name] ?? '').join(' ');
    rows[key] = points.reduce((sum, { value }) => sum + value, rows[key] ?? 0);
  }
  return rows;
}

export function sumBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  weightOf: (item: T) => number,
): Table {
  const sums: Table = {};
  for (const item of items) sums[keyOf(item)] = (sums[keyOf(item)] ?? 0) + weightOf(item);
  return sums;
}

export function countBy(batches: readonly Batch[], keyOf: (batch: Batch) => string): Table {
  return sumBy(batches, keyOf, ({ count }) => count);
}

/** What is left of the first, without what is 0. */
export function difference(all: Table, less: Table): Table {
  const rows = Object.entries(all).map(([key, value]) => [key, value - (less[key] ?? 0)] as const);
  return Object.fromEntries(rows.filter(([, value]) => value !== 0));
}

/** As Prometheus, and so Loki, defines it: linear between the two values next to the rank. */
export function quantile(q: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const lower = sorted[Math.floor(rank)] ?? Number.NaN;
  const upper = sorted[Math.ceil(rank)] ?? Number.NaN;
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

export function total(table: Table): number {
  return Object.values(table).reduce((sum, value) => sum + value, 0);
}
