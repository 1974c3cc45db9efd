import { type Findings, firstSet, noFindings } from '../environment.ts';
import type { MappingTree } from '../file/document-tree.ts';
import type { ReadFile } from '../file/read-file.ts';
import type { BatchEnvironment, OtelEnvironment } from '../otel-environment.ts';
import { resolveOtlpEnvironment } from '../otlp/otlp-environment.ts';
import { MAX_TIMER_MS } from '../values/values.ts';
import { DECLARATIVE_VARIABLE, type DeclarativeFile } from './declarative-file.ts';
import { DeclarativeReader } from './declarative-reader.ts';
import { readDeclarativeResource } from './declarative-resource.ts';
import { type LogExporter, readLogExporters } from './log-exporter.ts';
import { readOtlpExporter } from './otlp-exporter.ts';

/** Parts of the data model (opentelemetry-configuration 1.1). */
const ROOT_KEYS: readonly string[] = [
  ...['file_format', 'disabled', 'log_level', 'attribute_limits', 'logger_provider', 'meter_provider'],
  ...['propagator', 'tracer_provider', 'resource', 'instrumentation/development', 'distribution'],
];

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const LEVELS: readonly string[] = SEVERITIES.flatMap((name) => [name, `${name}2`, `${name}3`, `${name}4`]);

/** Defaults of the data model. Examples and templates write them down, so they do not count as set. */
const QUEUE_SIZE = 2048;
const BATCH_SIZE = 512;
const ATTRIBUTE_COUNT = 128;

/** Standard variables that the access log reads where there is no file. */
const READ_OTHERWISE =
  /^OTEL_(?:SDK_DISABLED|SERVICE_NAME|RESOURCE_ATTRIBUTES|LOGS_EXPORTER|LOG_LEVEL|NODE_RESOURCE_DETECTORS|INSTRUMENTATION_HTTP_KNOWN_METHODS|BLRP_.+|EXPORTER_OTLP_(?!TRACES_|METRICS_|PROFILES_).+|(?:LOGRECORD_)?ATTRIBUTE_(?:VALUE_LENGTH|COUNT)_LIMIT)$/;

const SERVICE_NAME = 'OTEL_SERVICE_NAME';

/** What the file says, in place of the standard variables. */
export type DeclarativeEnvironment = Omit<OtelEnvironment, 'warnings' | 'sdkWarnings'>;

/**
 * Reads the settings of the access log from declarative configuration. All other standard variables are ignored, as the
 * specification asks (configuration/sdk-environment-variables.md, "Declarative configuration").
 *
 * @param findings gets what is wrong with it
 */
export function declarativeEnvironment(
  file: DeclarativeFile,
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  findings: Findings,
): DeclarativeEnvironment {
  const { root, name } = file;
  findings.problems.push(...file.problems);
  findings.warnings.push(...file.warnings);
  const reader = new DeclarativeReader(name, file.isNewer);
  if (root !== undefined) reader.onlyKnown(root, ROOT_KEYS);
  const sdkDisabled = reader.boolean(root, 'disabled') ?? false;
  const { otlp: exporter, hasConsole } =
    root === undefined ? { otlp: undefined, hasConsole: false } : readLogExporters(reader, root);
  const otlp =
    exporter === undefined
      ? resolveOtlpEnvironment({}, readFile, noFindings())
      : readOtlpExporter(reader, exporter, env, readFile, findings);
  const logsExporter = exporter !== undefined ? 'otlp' : hasConsole ? 'console' : 'none';
  const result: DeclarativeEnvironment = {
    sdkDisabled,
    logsExporter,
    otlp,
    batch: readBatch(reader, exporter),
    logLevel: readLogLevel(reader, root),
    knownMethods: readKnownMethods(reader, root),
    configFile: name,
    missing:
      logsExporter === 'none'
        ? `${name}: logger_provider: expected an exporter otlp_http or otlp_grpc, got none (from the file)`
        : undefined,
  };
  const { readsServiceName } = readDeclarativeResource(reader, root, env);
  warnOfLimits(reader, root);
  findings.problems.push(...reader.problems);
  findings.problems.sort(byLine);
  findings.warnings.push(...reader.warnings);
  const ignored = ignoredVariables(file, env).filter((each) => !(readsServiceName && each === SERVICE_NAME));
  if (ignored.length > 0) {
    findings.warnings.push(`${ignored.join(', ')}: ignored, since ${DECLARATIVE_VARIABLE} is set`);
  }
  return result;
}

/** The methods that the file lists as known; `undefined` where it lists none. */
export function declarativeKnownMethods(file: DeclarativeFile): readonly string[] | undefined {
  return readKnownMethods(new DeclarativeReader(file.name, file.isNewer), file.root);
}

function readBatch(reader: DeclarativeReader, exporter: LogExporter | undefined): BatchEnvironment {
  const batch = exporter?.batch;
  const exportTimeoutMs = reader.integer(batch, 'export_timeout', 0) ?? 30_000;
  const scheduleDelayMs = reader.integer(batch, 'schedule_delay', 0) ?? 1000;
  const queue = reader.integer(batch, 'max_queue_size', 1) ?? QUEUE_SIZE;
  const size = reader.integer(batch, 'max_export_batch_size', 1) ?? BATCH_SIZE;
  const isDefault = queue === QUEUE_SIZE && size === BATCH_SIZE;
  return Object.freeze({
    scheduleDelayMs: Math.min(scheduleDelayMs, MAX_TIMER_MS),
    exportTimeoutMs: exportTimeoutMs === 0 ? MAX_TIMER_MS : Math.min(exportTimeoutMs, MAX_TIMER_MS),
    maxQueueSize: queue === QUEUE_SIZE ? undefined : queue,
    maxExportBatchSize: isDefault ? undefined : Math.min(size, queue),
  });
}

function readLogLevel(reader: DeclarativeReader, root: MappingTree | undefined): OtelEnvironment['logLevel'] {
  const level = reader.word(root, 'log_level', LEVELS) ?? 'info';
  switch (level.replace(/\d$/, '')) {
    case 'trace':
      return 'verbose';
    case 'debug':
      return 'debug';
    case 'warn':
      return 'warn';
    case 'error':
    case 'fatal':
      return 'error';
    default:
      return 'info';
  }
}

function readKnownMethods(
  reader: DeclarativeReader,
  root: MappingTree | undefined,
): readonly string[] | undefined {
  const instrumentation = reader.mapping(root, 'instrumentation/development');
  const http = reader.mapping(reader.mapping(instrumentation, 'general'), 'http');
  const methods = reader.list(reader.mapping(http, 'server'), 'known_methods');
  if (methods === undefined) return undefined;
  const texts = methods.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return item.value;
    reader.expected(item.line, 'known_methods', 'names of methods', 'something else');
    return [];
  });
  return Object.freeze(texts);
}

function warnOfLimits(reader: DeclarativeReader, root: MappingTree | undefined): void {
  const parts = [
    reader.mapping(root, 'attribute_limits'),
    reader.mapping(reader.mapping(root, 'logger_provider'), 'limits'),
  ];
  for (const limits of parts) {
    for (const key of ['attribute_value_length_limit', 'attribute_count_limit']) {
      const limit = reader.integer(limits, key, 0);
      if (limit === undefined || (key === 'attribute_count_limit' && limit === ATTRIBUTE_COUNT)) continue;
      const line = limits?.entries.get(key)?.line ?? 0;
      reader.warn(line, key, 'without effect on access log records, which have caps of their own');
    }
  }
}

/** `otel.yaml:7: …` before `otel.yaml:12: …` */
function byLine(one: string, other: string): number {
  const [first = 0, second = 0] = [one, other].map((text) => Number(/:(\d+): /.exec(text)?.[1]));
  return first - second;
}

function ignoredVariables({ variables }: DeclarativeFile, env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(env).filter((name) => READ_OTHERWISE.test(name) && !variables.has(name));
  return names.filter((name) => firstSet(env, name) !== undefined).sort();
}
