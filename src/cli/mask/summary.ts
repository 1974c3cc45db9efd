import { SCANNED_LENGTH } from '../../record/masking/window.ts';
import { printable } from '../../render/terminal.ts';
import { BUILT_IN, type RuleHits } from './rule-hits.ts';

/** Of all lines. */
export interface LineCounts {
  lines: number;
  changed: number;
  cut: number;
}

/** What was found in how many places, and which rules have found nothing. */
export function summaryText(
  { lines, changed, cut }: LineCounts,
  rules: readonly string[],
  hits: RuleHits,
): string {
  const found = [...rules, BUILT_IN].filter((rule) => hits.hitsOf(rule) > 0);
  const width = Math.max(...found.map((rule) => printable(rule).length));
  const unmatched = rules.filter((rule) => hits.hitsOf(rule) === 0);
  return [
    `lines ${lines}, changed ${changed}${cut > 0 ? `, cut ${cut} (a record shows ${SCANNED_LENGTH} characters of a value)` : ''}`,
    ...(hits.failed > 0 ? [`values that could not be masked: ${hits.failed}`] : []),
    ...found.map((rule) => `  ${printable(rule).padEnd(width)}  ${hits.hitsOf(rule)}`),
    ...(unmatched.length > 0 ? [`never matched: ${unmatched.map(printable).join(', ')}`] : []),
    '',
  ].join('\n');
}

/** `url.query: query.code, jwt; header cookie: cookies.sid` */
export function explanation(hits: ReadonlyMap<string, ReadonlySet<string>>): string {
  return [...hits].map(([place, rules]) => printable(`${place}: ${[...rules].join(', ')}`)).join('; ');
}
