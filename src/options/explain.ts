import { type DECLARATIVE_VARIABLE, readDeclarativeFile } from './declarative/declarative-file.ts';
import { firstSet, noFindings, type OtlpProtocol, otlpNames } from './environment.ts';
import { explainDeclarative } from './explain-declarative.ts';
import { readRegularFile } from './file/read-file.ts';
import { collectProblems } from './options-error.ts';
import { type OtelEnvironment, resolveOtelEnvironment } from './otel-environment.ts';
import { resolveOtlpEnvironment } from './otlp/otlp-environment.ts';
import { checkHeadersFile, showHeaders } from './otlp/otlp-headers.ts';
import { showPath } from './path/shown-path.ts';
import { type OptionsWithSources, resolveOptionsWithSources, unknownVariables } from './resolve.ts';
import { parseAttributeList } from './resource/attribute-list.ts';
import { readMaskingFiles } from './rules/masking-files.ts';
import type { RuntimeSettings } from './rules/runtime-settings.ts';
import { type Option, optionNames, optionSchema, variableOf } from './schema.ts';
import { filePath, secretText } from './values/values.ts';

/** Where a value came from. */
export type ValueSource =
  | 'code'
  | 'environment'
  | 'file'
  | typeof DECLARATIVE_VARIABLE
  | 'rules file'
  | 'default';

/** An option as a person wants to see it. */
export interface ExplainedOption {
  readonly name: string;
  readonly variable: string;
  /** `undefined` where the given value cannot be used. */
  readonly value: unknown;
  readonly source: ValueSource;
}

/** A standard variable, or a setting in its place, as a person wants to see it: no header values, no credentials. */
export interface ExplainedVariable {
  /** Of a variable with two names the one that takes effect. */
  readonly variable: string;
  readonly value: string;
  readonly source: ValueSource;
}

export interface Explanation<T> {
  readonly values: readonly T[];
  /** One line each; with any of them there is no access log. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Every option with its value and its source, also where some of them cannot be used. Reads the rules file, whose settings
 * win, and the key of hashes.
 *
 * @param parseKey as that of `readMaskingFiles`
 */
export function explainOptions(
  env: NodeJS.ProcessEnv,
  parseKey: (bytes: Uint8Array) => unknown = (bytes) => bytes,
): Explanation<ExplainedOption> {
  const { options, sources, problems } = resolveOptionsWithSources({}, env);
  const all = [...problems];
  const runtime: Readonly<Record<string, unknown>> = runtimeOf(options, parseKey, all);
  const values = optionNames.map((name): ExplainedOption => {
    const isOfRules = Object.hasOwn(runtime, name);
    const value = shownValue(optionSchema[name], isOfRules ? runtime[name] : options[name]);
    const source = isOfRules ? 'rules file' : sources[name].kind;
    return { name, variable: variableOf(name), value, source };
  });
  return { values, problems: all, warnings: unknownVariables(env) };
}

/** What the rules file sets. Adds what is wrong with it, and with the key, to `problems`. */
function runtimeOf(
  { rules, hashKeyFile, clientIp, session, jwtClaims, authFingerprint }: OptionsWithSources['options'],
  parseKey: (bytes: Uint8Array) => unknown,
  problems: string[],
): RuntimeSettings {
  const isKnown = rules !== undefined && hashKeyFile !== undefined && clientIp !== undefined;
  if (!isKnown || session === undefined || jwtClaims === undefined || authFingerprint === undefined)
    return {};
  const options = { rules, hashKeyFile, clientIp, session, jwtClaims, authFingerprint };
  return collectProblems(() => readMaskingFiles(options, parseKey), problems)?.rules?.runtime ?? {};
}

/** A path is shown only if it certainly is one: instead of a file of headers some users give the headers. */
function shownValue({ schema }: Option<unknown>, value: unknown): unknown {
  if (schema === secretText.schema && value !== '') return 'set, not shown';
  return schema === filePath.schema && typeof value === 'string' && value !== '' ? showPath(value) : value;
}

/** Of the standard variables also what they come to. */
interface OtelExplanation extends Explanation<ExplainedVariable> {
  /** Why there is no access log, although nothing is wrong; one line each. */
  readonly reasons: readonly string[];
  /** Of `OTEL_LOGS_EXPORTER`, or of the file: `none` where nothing is sent. */
  readonly logsExporter: string;
  /** Why no record goes anywhere, although nothing is wrong: lines on standard output may be what is wanted. */
  readonly unsent: readonly string[];
}

/** The standard variables that matter to an access log. Those without a default are there only where they are set. */
export function explainOtelEnvironment(env: NodeJS.ProcessEnv): OtelExplanation {
  const problems: string[] = [];
  const otel = collectProblems(() => resolveOtelEnvironment(env), problems);
  const file = readDeclarativeFile(env, readRegularFile);
  const values =
    file === undefined
      ? explainVariables(env, otel, problems)
      : explainDeclarative(file, env, otel ?? resolveOtelEnvironment({}));
  const { sdkDisabled = false, logsExporter = 'otlp', missing } = otel ?? {};
  const place = file === undefined ? undefined : `in ${file.name}`;
  const reasons = sdkDisabled
    ? [place === undefined ? 'OTEL_SDK_DISABLED is true' : `disabled is true ${place}`]
    : [];
  const exporter = place === undefined ? 'OTEL_LOGS_EXPORTER' : `the exporter ${place}`;
  const unsent =
    logsExporter === 'none'
      ? [
          missing ??
            `${exporter} is none: nothing is sent; ACCESS_LOG_STDOUT=json beside it writes JSON lines`,
        ]
      : [];
  const isSdk = resolveOptionsWithSources({}, env).options.pipeline === 'sdk';
  const warnings = [...(otel?.warnings ?? []), ...((isSdk && otel?.sdkWarnings) || [])];
  return { values, problems, warnings, reasons, logsExporter, unsent };
}

function explainVariables(
  env: NodeJS.ProcessEnv,
  otel: OtelEnvironment | undefined,
  problems: string[],
): readonly ExplainedVariable[] {
  // Its problems were found above.
  const otlp = resolveOtlpEnvironment(env, readRegularFile, noFindings());
  const values: ExplainedVariable[] = [];
  const add = (
    names: readonly string[],
    otherwise: string | undefined,
    show: (text: string) => string = (text) => text,
  ): void => {
    const set = firstSet(env, ...names);
    const variable = set?.name ?? names.at(-1) ?? '';
    if (set !== undefined) values.push({ variable, value: show(set.text), source: 'environment' });
    else if (otherwise !== undefined) values.push({ variable, value: otherwise, source: 'default' });
  };
  const { batch, logsExporter, logLevel, sdkDisabled } = otel ?? resolveOtelEnvironment({});
  add(['ACCESS_LOG_CONFIG'], undefined, showPath);
  add(['OTEL_SERVICE_NAME'], undefined);
  const isDiscarded = parseAttributeList(env.OTEL_RESOURCE_ATTRIBUTES ?? '').mistake !== undefined;
  add(['OTEL_RESOURCE_ATTRIBUTES'], undefined, (text) => (isDiscarded ? '(cannot be used)' : text));
  add(['OTEL_NODE_RESOURCE_DETECTORS'], undefined);
  add(['OTEL_SDK_DISABLED'], 'false', () => String(sdkDisabled));
  add(['OTEL_LOGS_EXPORTER'], 'otlp', () => logsExporter);
  add(otlpNames('PROTOCOL'), otlp.protocol, () => otlp.protocol);
  add(otlpNames('ENDPOINT'), otlp.endpoint, () => otlp.endpoint || '(cannot be used)');
  for (const name of otlpNames('HEADERS')) {
    add([name], undefined, (text) => showHeaders(text, otlp.protocol));
  }
  add(otlpNames('TIMEOUT'), '10000', () => String(otlp.timeoutMs));
  add(otlpNames('COMPRESSION'), 'none', () => otlp.compression);
  add(otlpNames('INSECURE'), undefined);
  for (const suffix of ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'] as const) {
    add(otlpNames(suffix), undefined, showPath);
  }
  add(['OTEL_BLRP_SCHEDULE_DELAY'], '1000', () => String(batch.scheduleDelayMs));
  add(['OTEL_BLRP_EXPORT_TIMEOUT'], '30000', () => String(batch.exportTimeoutMs));
  const { pipeline, otlpHeadersFile } = resolveOptionsWithSources({}, env).options;
  const isSdk = pipeline === 'sdk';
  // Our own pipeline has no default: it sends what is ready.
  add(['OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'], isSdk ? '512' : undefined, () => String(batch.maxExportBatchSize));
  add(['OTEL_BLRP_MAX_QUEUE_SIZE'], undefined);
  add(['OTEL_LOG_LEVEL'], 'info', () => logLevel);
  add(['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'], undefined);
  add(['OTEL_TRACES_SAMPLER'], undefined);
  if (pipeline === 'stream' && logsExporter === 'otlp' && otlpHeadersFile)
    collectProblems(() => checkHeadersFile(otlpHeadersFile, otlp.protocol), problems);
  return values;
}

/** What the doctor needs to examine the endpoint before it sends anything there. */
export interface OtlpTarget {
  readonly protocol: OtlpProtocol;
  /** For messages. */
  readonly endpoint: string;
  /** With all of its path and its query. Never for messages. */
  readonly url: string;
  /** The variable that sets the endpoint, or the one that could. */
  readonly endpointVariable: string;
  readonly protocolVariable: string;
  /** Paths of PEM files, where they are set. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The variables that name headers, or a file of them. */
  readonly headerVariables: readonly string[];
  /** URL of the proxy on the way there. May hold credentials: never for messages. */
  readonly proxy: string | undefined;
  /** Name of the file of declarative configuration that all of it comes from. */
  readonly configFile: string | undefined;
}

/** @throws OptionsError where the environment cannot be used */
export function resolveOtlpTarget(env: NodeJS.ProcessEnv): OtlpTarget {
  const { otlp, configFile } = resolveOtelEnvironment(env);
  const { protocol, endpoint, url, headers, tls, proxy } = otlp;
  const { pipeline, otlpHeadersFile } = resolveOptionsWithSources({}, env).options;
  const nameOf = (suffix: string): string =>
    (configFile === undefined ? firstSet(env, ...otlpNames(suffix))?.name : undefined) ??
    `OTEL_EXPORTER_OTLP_${suffix}`;
  const headerVariables =
    configFile === undefined
      ? otlpNames('HEADERS').filter((name) => firstSet(env, name) !== undefined)
      : Object.keys(headers).length > 0
        ? [nameOf('HEADERS')]
        : [];
  return {
    protocol,
    endpoint,
    url,
    endpointVariable: nameOf('ENDPOINT'),
    protocolVariable: nameOf('PROTOCOL'),
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    headerVariables: [
      ...(pipeline === 'stream' && otlpHeadersFile ? [variableOf('otlpHeadersFile')] : []),
      ...headerVariables,
    ],
    // The official exporters support no proxy over HTTP.
    proxy: pipeline === 'sdk' && protocol !== 'grpc' ? undefined : proxy,
    configFile,
  };
}
