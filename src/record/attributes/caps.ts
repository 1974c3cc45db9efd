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
  /** A note of a handler. */
  note: 256,
  notes: 16,
  /** Texts of a field that is a list. */
  fieldItems: 16,
  /** Characters of a field that masking looks at; what it does not see is not written. */
  fieldWindow: 2048,
  /** What tells who it was: a session, a user, a tenant, a claim. */
  identity: 256,
  /** Fields, identity, captured headers, notes and attributes of the hook together, in this order. */
  additions: 10_240,
  /** Names that `access_log.truncated` lists. */
  truncatedNames: 16,
} as const;
