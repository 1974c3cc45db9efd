/** The message of an export that was not accepted yet; compared by identity. */
export interface PendingMessage {
  /**
   * The encoded message; where there are several parts, their concatenation. Each is a view of a larger buffer: copy
   * it before it goes to another thread, or the whole buffer goes.
   */
  readonly parts: readonly Uint8Array[];
}
