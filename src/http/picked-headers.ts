import type { Exchange } from './exchange.ts';

/** The named headers as they are now, before the application can change them. */
export function pickHeaders(
  names: readonly string[],
  headers: Readonly<Record<string, unknown>>,
): Exchange['requestHeaders'] {
  let picked: Record<string, string | readonly string[]> | undefined;
  for (const name of names) {
    // Not by `undefined`: a name such as `constructor` finds something else on a plain object.
    const value: unknown = headers[name];
    if (typeof value !== 'string' && !Array.isArray(value)) continue;
    picked ??= Object.create(null) as Record<string, string | readonly string[]>;
    picked[name] = value;
  }
  return picked;
}
