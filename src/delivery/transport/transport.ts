/** Carries encoded export requests to one receiver and says in one vocabulary what became of them. */
export interface Transport {
  /**
   * Sends one `ExportLogsServiceRequest` and waits for the answer. Never throws, never rejects.
   *
   * @param parts the encoded message; where there are several, their concatenation. Must not change until the answer.
   * @param timeoutMs for this attempt, connecting included
   */
  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer>;
  /**
   * Cancels what is under way, connections that are being made included.
   *
   * @param why it is answered as refused, `CANCELLED`, with this message
   */
  cancel(why: string): void;
  /** Cancels what is under way (answered as refused, `CANCELLED`) and lets go of every connection, file and timer. */
  close(): void;
}

export type Answer = Accepted | Refused;

export interface Accepted {
  readonly kind: 'accepted';
  /** `partial_success.rejected_log_records`: records of the batch that the receiver refused. */
  readonly rejected: number;
  /** `partial_success.error_message`; may be there although nothing was rejected (a warning). */
  readonly message: string;
}

/**
 * What can be done about a refusal:
 * - `wait`: the same batch may succeed later
 *   (https://opentelemetry.io/docs/specs/otlp/#failures, #failures-1)
 * - `credentials`: it may succeed with other credentials (401, UNAUTHENTICATED), and files that hold them are being
 *   watched
 * - `split`: the batch is too large (413, RESOURCE_EXHAUSTED without RetryInfo whose message speaks of the size)
 * - `isolate`: the receiver cannot take this batch (400, INVALID_ARGUMENT, …); one of its records may be the reason
 * - `none`: nothing (404, 405, UNIMPLEMENTED, PERMISSION_DENIED, 401 where no file holds credentials, …)
 */
export type Remedy = 'wait' | 'credentials' | 'split' | 'isolate' | 'none';

export interface Refused {
  readonly kind: 'refused';
  readonly remedy: Remedy;
  /** A short name of low cardinality: gRPC status name, HTTP status as text, or Node's error code. */
  readonly errorType: string;
  /** What happened in the receiver's or the system's words, one line, bounded, without secrets. */
  readonly message: string;
  /** How long the receiver asks to wait (`RetryInfo`, `Retry-After`), in milliseconds; `undefined` where it does not. */
  readonly retryAfterMs: number | undefined;
  /** What to look at, in our words: where the receiver seems to speak another protocol. */
  readonly hint?: string;
}

/** A refusal for a line on standard error: the words of the receiver, and ours. */
export function toldRefusal({ message, hint }: Refused): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
