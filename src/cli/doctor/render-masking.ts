import { show } from '../../render/format.ts';
import { type Paint, printable, shorten } from '../../render/terminal.ts';
import type { MaskingReport } from './report.ts';

const MAX_VALUE = 160;

/** The rules in force, one fact a line. */
export function ruleLines({ file, hash, keyId, detectors, numbers }: MaskingReport): string[] {
  const told = Object.entries(numbers).flatMap(([kind, number]) => (number > 0 ? [`${kind} ${number}`] : []));
  const facts: (readonly [string, string])[] = [
    ['rules file', file === null ? 'none' : `${file} (${hash})`],
    ...(file === null ? [] : [['rules', told.join(', ') || 'none'] as const]),
    ['detectors', detectors.join(', ') || 'none'],
    ['key of hashes', keyId === null ? 'none' : `with the id ${keyId}`],
  ];
  return facts.map(([name, text]) => `  ${name.padEnd(17)}  ${printable(text)}`);
}

/** What masking changes in the sample, before and after. */
export function sampleLines({ sample }: MaskingReport, paint: Paint): string[] {
  return sample.flatMap(({ attribute, before, after }) => [
    `  ${printable(attribute)}`,
    `    ${paint('faint', shorten(show(before), MAX_VALUE))}`,
    `    → ${after === null ? paint('faint', 'left out') : shorten(show(after), MAX_VALUE)}`,
  ]);
}
