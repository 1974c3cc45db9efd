export type { ReceivedRecord } from '../../render/received-record.ts';

/** OTLP: an id that is all zeros or has another length is to be taken as missing. */
export function validId(hex: string, length: number): string | undefined {
  return hex.length === length && !/^0*$/.test(hex) ? hex : undefined;
}

/** `__proto__` too is only a name: set, it would be the prototype. */
export function setAttribute(attributes: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(attributes, key, { value, ...OWN });
  else attributes[key] = value;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;
