/**
 * Caps in UTF-16 code units. Together they keep a record below the 64 KiB of structured metadata, and the 128 entries
 * of it, that Loki takes with a line by default, even where every unit takes three bytes.
 */
export const CAPS = {
  method: 64,
  path: 2048,
  query: 2048,
  route: 512,
  userAgent: 512,
  address: 255,
  headerName: 64,
  errorType: 64,
  protocolVersion: 8,
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
