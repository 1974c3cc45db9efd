/** Methods that the semantic conventions call known: RFC 9110, PATCH (RFC 5789) and QUERY. */
const KNOWN_METHODS: readonly string[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'],
  ...['PATCH', 'QUERY'],
];

/**
 * Compiles the test for known methods, which are case-sensitive.
 *
 * @param override what replaces the whole list: `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`
 */
export function compileKnownMethods(override: readonly string[] = KNOWN_METHODS): ReadonlySet<string> {
  return new Set(override);
}
