import type { Tree } from '../file/document-tree.ts';
import type { PathTemplate, TemplateSegment } from './masking-rules.ts';
import { keyOf, type RuleReader } from './rule-reader.ts';
import type { Strategy } from './strategy.ts';
import { HIDING_STRATEGY } from './strategy-text.ts';

/** Each path may be compared with all of them. */
const MAX_TEMPLATES = 100;
const NAME = '[A-Za-z_][A-Za-z0-9_-]{0,63}';
// No character that a path has only percent-encoded: a template is written as the path is read.
const TEMPLATE = new RegExp(`^(?:/(?:\\*|\\{${NAME}\\}|[^\\s/\\\\{}*?#]{1,255})){1,32}$`, 'u');
const NAMED = new RegExp(`^\\{(${NAME})\\}$`);

/** Reads `paths`: templates, each with what becomes of the segments that have a name in it. */
export function readPathTemplates(reader: RuleReader, tree: Tree | undefined): PathTemplate[] {
  const expected = 'templates of paths, such as /reset/{token}, each with what becomes of its names';
  const templates: PathTemplate[] = [];
  for (const [template, value] of reader.mapping(tree, 'paths', expected, MAX_TEMPLATES)?.entries ?? []) {
    const key = keyOf('paths', template);
    if (!TEMPLATE.test(template)) {
      reader.expected(
        value.line,
        key,
        'a template such as /reset/{token}, with * for any segment',
        'another text',
      );
      continue;
    }
    const strategies = readStrategies(reader, value, key);
    const parts = template.slice(1).split('/');
    const segments = parts.map((part) => segmentOf(part, strategies));
    const names = new Set(parts.map((part) => NAMED.exec(part)?.[1]));
    for (const [name, { line }] of value.kind === 'mapping' ? value.entries : []) {
      if (!names.has(name)) reader.refuse(line, keyOf(key, name), `the template has no {${name}}`);
    }
    templates.push({ template, segments });
  }
  return templates;
}

function readStrategies(reader: RuleReader, tree: Tree, key: string): ReadonlyMap<string, Strategy> {
  const strategies = new Map<string, Strategy>();
  if (tree.kind !== 'mapping' || tree.entries.size === 0) {
    reader.expected(tree.line, key, 'names of the template, each with what becomes of the segment', 'none');
    return strategies;
  }
  for (const [name, value] of tree.entries) {
    const strategy = reader.strategy(value, keyOf(key, name), HIDING_STRATEGY);
    if (strategy !== undefined) strategies.set(name, strategy);
  }
  return strategies;
}

function segmentOf(part: string, strategies: ReadonlyMap<string, Strategy>): TemplateSegment {
  const name = NAMED.exec(part)?.[1];
  if (name === undefined) return part === '*' ? { kind: 'any' } : { kind: 'text', text: part };
  const strategy = strategies.get(name);
  return strategy === undefined ? { kind: 'any' } : { kind: 'named', name, strategy };
}

/** The same for a JSON Schema, which does not see whether the template has a name. */
export const pathTemplatesSchema: object = {
  type: ['object', 'null'],
  maxProperties: MAX_TEMPLATES,
  patternProperties: {
    [TEMPLATE.source]: {
      type: 'object',
      minProperties: 1,
      additionalProperties: HIDING_STRATEGY.jsonSchema,
    },
  },
  additionalProperties: false,
};
