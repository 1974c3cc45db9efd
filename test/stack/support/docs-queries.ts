// The queries in the documents, as they stand there.
import { codeSpans, readPage } from '../../docs/support/markdown.ts';

export interface Query {
  /** The comment above it in its block, else the heading above the block. */
  readonly title: string;
  readonly logql: string;
}

/** Of blocks of LogQL, and what is LogQL in running text. */
export function queriesOf(page: string): Query[] {
  const inText = codeSpans(readPage(page).prose)
    .filter((span) => /^[^'"]*\{service_name=/.test(span))
    .map((logql) => ({ title: 'in running text', logql }));
  return [...inText, ...blockQueriesOf(page, 'logql')];
}

/** Of blocks of that language: a query begins with each line that is not indented. */
export function blockQueriesOf(page: string, language: string): Query[] {
  const queries: Query[] = [];
  for (const { language: ofBlock, heading, text } of readPage(page).blocks) {
    if (ofBlock !== language) continue;
    let title = heading;
    for (const part of text.split(/\n(?=\S)/)) {
      if (/^(#|--)/.test(part)) title = part.replace(/^(#|--)/, '').trim();
      else queries.push({ title, logql: part.trimEnd() });
    }
  }
  return queries;
}
