import { declarativeEnvironment, declarativeKnownMethods } from './declarative/declarative-environment.ts';
import { readDeclarativeFile } from './declarative/declarative-file.ts';
import { firstSet, misread, noFindings } from './environment.ts';
import { type ReadFile, readRegularFile } from './file/read-file.ts';
import { OptionsError, showGiven } from './options-error.ts';
import { type OtlpEnvironment, resolveOtlpEnvironment } from './otlp/otlp-environment.ts';
import { readResourceEnvironment } from './resource-environment.ts';
import { MAX_TIMER_MS, splitList } from './values/values.ts';

const LOGS_EXPORTERS = ['otlp', 'console', 'none'] as const;
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;

/** Limits of the SDK's own records. Ours have caps that fit Loki's limits (docs/loki-queries.md). */
const LIMITS = [
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
] as const;

/** Queue size of BatchLogRecordProcessor by default. */
const DEFAULT_QUEUE_SIZE = 2048;

/** The standard variables that the access log reads itself. */
export interface OtelEnvironment {
  /** `OTEL_SDK_DISABLED`. Default `false`. */
  readonly sdkDisabled: boolean;
  /** `OTEL_LOGS_EXPORTER`. Default `otlp`. */
  readonly logsExporter: (typeof LOGS_EXPORTERS)[number];
  /** Without a meaning where `logsExporter` is not `otlp`. */
  readonly otlp: OtlpEnvironment;
  /** `OTEL_BLRP_…`, as BatchLogRecordProcessor takes it. */
  readonly batch: BatchEnvironment;
  /** `OTEL_LOG_LEVEL`: which notices of our own are written. Default `info`. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`: replaces the whole list of known methods where it is set. */
  readonly knownMethods: readonly string[] | undefined;
  /** Name of the file of `OTEL_CONFIG_FILE`, which all of this comes from then. */
  readonly configFile: string | undefined;
  /** A problem where nothing but `ACCESS_LOG_STDOUT` is left to write to: the file has no exporter that can be used. */
  readonly missing: string | undefined;
  /** One line for each variable that was ignored, or whose effect is probably not what the user wants. */
  readonly warnings: readonly string[];
  /** Warnings that hold only with the official exporters (`ACCESS_LOG_PIPELINE=sdk`). */
  readonly sdkWarnings: readonly string[];
}

/** `OTEL_BLRP_…` (specification, configuration/sdk-environment-variables.md). */
export interface BatchEnvironment {
  /** Age in milliseconds at which a batch goes. Default `1000`. */
  readonly scheduleDelayMs: number;
  /** Milliseconds; a `0`, no limit in the specification, is the longest that a timer can wait. Default `30000`. */
  readonly exportTimeoutMs: number;
  /** Records that wait at most; `undefined` where it is not set. */
  readonly maxQueueSize: number | undefined;
  /**
   * Records in a batch, never more than `maxQueueSize`, and 512 where only that is set; `undefined` where neither is.
   */
  readonly maxExportBatchSize: number | undefined;
}

/**
 * Reads the standard variables, or the file of declarative configuration that `OTEL_CONFIG_FILE` names in their place. An invalid value is ignored with a warning (specification, configuration/common.md);
 * where ignoring it would send the records elsewhere, it is an error.
 *
 * @param readFile reads certificates and keys, synchronously and once
 * @throws OptionsError with every problem there is; none where nothing would be sent over OTLP
 */
export function resolveOtelEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  readFile: ReadFile = readRegularFile,
): OtelEnvironment {
  const file = readDeclarativeFile(env, readFile);
  if (file !== undefined) {
    const { problems, warnings, sdkWarnings } = noFindings();
    const read = declarativeEnvironment(file, env, readFile, { problems, warnings, sdkWarnings });
    if (problems.length > 0 && !read.sdkDisabled) throw new OptionsError(problems);
    return Object.freeze({
      ...read,
      warnings: Object.freeze(warnings),
      sdkWarnings: Object.freeze(sdkWarnings),
    });
  }
  const warnings: string[] = [];
  const sdkDisabled = readWord(env, 'OTEL_SDK_DISABLED', ['true', 'false'], 'false', warnings) === 'true';
  const logsExporter = readWord(env, 'OTEL_LOGS_EXPORTER', LOGS_EXPORTERS, 'otlp', warnings);
  const logLevel = readWord(env, 'OTEL_LOG_LEVEL', LOG_LEVELS, 'info', warnings);
  const batch = readBatch(env, warnings);
  const limits = LIMITS.filter((name) => firstSet(env, name) !== undefined);
  if (limits.length > 0) {
    warnings.push(`${limits.join(', ')}: without effect on access log records, which have caps of their own`);
  }
  warnings.push(...readResourceEnvironment(env, readFile).warnings);
  const findings = noFindings();
  const otlp = resolveOtlpEnvironment(env, readFile, findings);
  const isSent = !sdkDisabled && logsExporter === 'otlp';
  if (isSent) {
    if (findings.problems.length > 0) throw new OptionsError(findings.problems);
    warnings.push(...findings.warnings);
  }
  return Object.freeze({
    sdkDisabled,
    logsExporter,
    otlp,
    batch,
    logLevel,
    knownMethods: resolveKnownMethods(env, readFile),
    configFile: undefined,
    missing: undefined,
    warnings: Object.freeze(warnings),
    sdkWarnings: Object.freeze(isSent ? findings.sdkWarnings : []),
  });
}

/** `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, or `known_methods` of the declarative configuration. */
export function resolveKnownMethods(
  env: NodeJS.ProcessEnv = process.env,
  readFile: ReadFile = readRegularFile,
): readonly string[] | undefined {
  const file = readDeclarativeFile(env, readFile);
  if (file !== undefined) return declarativeKnownMethods(file);
  const methods = firstSet(env, 'OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS');
  return methods && Object.freeze(splitList(methods.text));
}

function readBatch(env: NodeJS.ProcessEnv, warnings: string[]): BatchEnvironment {
  const scheduleDelayMs = readInteger(env, 'OTEL_BLRP_SCHEDULE_DELAY', 0, MAX_TIMER_MS, warnings) ?? 1000;
  const exportTimeoutMs = readInteger(env, 'OTEL_BLRP_EXPORT_TIMEOUT', 0, MAX_TIMER_MS, warnings) ?? 30_000;
  const maxQueueSize = readInteger(env, 'OTEL_BLRP_MAX_QUEUE_SIZE', 1, Number.MAX_SAFE_INTEGER, warnings);
  const name = 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE';
  const batchSize = readInteger(env, name, 1, Number.MAX_SAFE_INTEGER, warnings);
  // A batch that is larger than the queue would never be full (specification: "must be less than or equal").
  const mostInBatch = maxQueueSize ?? DEFAULT_QUEUE_SIZE;
  if (batchSize !== undefined && batchSize > mostInBatch) {
    const expected = `at most the queue size, ${mostInBatch}`;
    warnings.push(`${misread(name, expected, String(batchSize))}; ${mostInBatch} is used`);
  }
  return Object.freeze({
    scheduleDelayMs,
    exportTimeoutMs: exportTimeoutMs === 0 ? MAX_TIMER_MS : exportTimeoutMs,
    maxQueueSize,
    maxExportBatchSize:
      batchSize === undefined && maxQueueSize === undefined
        ? undefined
        : Math.min(batchSize ?? 512, mostInBatch),
  });
}

function readInteger(
  env: NodeJS.ProcessEnv,
  name: string,
  min: number,
  max: number,
  warnings: string[],
): number | undefined {
  const variable = firstSet(env, name);
  if (variable === undefined) return undefined;
  const value = Number(variable.text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number ≥ ${min}` : `a whole number from ${min} to ${max}`;
  warnings.push(`${misread(name, expected, showGiven(variable.text))}; it is ignored`);
  return undefined;
}

function readWord<const Word extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  words: readonly Word[],
  otherwise: Word,
  warnings: string[],
): Word {
  const variable = firstSet(env, name);
  if (variable === undefined) return otherwise;
  const lower = variable.text.toLowerCase();
  const word = words.find((candidate) => candidate === lower);
  if (word !== undefined) return word;
  const expected = `one of ${words.join(', ')}`;
  warnings.push(`${misread(name, expected, showGiven(variable.text))}; ${otherwise} is used`);
  return otherwise;
}
