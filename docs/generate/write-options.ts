// Rewrites the options table of a Markdown file: node build/docs/generate/write-options.js docs/options.md
import { readFileSync, writeFileSync } from 'node:fs';
import { withOptionsTable } from '../../test/options/support/options-block.ts';

// The file must be named: a test runner that takes this for a test changes nothing.
const [file] = process.argv.slice(2);
if (file !== undefined) {
  const written = withOptionsTable(readFileSync(file, 'utf8'));
  if (written === undefined) throw new Error(`${file}: expected <!-- options --> and <!-- /options -->`);
  writeFileSync(file, written);
}
