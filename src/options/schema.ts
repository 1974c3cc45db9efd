import { contentOptions } from './groups/content-options.ts';
import { deliveryOptions } from './groups/delivery-options.ts';
import { outputOptions } from './groups/output-options.ts';
import { overloadOptions } from './groups/overload-options.ts';
import { privacyOptions } from './groups/privacy-options.ts';
import { samplingOptions } from './groups/sampling-options.ts';
import type { Hooks } from './hooks/hooks.ts';
import type { Option } from './option.ts';

export type { BodyFormat } from './groups/output-options.ts';
export type { Option } from './option.ts';

/**
 * The options, in the order of docs/options.md. The types, defaults, messages, that table and the JSON Schema come
 * from here; the environment variable is the name in capitals, with `ACCESS_LOG_` before it.
 */
export const optionSchema: typeof samplingOptions &
  typeof overloadOptions &
  typeof contentOptions &
  typeof privacyOptions &
  typeof outputOptions &
  typeof deliveryOptions = {
  ...samplingOptions,
  ...overloadOptions,
  ...contentOptions,
  ...privacyOptions,
  ...outputOptions,
  ...deliveryOptions,
};

/** Names the configuration file; no option, for it can stand neither in code nor in the file. */
export const configVariable: { readonly name: string; readonly meaning: string } = {
  name: 'ACCESS_LOG_CONFIG',
  meaning: 'path of a configuration file, YAML or JSON: the names in code are its keys',
};

export type OptionName = keyof typeof optionSchema;
type ValueOf<O> = O extends Option<infer T> ? T : never;
/** The values that the options have. */
export type OptionValues = { readonly [Name in OptionName]: ValueOf<(typeof optionSchema)[Name]> };

/** Any of the options, those included that have no effect in code; `undefined` is the same as not set. */
export type GivenOptions = { readonly [Name in OptionName]?: OptionValues[Name] | undefined } & Hooks;

/** All options with their values, checked and frozen. */
export type ResolvedOptions = OptionValues & {
  readonly skip: Hooks['skip'];
  readonly attributes: Hooks['attributes'];
  readonly onLost: Hooks['onLost'];
  readonly onMode: Hooks['onMode'];
};

export const optionNames: readonly OptionName[] = Object.freeze(Object.keys(optionSchema) as OptionName[]);

/** `slowMs` is `ACCESS_LOG_SLOW_MS`. */
export function variableOf(name: OptionName): string {
  return `ACCESS_LOG_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}
