import type { Tree } from '../file/document-tree.ts';
import type { PatternRule } from './masking-rules.ts';
import { MAX_PATTERN_LENGTH, patternMistake } from './pattern-syntax.ts';
import { keyOf, type RuleReader, showTree } from './rule-reader.ts';
import { HIDING_STRATEGY } from './strategy-text.ts';

const MAX_PATTERNS = 50;
const MAX_ATTRIBUTES = 100;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** The name of an attribute, or `fields` for all that handlers set. */
export const ATTRIBUTE_NAME: RegExp = /^\S{1,255}$/u;
const KEYS: readonly string[] = ['name', 'match', 'do', 'in'];

/** Reads `patterns`: regular expressions of the user. */
export function readPatterns(reader: RuleReader, tree: Tree | undefined): PatternRule[] {
  if (tree === undefined || (tree.kind === 'scalar' && tree.value === null)) return [];
  const expected = 'a list of patterns, each with name, match and do';
  if (tree.kind !== 'list') {
    reader.expected(tree.line, 'patterns', expected, showTree(tree));
    return [];
  }
  if (tree.items.length > MAX_PATTERNS) {
    reader.expected(tree.line, 'patterns', `at most ${MAX_PATTERNS} patterns`, String(tree.items.length));
    return [];
  }
  const patterns = new Map<string, PatternRule>();
  for (const item of tree.items) {
    const pattern = readPattern(reader, item);
    if (pattern === undefined) continue;
    if (patterns.has(pattern.name)) reader.refuse(item.line, `patterns.${pattern.name}`, 'is already set');
    patterns.set(pattern.name, pattern);
  }
  return [...patterns.values()];
}

function readPattern(reader: RuleReader, tree: Tree): PatternRule | undefined {
  if (tree.kind !== 'mapping') {
    reader.expected(tree.line, 'patterns', 'a pattern with name, match and do', showTree(tree));
    return undefined;
  }
  const { entries, line } = tree;
  for (const [key, { line }] of entries) {
    if (!KEYS.includes(key)) reader.unknown(line, keyOf('patterns', key), key, 'key of a pattern', KEYS);
  }
  const [givenName, givenMatch, givenDo] = [entries.get('name'), entries.get('match'), entries.get('do')];
  const isShort = (text: string): boolean => NAME.test(text);
  const nameWords = 'a name of letters, digits and _ . -, at most 64';
  const name =
    givenName === undefined
      ? reader.expected(line, 'patterns.name', nameWords, 'nothing')
      : reader.text(givenName, 'patterns.name', isShort, nameWords);
  const key = `patterns.${name ?? 'name'}`;
  const matchWords = `a regular expression of 1 to ${MAX_PATTERN_LENGTH} characters`;
  const isMatch = (text: string): boolean => text !== '' && [...text].length <= MAX_PATTERN_LENGTH;
  const match =
    givenMatch === undefined
      ? reader.expected(line, `${key}.match`, matchWords, 'nothing')
      : reader.text(givenMatch, `${key}.match`, isMatch, matchWords);
  const mistake = match === undefined ? undefined : patternMistake(match);
  if (mistake !== undefined) reader.refuse(givenMatch?.line ?? line, `${key}.match`, mistake);
  const strategy =
    givenDo === undefined
      ? reader.expected(line, `${key}.do`, HIDING_STRATEGY.expected, 'nothing')
      : reader.strategy(givenDo, `${key}.do`, HIDING_STRATEGY);
  const attributes = reader.texts(
    entries.get('in'),
    `${key}.in`,
    (text) => ATTRIBUTE_NAME.test(text),
    'a list of names of attributes, or fields',
    MAX_ATTRIBUTES,
  );
  if (attributes?.length === 0)
    reader.refuse(entries.get('in')?.line ?? line, `${key}.in`, 'names no attribute');
  if (name === undefined || match === undefined || mistake !== undefined || strategy === undefined)
    return undefined;
  return { name, match, strategy, in: attributes ?? [] };
}

/** The same for a JSON Schema, which does not see what is wrong with a regular expression, and names that come twice. */
export const patternsSchema: object = {
  type: ['array', 'null'],
  maxItems: MAX_PATTERNS,
  items: {
    type: 'object',
    properties: {
      name: { type: 'string', pattern: NAME.source, description: 'for messages and counts' },
      match: {
        type: 'string',
        minLength: 1,
        maxLength: MAX_PATTERN_LENGTH,
        description: 'regular expression as in JavaScript, without look-around and back-references',
      },
      do: { ...HIDING_STRATEGY.jsonSchema, description: 'what becomes of what it matches' },
      in: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_ATTRIBUTES,
        items: { type: 'string', pattern: ATTRIBUTE_NAME.source },
        description:
          'attributes where it is looked for, and fields for all that handlers set; default: everywhere',
      },
    },
    required: ['name', 'match', 'do'],
    additionalProperties: false,
  },
};
