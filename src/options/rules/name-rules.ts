import type { Tree } from '../file/document-tree.ts';
import type { JsonSchema } from '../values/values.ts';
import type { NameRules } from './masking-rules.ts';
import { keyOf, type RuleReader } from './rule-reader.ts';
import type { Strategy } from './strategy.ts';
import { CREDENTIAL_STRATEGY, STRATEGY, type StrategyPlace } from './strategy-text.ts';

/** Names of one part; each value of a request may be compared with several. */
const MAX_NAMES = 1000;

/** What has names whose values are masked. */
export interface NamedPart {
  readonly key: 'query' | 'cookies' | 'headers';
  /** A name, one with `*` at its end, or `*`. */
  readonly name: RegExp;
  readonly what: string;
}

// With the flag `u`, as validators of JSON Schema read a pattern.
const PARAMETER = /^(?:[^\s*]{1,128}\*?|\*)$/u;
// RFC 9110 section 5.6.2, without the asterisk.
const TOKEN = /^(?:[!#$%&'+\-.^_`|~0-9A-Za-z]{1,128}\*?|\*)$/u;

export const QUERY: NamedPart = { key: 'query', name: PARAMETER, what: 'names of parameters' };
export const COOKIES: NamedPart = { key: 'cookies', name: TOKEN, what: 'names of cookies' };
export const HEADERS: NamedPart = { key: 'headers', name: TOKEN, what: 'names of headers' };

const CREDENTIAL_HEADERS = /^(?:proxy-)?authorization$/i;
const COOKIE_HEADERS = /^(?:set-)?cookie$/i;

/** Reads `query`, `cookies` or `headers`. Names count in any case of letters. */
export function readNameRules(reader: RuleReader, tree: Tree | undefined, part: NamedPart): NameRules {
  const expected = `${part.what}, each with what becomes of its value`;
  const exact = new Map<string, Strategy>();
  const prefixes = new Map<string, Strategy>();
  let rest: Strategy | undefined;
  for (const [name, value] of reader.mapping(tree, part.key, expected, MAX_NAMES)?.entries ?? []) {
    const key = keyOf(part.key, name);
    if (!part.name.test(name)) {
      reader.expected(
        value.line,
        key,
        `${part.what}, at most 128 characters, with * only at the end`,
        'another name',
      );
      continue;
    }
    if (part === HEADERS && COOKIE_HEADERS.test(name)) {
      reader.refuse(value.line, key, 'belongs into the part cookies, by the name of the cookie');
      continue;
    }
    const strategy = reader.strategy(value, key, placeOf(part, name));
    if (strategy === undefined) continue;
    const lower = name.toLowerCase();
    const prefix = lower.slice(0, -1);
    if (lower === '*') rest = strategy;
    else if (!lower.endsWith('*')) addOnce(reader, exact, lower, strategy, value.line, key);
    else addOnce(reader, prefixes, prefix, strategy, value.line, key);
  }
  const longestFirst = [...prefixes].sort(([a], [b]) => b.length - a.length);
  return { exact, prefixes: longestFirst, rest };
}

function placeOf(part: NamedPart, name: string): StrategyPlace {
  return part === HEADERS && CREDENTIAL_HEADERS.test(name) ? CREDENTIAL_STRATEGY : STRATEGY;
}

function addOnce(
  reader: RuleReader,
  rules: Map<string, Strategy>,
  name: string,
  strategy: Strategy,
  line: number,
  key: string,
): void {
  if (rules.has(name)) reader.refuse(line, key, 'is already set in other capitals');
  else rules.set(name, strategy);
}

/** The same for a JSON Schema. It does not see that two names differ in capitals only. */
export function nameRulesSchema(part: NamedPart): object {
  const isHeaders = part === HEADERS;
  return {
    type: ['object', 'null'],
    maxProperties: MAX_NAMES,
    ...(isHeaders ? { propertyNames: { not: { pattern: anyCase('^(?:set-)?cookie$') } } } : {}),
    patternProperties: {
      [part.name.source]: STRATEGY.jsonSchema satisfies JsonSchema,
      ...(isHeaders ? { [anyCase('^(?:proxy-)?authorization$')]: CREDENTIAL_STRATEGY.jsonSchema } : {}),
    },
    additionalProperties: false,
  };
}

/** A pattern of letters in any case: those of JSON Schema have no flags. */
function anyCase(pattern: string): string {
  return pattern.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
