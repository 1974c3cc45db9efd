import { hookMeanings } from '../hooks/hooks.ts';
import { configVariable, type Option, optionNames, optionSchema, variableOf } from '../schema.ts';

/** The options as the Markdown table of docs/options.md: variable, name in code, default, meaning. */
export function optionsTable(): string {
  const rows = [
    ['variable', 'in code', 'default', 'meaning'],
    ['---', '---', '---', '---'],
    ...optionNames.map((name) => {
      const option: Option<unknown> = optionSchema[name];
      return [`\`${variableOf(name)}\``, `\`${name}\``, showDefault(option), option.meaning];
    }),
    [`\`${configVariable.name}\``, '–', '–', configVariable.meaning],
    ...Object.entries(hookMeanings).map(([name, meaning]) => ['–', `\`${name}\``, '–', meaning]),
  ];
  return rows.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

/** A default as it would be written in the environment. */
export function showDefault(option: Option<unknown>): string {
  const text = Array.isArray(option.default) ? option.default.join(',') : String(option.default);
  if (text === '') return 'empty';
  return option.unit === undefined ? `\`${text}\`` : `\`${text}\` ${option.unit}`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
