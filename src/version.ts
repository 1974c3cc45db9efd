/** Version of this package, and of its instrumentation scope. A test holds it against package.json. */
export const VERSION = '0.1.0';
/** Name of the instrumentation scope of all records. */
export const SCOPE_NAME = 'otel-access-log';
