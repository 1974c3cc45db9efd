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
