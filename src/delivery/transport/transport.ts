/** Carries encoded export requests to one receiver. Results of gRPC and HTTP are reported in one vocabulary. */
export interface Transport {
  /**
   * Sends one `ExportLogsServiceRequest` and waits for the response. Never throws, never rejects.
   *
   * @param parts the encoded message, in one or several parts. Their bytes must not change before the promise resolves.
   * @param timeoutMs for this attempt, connecting included, in milliseconds
   */
  send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer>;
  /**
   * Opens the connection for the next export, where that saves it a round trip.
   *
   * @returns a promise that resolves when it is made, or cannot be; `undefined` where that was begun before
   */
  connect?(): Promise<void> | undefined;
  /**
   * The event loop turns too slowly for exports: sends, and learns of answers, independently of it for some time.
   * To be called again as long as that is so. Cheap.
   *
   * @returns whether exports do so from now on
   */
  relieve?(): boolean;
  /**
   * Cancels the attempts that are under way, connections that are being made included.
   *
   * @param why message of the refusal, `CANCELLED`, with which they resolve
   */
  cancel(why: string): void;
  /** Cancels the attempts that are under way (refused, `CANCELLED`) and closes every connection, file and timer. */
  close(): void;
}

export type Answer = Accepted | Refused;

export interface Accepted {
  readonly kind: 'accepted';
  /** `partial_success.rejected_log_records`: records of the batch that the receiver refused. */
  readonly rejected: number;
  /** `partial_success.error_message`; a warning where nothing was rejected. */
  readonly message: string;
  /** The beginning of a response that is no answer to an export, though its status says success. */
  readonly foreign?: string;
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
  /** The message of the receiver or of the system: one line, bounded, without secrets. */
  readonly message: string;
  /** How long the receiver asks us to wait (`RetryInfo`, `Retry-After`), in milliseconds; `undefined` where it does not. */
  readonly retryAfterMs: number | undefined;
  /** What to check, where the receiver seems to speak another protocol. */
  readonly hint?: string;
}

/** The text of a refusal for standard error: the receiver's message, and our hint. */
export function toldRefusal({ message, hint }: Refused): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
