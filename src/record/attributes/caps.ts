/**
 * Caps, in UTF-16 code units, of what a record has beside the attributes of the table (`attribute-table.ts`, which has
 * their caps and says what all of them are for).
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
