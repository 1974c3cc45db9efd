import { validId } from '../receiver/otlp-record.ts';

/** Members of a line, as JSON gives them. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members, as opposed to a list. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nanoseconds since the epoch of `2026-11-23T14:03:07.123456789Z`; `undefined` where the text is no such instant. */
export function nanosecondsOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(value) ?? [];
  const milliseconds = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** An id in lower case; `undefined` where it is none. */
export function idOf(value: unknown, length: number): string | undefined {
  if (typeof value !== 'string' || !/^[0-9a-f]+$/i.test(value)) return undefined;
  return validId(value.toLowerCase(), length);
}
