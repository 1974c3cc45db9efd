/** Settings of an exporter in declarative configuration, by the variables that would set them without it. */
const KEYS: Readonly<Record<string, string>> = {
  ENDPOINT: 'endpoint',
  HEADERS: 'headers',
  TIMEOUT: 'timeout',
  COMPRESSION: 'compression',
  CERTIFICATE: 'ca_file',
  CLIENT_CERTIFICATE: 'cert_file',
  CLIENT_KEY: 'key_file',
  PROTOCOL: 'otlp_http or otlp_grpc',
};

/**
 * Advice that names standard variables, put in terms of the file of `OTEL_CONFIG_FILE`: beside it these variables are
 * ignored.
 */
export function inConfigFile(advice: readonly string[], file: string): readonly string[] {
  const told = advice.map((line) =>
    line
      .replaceAll(/OTEL_EXPORTER_OTLP_(?:LOGS_)?PROTOCOL=(grpc|http)\S*/g, 'the exporter otlp_$1')
      .replaceAll(/OTEL_EXPORTER_OTLP_(?:LOGS_)?([A-Z_]*[A-Z])(=?)/g, (whole, name: string, is: string) => {
        const key = KEYS[name];
        return key === undefined ? whole : `${key}${is === '' ? '' : ': '}`;
      }),
  );
  return told.join() === advice.join()
    ? advice
    : [...told, `These settings stand in ${file} (OTEL_CONFIG_FILE).`];
}
