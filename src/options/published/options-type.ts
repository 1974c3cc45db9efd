import { type Option, type OptionName, optionNames, optionSchema, variableOf } from '../schema.ts';
import type { JsonSchema } from '../values/values.ts';
import { type InCode, inCodeOf } from './in-code.ts';

/** Columns of a line, as biome.json has it. */
const WIDTH = 110;

/** `src/options/access-log-options.ts`: the options in code as a type that an editor can show. */
export function optionsType(): string {
  const properties = optionNames.map((name) => {
    const shown = inCodeOf(name);
    return shown === undefined ? '' : property(name, optionSchema[name], shown);
  });
  return `// Written by \`npm run generate\` from src/options/groups and src/options/published/in-code.ts. A mapped type would lose what an
// editor shows of each option.
import type { Hooks } from './hooks/hooks.ts';

/**
 * What can be set in code; \`undefined\` is the same as not set. It comes before the environment, then the configuration
 * file, then the default. Each part takes the whole of it, so that all can be given the same object.
 */
export interface AccessLogOptions extends Hooks {
${properties.join('')}}
`;
}

function property(name: OptionName, option: Option<unknown>, shown: InCode<unknown>): string {
  const { unit, default: byDefault } = option;
  // In code the class says which pipeline it is.
  const meaning = shown.words?.meaning ?? option.meaning.replace(/^with `stream`: /, '');
  const inUnit = unit === undefined ? '' : ` ${unit}`;
  const parts = shown.parts.map((part) => `\`${part}\``).join(' and ');
  const lines = [
    ...wrap(`${meaning.charAt(0).toUpperCase()}${withoutLinks(meaning).slice(1)}.`),
    '',
    ...(unit === undefined ? [] : wrap(`Unit: ${unit}.`)),
    ...wrap(`In the environment: \`${variableOf(name)}\`. Taken by ${parts}.`),
    `@defaultValue \`${literal(byDefault)}\`${inUnit}`,
    `@example ${name}: ${literal(shown.example)}`,
  ];
  const comment = lines.map((line) => `   * ${line}`.trimEnd()).join('\n');
  const type = typeOf(option, shown);
  const line = `  readonly ${name}?: ${type} | undefined;`;
  const declaration = line.length <= WIDTH ? line : `  readonly ${name}?:\n    | ${type}\n    | undefined;`;
  return `  /**\n${comment}\n   */\n${declaration}\n`;
}

/** Links of docs/options.md lead to pages beside it, where an editor has none: the name of the page remains. */
function withoutLinks(meaning: string): string {
  return meaning.replaceAll(/\[[^[\]]*\]\(([^()]+)\)/g, 'docs/$1');
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH - '   * '.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function typeOf({ unit, jsonSchema }: Option<unknown>, { words }: InCode<unknown>): string {
  if (words !== undefined) return words.values.map(literal).join(' | ');
  // What has a unit is a number in code, also where a text with another unit is taken.
  return unit === undefined ? typeOfSchema(jsonSchema) : 'number';
}

function typeOfSchema({ type, enum: words, items, anyOf }: JsonSchema): string {
  if (anyOf !== undefined) {
    const types = [...new Set(anyOf.map(typeOfSchema))];
    // A word of a list that any text may be in tells nothing.
    return types.filter((one) => !types.includes('string') || !one.startsWith("'")).join(' | ');
  }
  if (words !== undefined) return words.map(literal).join(' | ');
  if (items === undefined) return type === 'integer' ? 'number' : String(type);
  const item = typeOfSchema(items);
  return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`;
}

/** As code has it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'string') return `'${value.replaceAll("'", "\\'")}'`;
  return String(value);
}
