/**
 * What the token bucket must know of an exchange to decide on it. Both the raw exchange (before anything is
 * built) and a finished log record (in somebody else's pipeline) can be looked at in this way.
 */
export interface SampledExchange {
  /** Method as received. */
  readonly method: string;
  /** Path without query, whole or empty. Read only where there is an ignore list. */
  readonly path: string;
  readonly route: string | undefined;
  /** Status code on the wire; `undefined` where none was sent. */
  readonly statusCode: number | undefined;
  readonly outcome: string;
  /** OpenTelemetry severity number, 1 (TRACE) to 24 (FATAL4). */
  readonly severityNumber: number;
  /** 5xx, timeout or crashed. */
  readonly isError: boolean;
  /** The head took longer than `slowMs` (the whole exchange, where no head was sent), and it was no long poll. */
  readonly isSlow: boolean;
}
