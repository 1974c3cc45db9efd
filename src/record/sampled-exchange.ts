import type { ExchangeKey } from './receipt/exchange-key.ts';

/**
 * What sampling must know of an exchange to decide on it. An assessment has it before a record is built; a record view
 * reads it from a finished record in an application's own SDK.
 */
export interface SampledExchange extends ExchangeKey {
  /** Path without query, whole or empty. Read only where there is an ignore list. */
  readonly path: string;
  /** A number for the believed client, an IPv6 one by its /64; `undefined` where none is known. Read where tokens are scarce. */
  readonly clientKey: number | undefined;
  /** The address of that client; `undefined` where none is known or shown. Read of some that are suppressed. */
  readonly clientName: string | undefined;
  /** Trace id, 32 digits in lower case; `undefined` where there is none. Read where there is a rollout. */
  readonly traceId: string | undefined;
  /** Explicit randomness of the trace, 14 digits, from a trusted peer. Read where there is a rollout. */
  readonly traceRandomness: string | undefined;
  /** Whether tracing samples it. Read where there is a rollout. */
  readonly isSampled: boolean;
  /** Whether the peer is trusted, so that it did not make the trace id up. Read where there is a rollout. */
  readonly isPeerTrusted: boolean;
  /** Whether a trusted peer asks for a record. Read where there is a rollout. */
  readonly isCanary: boolean;
  /** OpenTelemetry severity number, 1 (TRACE) to 24 (FATAL4). */
  readonly severityNumber: number;
  /** 5xx, timeout, crashed, or a gRPC status that is an error of the server. */
  readonly isError: boolean;
  /** The head took longer than `slowMs` (the whole exchange, where no head was sent), and it was no long poll. */
  readonly isSlow: boolean;
}
