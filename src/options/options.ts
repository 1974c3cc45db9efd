export type { AccessLogOptions } from './access-log-options.ts';
export { declarativeVariables } from './declarative/declarative-file.ts';
export { withoutPreloads } from './environment.ts';
export { readRegularFile } from './file/read-file.ts';
export { freezingPlatform } from './freezing-platform.ts';
export { isLineFormat } from './groups/output-options.ts';
export type { HookName, Hooks, LostRecords } from './hooks/hooks.ts';
export { HooksError, loadHooks } from './hooks/load-hooks.ts';
export { collectProblems, OptionsError } from './options-error.ts';
export { type OtelEnvironment, resolveKnownMethods, resolveOtelEnvironment } from './otel-environment.ts';
export { checkHeadersFile } from './otlp/otlp-headers.ts';
export { showGivenPath } from './path/shown-path.ts';
export { isProduction } from './production.ts';
export { resolveOptions, resolveOptionsWithSources, unknownVariables } from './resolve.ts';
export { detectResource } from './resource/detect-resource.ts';
export {
  type ResourceEnvironment,
  readResourceEnvironment,
  UNKNOWN_SERVICE,
  unknownService,
} from './resource-environment.ts';
export { NO_RULES } from './rules/masking-rules.ts';
export { type RuntimeSettings, withRuntime } from './rules/runtime-settings.ts';
export { WatchedRules } from './rules/watched-rules.ts';
export type { GivenOptions, ResolvedOptions } from './schema.ts';
