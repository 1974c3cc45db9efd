import type { Attributes } from '@opentelemetry/api';
import type { Exchange } from '../http/exchange.ts';
import { contentOptions } from './groups/content-options.ts';
import { deliveryOptions } from './groups/delivery-options.ts';
import { outputOptions } from './groups/output-options.ts';
import { overloadOptions } from './groups/overload-options.ts';
import { privacyOptions } from './groups/privacy-options.ts';
import { samplingOptions } from './groups/sampling-options.ts';
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

/** How many records of one kind were lost at once, and why. */
export interface LostRecords {
  /** Route of the records; `undefined` where they have none, `_OTHER` where it is not known. */
  readonly route: string | undefined;
  /** Method of the records that have no route. */
  readonly method: string | undefined;
  /** `2xx`, or the outcome where there was no status. */
  readonly statusClass: string;
  /** Short reason of low cardinality: `memory_limit`, a gRPC status, an HTTP status. */
  readonly errorType: string;
  readonly count: number;
}

/** Functions, so in code only. One that throws is reported once and left out of the path. */
interface Hooks {
  /** Leaves out the exchanges for which it returns true; they count as ignored. Default: none is left out. */
  readonly skip?: ((exchange: Exchange) => boolean) | undefined;
  /** Returns attributes to add to the record. Default: none are added. */
  readonly attributes?: ((exchange: Exchange) => Attributes | undefined) | undefined;
  /** Called with the records that delivery gave up (`OtlpStreamLogRecordProcessor`). Default: not called. */
  readonly onLost?: ((counts: readonly LostRecords[]) => void) | undefined;
  /** Called after the mode has changed: `errors` or `normal`, and why `errors` mode began. Default: not called. */
  readonly onMode?:
    | ((mode: 'normal' | 'errors', reason: 'starved' | 'backlog' | 'losing') => void)
    | undefined;
}

/** The hooks as the table of docs/options.md shows them. */
export const hookMeanings: Readonly<Record<keyof Hooks, string>> = {
  skip: '`skip(exchange)`: true leaves the exchange out; it counts as ignored',
  attributes: '`attributes(exchange)`: attributes to add to the record',
  onLost:
    '`onLost(counts)`: told of the records that `OtlpStreamLogRecordProcessor` gave up, per key and reason',
  onMode:
    '`onMode(mode, reason)`: told when `errors` mode begins (`errors`) and ends (`normal`), and why it began: `starved`, ' +
    '`backlog`, `losing`',
};

/** Names the configuration file; no option, for it can stand neither in code nor in the file. */
export const configVariable: { readonly name: string; readonly meaning: string } = {
  name: 'ACCESS_LOG_CONFIG',
  meaning: 'path of a configuration file, YAML or JSON: the names in code are its keys',
};

export type OptionName = keyof typeof optionSchema;
type ValueOf<O> = O extends Option<infer T> ? T : never;
type Values = { readonly [Name in OptionName]: ValueOf<(typeof optionSchema)[Name]> };

/**
 * What can be set in code; `undefined` is the same as not set. It comes before the environment, then the configuration
 * file, then the default.
 */
export type AccessLogOptions = { readonly [Name in OptionName]?: Values[Name] | undefined } & Hooks;

/** All options with their values, checked and frozen. */
export type ResolvedOptions = Values & {
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
