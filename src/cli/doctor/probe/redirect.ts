/** Where the preload looks for variables that come before those of the environment. */
const OVERRIDES = Symbol.for('otel-access-log.overrides');

/**
 * Points the access log at the doctor's receiver. The environment stays as it is: the application's own SDK reads it
 * too.
 */
export function redirect(endpoint: string): void {
  const variables = {
    // Where it is `none`, the record is looked at all the same.
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
    // Milliseconds; the doctor waits for one record.
    OTEL_BLRP_SCHEDULE_DELAY: '100',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: undefined,
    OTEL_EXPORTER_OTLP_HEADERS: undefined,
    // A proxy does not reach this host's loopback.
    no_proxy: '*',
  };
  Object.defineProperty(globalThis, OVERRIDES, { value: variables, configurable: true, enumerable: false });
}
