/** `14:03:07.123Z`: the time of day of nanoseconds since the epoch, in UTC. */
export function timeOfDay(unixNano: bigint): string {
  return instant(unixNano).slice(11, 23).concat('Z');
}

/** `2026-11-23T14:03:07.123456789Z`, with all nine digits. */
export function instant(unixNano: bigint): string {
  const milliseconds = new Date(Number(unixNano / 1_000_000n));
  // A Date ends in the year 275760; later instants are shown as a number.
  if (Number.isNaN(milliseconds.getTime())) return `${unixNano} ns`.padEnd(30);
  return milliseconds.toISOString().replace('Z', `${String(unixNano % 1_000_000n).padStart(6, '0')}Z`);
}

/** Seconds as `0.42ms`, `12.4ms`, `412ms`, `1.24s`, `2m05s`. */
export function duration(seconds: number): string {
  const milliseconds = seconds * 1000;
  if (milliseconds < 0.995) return `${milliseconds.toFixed(2)}ms`;
  if (milliseconds < 99.95) return `${milliseconds.toFixed(1)}ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)}ms`;
  if (seconds < 59.995) return `${seconds.toFixed(2)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}

/** Bytes as `1532B`, `15.3kB`, `8.4MB` (powers of 1000). */
export function bytes(count: number): string {
  if (count < 10_000) return `${count}B`;
  const [size, unit] =
    count < 999_950 ? [count / 1e3, 'kB'] : count < 999_950_000 ? [count / 1e6, 'MB'] : [count / 1e9, 'GB'];
  return `${size.toFixed(1)}${unit}`;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function integerOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}
