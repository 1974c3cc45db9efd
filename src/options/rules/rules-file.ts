import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type MappingTree, readTree, type Tree } from '../file/document-tree.ts';
import { DETECTORS, type DetectorName } from '../groups/privacy-options.ts';
import type { Option } from '../option.ts';
import { OptionsError, showKey } from '../options-error.ts';
import * as v from '../valibot.ts';
import { MAX_ITEMS } from '../values/values.ts';
import type { MaskingRules } from './masking-rules.ts';
import { COOKIES, HEADERS, QUERY, readNameRules } from './name-rules.ts';
import { readPathTemplates } from './path-templates.ts';
import { ATTRIBUTE_NAME, readPatterns } from './pattern-rules.ts';
import { keyOf, RuleReader, showTree } from './rule-reader.ts';
import { type RuntimeSettings, runtimeOptions } from './runtime-settings.ts';
import type { Strategy } from './strategy.ts';
import { HIDING_STRATEGY, type StrategyPlace } from './strategy-text.ts';

/** What a rules file says. */
export interface RulesFile {
  readonly masking: MaskingRules;
  /** Empty where the file has no part `runtime`. */
  readonly runtime: RuntimeSettings;
  /** Which file it was: 8 hexadecimal digits of the SHA-256 of its content. */
  readonly hash: string;
}

/** Bytes that a rules file may have. */
export const MAX_RULES_BYTES: number = 64 * 1024;

/** The keys of a rules file, in the order of docs/masking.md. */
const RULES_KEYS: readonly string[] = [
  ...['$schema', 'version', 'allow', 'detect', 'query', 'cookies', 'headers', 'paths', 'patterns', 'runtime'],
];

/** What a detector does; `off` in its place takes it away. */
const DETECTOR_STRATEGY: StrategyPlace = { ...HIDING_STRATEGY, expected: `${HIDING_STRATEGY.expected}, off` };

/**
 * Reads a rules file, YAML or JSON, of at most 64 KiB. Loads the engine of regular expressions where it has patterns.
 *
 * @param name of the file, for messages
 * @param hasHashKey whether the option `hashKeyFile` is set: without it nothing can be hashed
 * @throws OptionsError with every problem there is
 */
export function parseRulesFile(bytes: Uint8Array, name: string, hasHashKey: boolean): RulesFile {
  if (bytes.length > MAX_RULES_BYTES) throw refusal(name, 'expected at most 64 KiB, got more');
  if (!isUtf8(bytes)) throw refusal(name, 'expected a text in UTF-8, got something else');
  const { tree, problems } = readTree(name, new TextDecoder().decode(bytes));
  if (tree === undefined) throw new OptionsError(problems);
  const reader = new RuleReader(name, hasHashKey);
  const parts = partsOf(reader, tree);
  const part = (key: string): Tree | undefined => parts?.entries.get(key);
  const masking: MaskingRules = {
    allow: new Set(readAllow(reader, part('allow'))),
    detect: readDetect(reader, part('detect')),
    query: readNameRules(reader, part('query'), QUERY),
    cookies: readNameRules(reader, part('cookies'), COOKIES),
    headers: readNameRules(reader, part('headers'), HEADERS),
    paths: readPathTemplates(reader, part('paths')),
    patterns: readPatterns(reader, part('patterns')),
  };
  const runtime = readRuntime(reader, part('runtime'));
  const all = [...problems, ...reader.problems];
  if (all.length > 0) throw new OptionsError(all);
  return { masking, runtime, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 8) };
}

function refusal(name: string, words: string): OptionsError {
  return new OptionsError([`${name}: ${words} (from the file)`]);
}

/** A file that was just emptied, to be written anew, has no version: it does not count as a file without rules. */
function partsOf(reader: RuleReader, tree: Tree): MappingTree | undefined {
  const isEmpty = tree.kind === 'scalar' && tree.value === null;
  if (tree.kind !== 'mapping' && !isEmpty) {
    // Without the text itself: it may be the wrong file, with a key or headers in it.
    reader.refuse(
      tree.line,
      'rules',
      `expected parts by their names, got ${tree.kind === 'list' ? 'a list' : 'a text'}`,
    );
    return undefined;
  }
  const parts = tree.kind === 'mapping' ? tree : undefined;
  const version = parts?.entries.get('version');
  if (version === undefined) reader.expected(tree.line, 'version', '1', 'nothing');
  else if (version.kind !== 'scalar' || version.value !== 1) {
    reader.expected(version.line, 'version', '1', showTree(version));
  }
  for (const [key, value] of parts?.entries ?? []) {
    if (!RULES_KEYS.includes(key)) reader.unknown(value.line, showKey(key), key, 'part of rules', RULES_KEYS);
  }
  const schema = parts?.entries.get('$schema');
  if (schema !== undefined) reader.text(schema, '$schema', () => true, 'a text');
  return parts;
}

function readAllow(reader: RuleReader, tree: Tree | undefined): readonly string[] {
  const isName = (text: string): boolean => ATTRIBUTE_NAME.test(text);
  return reader.texts(tree, 'allow', isName, 'a list of names of attributes', MAX_ITEMS) ?? [];
}

function readDetect(reader: RuleReader, tree: Tree | undefined): ReadonlyMap<DetectorName, Strategy | 'off'> {
  const detect = new Map<DetectorName, Strategy | 'off'>();
  const expected = 'detectors, each with what becomes of what it finds, or off';
  for (const [name, value] of reader.mapping(tree, 'detect', expected, MAX_ITEMS)?.entries ?? []) {
    const detector = DETECTORS.find((known) => known === name);
    if (detector === undefined) {
      reader.unknown(value.line, keyOf('detect', name), name, 'detector', DETECTORS);
      continue;
    }
    const isOff = value.kind === 'scalar' && value.value === 'off';
    const strategy = isOff ? 'off' : reader.strategy(value, keyOf('detect', name), DETECTOR_STRATEGY);
    if (strategy !== undefined) detect.set(detector, strategy);
  }
  return detect;
}

function readRuntime(reader: RuleReader, tree: Tree | undefined): RuntimeSettings {
  const settings: Record<string, unknown> = {};
  const known = Object.keys(runtimeOptions);
  for (const [name, value] of reader.mapping(tree, 'runtime', 'options by their names', MAX_ITEMS)?.entries ??
    []) {
    const key = keyOf('runtime', name);
    if (!known.includes(name)) {
      reader.unknown(value.line, key, name, 'option that a rules file can set', known);
      continue;
    }
    const option: Option<unknown> = runtimeOptions[name as keyof typeof runtimeOptions];
    const result = v.safeParse(option.schema, plain(value));
    if (result.success) settings[name] = Object.freeze(result.output);
    else {
      const refused = refusedPart(value, result.issues);
      reader.expected(refused.line, key, option.expected, showTree(refused));
    }
  }
  return Object.freeze(settings);
}

/** A part as JSON has it, for the schema of an option. No option takes more than a list. */
function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  return tree.kind === 'list' ? tree.items.map(plain) : {};
}

/** The first item of a list that is refused, else the whole. */
function refusedPart(tree: Tree, issues: readonly v.BaseIssue<unknown>[]): Tree {
  const item = issues[0]?.path?.[0]?.key;
  return (tree.kind === 'list' && typeof item === 'number' ? tree.items[item] : undefined) ?? tree;
}
