import type { Exchange } from '../../http/exchange.ts';

type KeptHeaders = Exchange['requestHeaders'];

/** Values of a kept header, one for each time that it was received; empty where it is absent. */
export function headerValues(headers: KeptHeaders, name: string): readonly string[] {
  if (headers === undefined || !Object.hasOwn(headers, name)) return [];
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** A kept header as one comma-separated list (RFC 9110 section 5.3); `undefined` where it is absent or empty. */
export function headerText(headers: KeptHeaders, name: string): string | undefined {
  if (headers === undefined || !Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  const text = (typeof value === 'string' ? value : value?.join(',')) ?? '';
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed;
}
