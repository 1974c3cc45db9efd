/**
 * Caps, in UTF-16 code units, of captured headers and of the user's hook. Those of our own attributes are in
 * `attribute-table.ts`, with the reason for all of them.
 */
export const CAPS = {
  headerValue: 1024,
  /** Values of one header. */
  headerValues: 16,
  /** Attributes that one call of the user's hook may add. */
  hookAttributes: 32,
  hookName: 64,
  hookString: 4096,
  /** Elements of an array of the hook. */
  hookArray: 64,
  /** All captured headers and attributes of the hook together. */
  additions: 10_240,
  /** Names that `access_log.truncated` lists. */
  truncatedNames: 16,
} as const;
