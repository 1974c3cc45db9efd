import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeSpans, commandsOf, pages, tableRows } from './support/markdown.ts';

const rows = tableRows('CONTRIBUTING.md', 'Commands');

test('CONTRIBUTING names what runs each command of the documents', () => {
  const typed = pages.flatMap(commandsOf);
  const listed = rows.map(([command = '']) => codeSpans(command)[0]);
  assert.deepEqual(listed.toSorted(), [...new Set(typed)].toSorted());
});
