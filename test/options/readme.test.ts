import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { showDefault } from '../../src/options/published/options-markdown.ts';
import { type Option, optionNames, optionSchema, variableOf } from '../../src/options/schema.ts';
import { codeSpans, tableRows } from '../docs/support/markdown.ts';
import { inRepo } from '../support/repo-root.ts';
import { withOptionsTable } from './support/options-block.ts';

test('the table of docs/options.md is that of the schema', () => {
  const page = readFileSync(inRepo('docs', 'options.md'), 'utf8');
  const expected = withOptionsTable(page);
  assert.ok(expected !== undefined, 'docs/options.md: expected <!-- options --> and <!-- /options -->');
  assert.equal(page, expected, 'docs/options.md: npm run generate');
});

test('the README has some options, in the order of the schema, with their defaults', () => {
  const rows = tableRows('README.md', 'Options').map(([variable, byDefault]) => [variable, byDefault]);
  const named = new Set(rows.map(([variable = '']) => codeSpans(variable)[0]));
  const expected = optionNames
    .filter((name) => named.has(variableOf(name)))
    .map((name) => {
      const option: Option<unknown> = optionSchema[name];
      return [`\`${variableOf(name)}\``, showDefault(option)];
    });
  assert.ok(rows.length >= 10);
  assert.deepEqual(rows, expected);
});
