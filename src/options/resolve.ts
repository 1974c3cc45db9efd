import { DECLARATIVE_VARIABLE } from './declarative/declarative-file.ts';
import { type DeclarativeOptions, readDeclarativeOptions } from './declarative/declarative-options.ts';
import { type ConfigFile, readConfigFile } from './file/config-file.ts';
import { type ReadFile, readRegularFile } from './file/read-file.ts';
import { placeIn } from './file/yaml.ts';
import { checkHashKey } from './hash-key.ts';
import { hookNames } from './hooks/hooks.ts';
import { OptionsError, problem, type SourceText, showGiven, showKey, showName } from './options-error.ts';
import {
  configVariable,
  type GivenOptions,
  type Option,
  type OptionName,
  optionNames,
  optionSchema,
  type ResolvedOptions,
  variableOf,
} from './schema.ts';
import { suggest } from './suggest.ts';
import * as v from './valibot.ts';
import { MAX_ITEMS } from './values/values.ts';

/** Where the value of an option came from. */
export type OptionSource =
  | { readonly kind: 'code' }
  | { readonly kind: 'environment'; readonly variable: string }
  /** `path` as it was given, `line` of the key, from 1. */
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  /** The same in the file of `OTEL_CONFIG_FILE`. */
  | { readonly kind: typeof DECLARATIVE_VARIABLE; readonly path: string; readonly line: number }
  | { readonly kind: 'default' };

export interface OptionsWithSources {
  /** `undefined` also where the given value cannot be used. */
  readonly options: { readonly [Name in keyof ResolvedOptions]: ResolvedOptions[Name] | undefined };
  readonly sources: { readonly [Name in keyof ResolvedOptions]: OptionSource };
  /** One line each; with any of them there is no access log. */
  readonly problems: readonly string[];
}

const codeNames: readonly string[] = [...optionNames, ...hookNames];
const variableNames = [...optionNames.map(variableOf), configVariable.name];
/** For an editor that reads JSON, where no comment can name the schema. */
const SCHEMA_KEY = '$schema';

/** Wrong items of a list that a message shows; further ones are only counted. */
const MAX_ITEMS_SHOWN = 3;
/** Unknown names that are shown per source (code, environment, file); further ones are only counted. */
const MAX_NAMES_SHOWN = 10;

/**
 * The options in force: code before environment before the file that `ACCESS_LOG_CONFIG` names before the one that
 * `OTEL_CONFIG_FILE` names before default. A blank
 * variable is not set (specification, configuration/common.md); a list without items can be written as a comma.
 * A frozen object.
 *
 * @param readFile reads the configuration file, if there is one, synchronously and once
 * @throws OptionsError with every problem there is: values that are not as expected, unknown keys in code or in the
 * file, a file that cannot be read
 */
export function resolveOptions(
  input: GivenOptions = {},
  env: NodeJS.ProcessEnv = process.env,
  readFile: ReadFile = readRegularFile,
): ResolvedOptions {
  const { options, problems } = resolveOptionsWithSources(input, env, readFile);
  if (problems.length > 0) throw new OptionsError(problems);
  // Without a problem every value was validated against the schema.
  return options as ResolvedOptions;
}

/** As {@link resolveOptions}, with the source of each value, and without throwing. */
export function resolveOptionsWithSources(
  input: GivenOptions = {},
  env: NodeJS.ProcessEnv = process.env,
  readFile: ReadFile = readRegularFile,
): OptionsWithSources {
  const problems: string[] = [];
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  if (!isObject) problems.push(problem('options', 'an object', showGiven(input), 'from code'));
  const inCode = new Map<string, unknown>(Object.entries(isObject ? input : {}));
  const path = env[configVariable.name]?.trim();
  const file = path ? readConfigFile(path, readFile) : undefined;
  const declarative = readDeclarativeOptions(env, readFile, optionNames.map(declarativeName));
  const options: Record<string, unknown> = {};
  const sources: Record<string, OptionSource> = {};
  const givens = new Map<OptionName, Given>();

  for (const name of optionNames) {
    const option: Option<unknown> = optionSchema[name];
    const given = givenFor(name, option, inCode, env, file) ?? givenInDeclarative(name, option, declarative);
    options[name] = given === undefined ? defaultOf(option) : validate(option, given, problems);
    sources[name] = given?.source ?? { kind: 'default' };
    if (given !== undefined) givens.set(name, given);
  }
  for (const name of hookNames) {
    const hook = inCode.get(name);
    if (hook !== undefined && typeof hook !== 'function') {
      problems.push(problem(name, 'a function', showGiven(hook), 'from code'));
    }
    options[name] = typeof hook === 'function' ? hook : undefined;
    sources[name] = { kind: hook === undefined ? 'default' : 'code' };
  }
  for (const name of checkHashKey(options as OptionsWithSources['options'])) {
    const given = givens.get(name);
    if (given !== undefined) problems.push(missingKey(given));
  }
  problems.push(...unknownNames([...inCode.keys()], codeNames, 'from code'));
  if (file !== undefined) problems.push(...file.problems, ...unknownKeys(file));
  if (declarative !== undefined) problems.push(...declarative.problems);

  // The loops above went through every name of the schema.
  return {
    options: Object.freeze(options) as OptionsWithSources['options'],
    sources: Object.freeze(sources) as OptionsWithSources['sources'],
    problems,
  };
}

/**
 * One line for each variable that begins with `ACCESS_LOG_` and is no option. Only a warning: Kubernetes sets
 * `ACCESS_LOG_SERVICE_HOST`, `ACCESS_LOG_PORT` and more in every pod beside a Service named `access-log`, and an
 * application may have such a variable of its own.
 */
export function unknownVariables(env: NodeJS.ProcessEnv = process.env): string[] {
  const isSet = (name: string): boolean => name.startsWith('ACCESS_LOG_') && (env[name] ?? '').trim() !== '';
  const lines = unknownNames(Object.keys(env).filter(isSet), variableNames, 'from the environment');
  return lines.map((line) => `${line}; ignored`);
}

/** The value given for an option by the source that takes precedence. */
interface Given {
  /** For `schema`. */
  readonly value: unknown;
  /** As it was given, before parsing. */
  readonly shown: unknown;
  readonly source: Exclude<OptionSource, { kind: 'default' }>;
  /** The option as a message about its value calls it, or about one item of it. */
  readonly nameOf: (item: number | undefined) => string;
}

const SOURCE_TEXTS: Readonly<Record<Given['source']['kind'], SourceText>> = {
  code: 'from code',
  environment: 'from the environment',
  file: 'from the file',
  [DECLARATIVE_VARIABLE]: 'from the file',
};

function givenFor(
  name: OptionName,
  option: Option<unknown>,
  inCode: ReadonlyMap<string, unknown>,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): Given | undefined {
  const value = inCode.get(name);
  if (value !== undefined) return { value, shown: value, source: { kind: 'code' }, nameOf: () => name };

  const variable = variableOf(name);
  const text = env[variable];
  if (text !== undefined && text.trim() !== '') {
    const source = { kind: 'environment', variable } as const;
    return { value: option.parse(text), shown: text, source, nameOf: () => variable };
  }

  const entry = file?.entries.get(name);
  if (file === undefined || entry === undefined) return undefined;
  return {
    value: entry.value,
    shown: entry.value,
    source: { kind: 'file', path: file.path, line: entry.line },
    nameOf: (item) => `${placeIn(file.name, entry.itemLines[item ?? -1] ?? entry.line)}: ${name}`,
  };
}

function givenInDeclarative(
  name: OptionName,
  option: Option<unknown>,
  declarative: DeclarativeOptions | undefined,
): Given | undefined {
  const key = declarativeName(name);
  const entry = declarative?.entries.get(key);
  if (declarative === undefined || entry === undefined) return undefined;
  const { path, name: fileName } = declarative;
  return {
    // A list may be one variable, as the environment has lists: `ignore: ${IGNORED_PATHS}`.
    value: entry.isText ? option.parse(String(entry.value)) : entry.value,
    shown: entry.value,
    source: { kind: DECLARATIVE_VARIABLE, path, line: entry.line },
    nameOf: (item) => `${placeIn(fileName, entry.itemLines[item ?? -1] ?? entry.line)}: ${key}`,
  };
}

/** `slowMs` is `slow_ms` in declarative configuration. */
function declarativeName(name: OptionName): string {
  return variableOf(name).slice('ACCESS_LOG_'.length).toLowerCase();
}

function validate(option: Option<unknown>, given: Given, problems: string[]): unknown {
  const result = v.safeParse(option.schema, given.value);
  if (result.success) return frozen(result.output);
  if (Array.isArray(given.value) && given.value.length > MAX_ITEMS) {
    const [expected, items] = [`at most ${MAX_ITEMS} items`, String(given.value.length)];
    problems.push(problem(given.nameOf(undefined), expected, items, SOURCE_TEXTS[given.source.kind]));
    return undefined;
  }
  const item = result.issues[0].path?.[0]?.key;
  const name = given.nameOf(typeof item === 'number' ? item : undefined);
  problems.push(
    problem(name, option.expected, showRefused(given.shown, result.issues), SOURCE_TEXTS[given.source.kind]),
  );
  return undefined;
}

/** Names both options as the user has to write them. */
function missingKey({ nameOf, source: { kind } }: Given): string {
  const key: OptionName = 'hashKeyFile';
  const needed = kind === 'environment' ? variableOf(key) : key;
  return `${nameOf(undefined)}: hashes with a key, so it needs ${needed} (${SOURCE_TEXTS[kind]})`;
}

/** The items that were refused where it is a list, else the value. */
function showRefused(value: unknown, issues: readonly v.BaseIssue<unknown>[]): string {
  const items = issues.filter((issue) => issue.path !== undefined).map((issue) => showGiven(issue.input));
  if (items.length === 0) return showGiven(value);
  const more = items.length - MAX_ITEMS_SHOWN;
  return items.slice(0, MAX_ITEMS_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function defaultOf(option: Option<unknown>): unknown {
  return frozen(option.defaultHere === undefined ? option.default : option.defaultHere());
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

function unknownNames(given: readonly string[], known: readonly string[], source: SourceText): string[] {
  const unknown = given.filter((name) => !known.includes(name));
  const shown = unknown.slice(0, MAX_NAMES_SHOWN).map((name) => unknownName(name, known, source));
  const more = unknown.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more names that are no options (${source})`];
}

function unknownName(name: string, known: readonly string[], source: SourceText): string {
  const meant = suggest(name, known);
  const shown = source === 'from the file' ? showKey(name) : showName(name);
  return `${shown}: no such option${meant === undefined ? '' : `, did you mean ${meant}?`} (${source})`;
}

function unknownKeys({ name: fileName, entries }: ConfigFile): string[] {
  const known: readonly string[] = optionNames;
  const shown: string[] = [];
  let more = 0;
  for (const [key, { value, line }] of entries) {
    if (known.includes(key) || (key === SCHEMA_KEY && typeof value === 'string')) continue;
    const place = placeIn(fileName, line);
    if (shown.length >= MAX_NAMES_SHOWN) more++;
    else if (key === SCHEMA_KEY) {
      shown.push(problem(`${place}: ${key}`, 'a text', showGiven(value), 'from the file'));
    } else if ((hookNames as readonly string[]).includes(key)) {
      shown.push(`${place}: ${key}: a function, so in code or in the module of hooks only (from the file)`);
    } else shown.push(`${place}: ${unknownName(key, known, 'from the file')}`);
  }
  if (more > 0) shown.push(`${fileName}: and ${more} more keys that are no options (from the file)`);
  return shown;
}
