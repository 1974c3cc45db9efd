import { printable } from './terminal.ts';

export { bytes, duration, instant, integerOf, numberOf, textOf, timeOfDay } from './plain.ts';

/** A value as JSON writes it, printable; bytes as hex, integers of any size as digits, nothing as `-`. */
export function show(value: unknown): string {
  if (value === undefined) return '-';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([name, inner]) => `${show(name)}: ${show(inner)}`);
    return `{${pairs.join(', ')}}`;
  }
  return printable(JSON.stringify(value));
}
