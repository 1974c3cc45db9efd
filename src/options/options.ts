export { withoutPreloads } from './environment.ts';
export { OptionsError } from './options-error.ts';
export { type OtelEnvironment, resolveKnownMethods, resolveOtelEnvironment } from './otel-environment.ts';
export { resolveOptions, resolveOptionsWithSources } from './resolve.ts';
export { resolveResourceAttributes } from './resource-environment.ts';
export type { AccessLogOptions, ResolvedOptions } from './schema.ts';
