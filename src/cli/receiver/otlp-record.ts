/** A log record as it arrived over OTLP, as a plain object that a person or a test can read. */
export interface ReceivedRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  /** 1 (TRACE) to 24 (FATAL4); 0 where it was not given. */
  readonly severityNumber: number;
  readonly severityText: string | undefined;
  readonly body: unknown;
  readonly eventName: string | undefined;
  /** Lower-case hex; absent where it was missing or invalid (all zeros, wrong length). */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly flags: number;
  /** Integers are numbers, or bigints where a number cannot hold them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

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
