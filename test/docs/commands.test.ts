import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { codeSpans, commandsOf, pages, readPage, tableRows } from './support/markdown.ts';

const INDEX = 'docs/README.md';
const rows = tableRows(INDEX, 'Commands');

test('of every command in the documents the index says by what it was run', () => {
  const typed = pages.filter((page) => page !== INDEX).flatMap(commandsOf);
  const listed = rows.map(([command = '']) => codeSpans(command)[0]);
  assert.deepEqual(listed.toSorted(), [...new Set(typed)].toSorted());
});

test('every file that the index names is there', () => {
  const named = codeSpans(readPage(INDEX).prose).filter((span) => /^[\w.-]+\/[\w./-]+$/.test(span));
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((file) => !existsSync(inRepo(file))),
    [],
  );
});
