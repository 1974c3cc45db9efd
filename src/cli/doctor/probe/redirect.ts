/** What the access log is told instead of what the environment says, until its preload has read it. */
const FORCED = {
  OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
  // Milliseconds; the doctor waits for one record.
  OTEL_BLRP_SCHEDULE_DELAY: '100',
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: undefined,
  OTEL_EXPORTER_OTLP_HEADERS: undefined,
} as const;

let before: Readonly<Record<string, string | undefined>> = {};

/** Points the preload that runs next at the doctor's receiver. */
export function redirect(endpoint: string): void {
  const forced = { ...FORCED, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint };
  before = Object.fromEntries(Object.keys(forced).map((name) => [name, process.env[name]]));
  setVariables(forced);
}

/** Puts the environment back: the application's own SDK reads it too. */
export function restore(): void {
  setVariables(before);
}

function setVariables(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
