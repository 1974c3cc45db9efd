// The queries in the documents, as they stand there.
import { codeSpans, readPage } from '../../docs/support/markdown.ts';

export interface Query {
  /** The comment above it in its block, else the heading above the block. */
  readonly title: string;
  readonly logql: string;
}

/** Of blocks of LogQL: a query begins with each line that is not indented. And what is one in running text. */
export function queriesOf(page: string): Query[] {
  const { blocks, prose } = readPage(page);
  const queries = codeSpans(prose)
    .filter((span) => /^[^'"]*\{service_name=/.test(span))
    .map((logql) => ({ title: 'in running text', logql }));
  for (const { language, heading, text } of blocks) {
    if (language !== 'logql') continue;
    let title = heading;
    for (const part of text.split(/\n(?=\S)/)) {
      if (part.startsWith('#')) title = part.slice(1).trim();
      else queries.push({ title, logql: part.trimEnd() });
    }
  }
  return queries;
}
