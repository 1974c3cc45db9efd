import { problem, type SourceText } from './options-error.ts';

/** How OTLP is carried (specification, protocol/exporter.md). */
export const OTLP_PROTOCOLS = ['grpc', 'http/protobuf', 'http/json'] as const;

export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** A variable that is set, or a value of a configuration file that stands for one. */
export interface Variable {
  /** As messages name it; of a value in a file with its place: `otel.yaml:14: endpoint`. */
  readonly name: string;
  /** Trimmed, not empty. */
  readonly text: string;
  /** Default: the environment. */
  readonly source?: SourceText;
}

/** What is wrong with variables, one line each. `problems` stop the access log, the others do not. */
export interface Findings {
  readonly problems: string[];
  readonly warnings: string[];
  /** Warnings that hold only with the official exporters, which read these variables themselves. */
  readonly sdkWarnings: string[];
}

export function noFindings(): Findings {
  return { problems: [], warnings: [], sdkWarnings: [] };
}

/** The first of the variables that is set; a blank one is not (specification, configuration/common.md). */
export function firstSet(env: NodeJS.ProcessEnv, ...names: readonly string[]): Variable | undefined {
  for (const name of names) {
    const text = env[name]?.trim();
    if (text) return { name, text };
  }
  return undefined;
}

/** The environment for a worker thread of ours, which must not load the preloads of `NODE_OPTIONS`. */
export function withoutPreloads(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _preloads, ...others } = env;
  return others;
}

/** Both names of an OTLP variable, the one for logs first (specification, protocol/exporter.md). */
export function otlpNames(suffix: string): readonly [string, string] {
  return [`OTEL_EXPORTER_OTLP_LOGS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

/** One line about a variable that is not as expected. */
export function misread(variable: string | Variable, expected: string, given: string): string {
  const { name, source = 'from the environment' } =
    typeof variable === 'string' ? { name: variable } : variable;
  return problem(name, expected, given, source);
}

/** Why a file cannot be used, without its path: the system's error code, or the message of an error of ours. */
export function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
