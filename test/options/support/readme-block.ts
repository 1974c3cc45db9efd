import { optionsTable } from '../../../src/options/table.ts';

const BLOCK = /<!-- options -->.*?<!-- \/options -->/s;

/** The README with its options table as the schema has it now; `undefined` where it has no place for one. */
export function withOptionsTable(readme: string): string | undefined {
  if (!BLOCK.test(readme)) return undefined;
  return readme.replace(BLOCK, () => `<!-- options -->\n${optionsTable()}\n<!-- /options -->`);
}
