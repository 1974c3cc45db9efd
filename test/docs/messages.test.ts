import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { codeSpans, tableRows } from './support/markdown.ts';

/** Shorter ones prove nothing. */
const MIN_LENGTH = 10;

const sources = readdirSync(inRepo('src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(inRepo('src'), file), 'utf8'))
  .join('\n');

/** What stands between the parts of a message that differ: names in capitals, and what is left out (`…`). */
function fixedParts(message: string): string[] {
  return message
    .replace('(N records lost)', '')
    .split(/…|\b[A-Z_]{2,}\b|[(),:?]/)
    .map((part) => part.trim())
    .filter(({ length }) => length >= MIN_LENGTH);
}

test('the messages that the page about missing records explains are those of the code', () => {
  const rows = tableRows('docs/why-are-my-records-missing.md', '2. Read standard error');
  const parts = rows.map(([line = '']) => codeSpans(line).flatMap(fixedParts));
  assert.ok(rows.length > 0);
  assert.deepEqual(
    parts.filter(({ length }) => length === 0),
    [],
    'every row has a message',
  );
  assert.deepEqual(
    parts.flat().filter((part) => !sources.includes(part)),
    [],
  );
});
