import { optionsTable } from '../../../src/options/published/options-markdown.ts';

const BLOCK = /<!-- options -->.*?<!-- \/options -->/s;

/** The page with its options table as the schema has it now; `undefined` where it has no place for one. */
export function withOptionsTable(page: string): string | undefined {
  if (!BLOCK.test(page)) return undefined;
  return page.replace(BLOCK, () => `<!-- options -->\n${optionsTable()}\n<!-- /options -->`);
}
