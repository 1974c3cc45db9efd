import * as v from 'valibot';
import { OptionsError, type Origin, problem, showGiven, showName } from './options-error.ts';
import {
  type AccessLogOptions,
  hookMeanings,
  type Option,
  optionNames,
  optionSchema,
  type ResolvedOptions,
  variableOf,
} from './schema.ts';
import { suggest } from './suggest.ts';

const hookNames = Object.keys(hookMeanings);
const codeNames: readonly string[] = [...optionNames, ...hookNames];
const variableNames = optionNames.map(variableOf);

/** Where of a list more than so many items are wrong, the message only counts the others. */
const MAX_ITEMS_SHOWN = 3;

/**
 * The options in force: code before environment before default. A blank variable is not set (specification,
 * configuration/common.md); a list without items can be written as a comma. A frozen object.
 *
 * @throws OptionsError with every problem there is: values that are not as expected, unknown keys in code, unknown
 * variables that begin with `ACCESS_LOG_`
 */
export function resolveOptions(
  input: AccessLogOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new OptionsError([problem('options', 'an object', showGiven(input), 'from code')]);
  }
  const problems: string[] = [];
  const given = new Map<string, unknown>(Object.entries(input));
  const resolved: Record<string, unknown> = {};

  for (const name of optionNames) {
    const option: Option<unknown> = optionSchema[name];
    const inCode = given.get(name);
    const text = env[variableOf(name)];
    if (inCode !== undefined) {
      resolved[name] = validate(option, inCode, { name, value: inCode, origin: 'from code' }, problems);
    } else if (text !== undefined && text.trim() !== '') {
      const source: Source = { name: variableOf(name), value: text, origin: 'from the environment' };
      resolved[name] = validate(option, option.parse(text), source, problems);
    } else {
      resolved[name] = frozen(option.default);
    }
  }
  for (const name of hookNames) {
    const hook = given.get(name);
    if (hook !== undefined && typeof hook !== 'function') {
      problems.push(problem(name, 'a function', showGiven(hook), 'from code'));
    }
    resolved[name] = hook;
  }
  problems.push(...unknownNames([...given.keys()], codeNames, 'from code'));
  problems.push(...unknownNames(variablesSet(env), variableNames, 'from the environment'));

  if (problems.length > 0) throw new OptionsError(problems);
  // The loops above went through every name of the schema and validated each value against it.
  return Object.freeze(resolved) as ResolvedOptions;
}

interface Source {
  readonly name: string;
  /** As it was given, before parsing. */
  readonly value: unknown;
  readonly origin: Origin;
}

function validate(option: Option<unknown>, value: unknown, source: Source, problems: string[]): unknown {
  const result = v.safeParse(option.schema, value);
  if (result.success) return frozen(result.output);
  problems.push(
    problem(source.name, option.expected, showRefused(source.value, result.issues), source.origin),
  );
  return undefined;
}

/** The items that were refused where it is a list, else the value. */
function showRefused(value: unknown, issues: readonly v.BaseIssue<unknown>[]): string {
  const items = issues.filter((issue) => issue.path !== undefined).map((issue) => showGiven(issue.input));
  if (items.length === 0) return showGiven(value);
  const more = items.length - MAX_ITEMS_SHOWN;
  return items.slice(0, MAX_ITEMS_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

function variablesSet(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter((name) => name.startsWith('ACCESS_LOG_') && (env[name] ?? '').trim() !== '');
}

function unknownNames(given: readonly string[], known: readonly string[], origin: Origin): string[] {
  return given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = suggest(name, known);
      return `${showName(name)}: no such option${meant === undefined ? '' : `, did you mean ${meant}?`} (${origin})`;
    });
}
