import type { Quartiles } from './statistics.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `10.8 (10.0…11.0)`: the median and the quartiles. */
export function spread({ lower, median, upper }: Quartiles, digits = 1): string {
  return `${median.toFixed(digits)} (${lower.toFixed(digits)}…${upper.toFixed(digits)})`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
