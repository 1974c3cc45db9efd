import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withOptionsTable } from './support/readme-block.ts';

test('the options table of the README is that of the schema', () => {
  // The package root is the working directory of every npm script.
  const readme = readFileSync('README.md', 'utf8');
  const expected = withOptionsTable(readme);
  assert.ok(expected !== undefined, 'README.md: expected <!-- options --> and <!-- /options -->');
  assert.equal(readme, expected, 'README.md: run write-readme-table on it');
});
