import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { compatibilityPage } from './support/compatibility-page.ts';

test('docs/compatibility.md has the versions that are tested', () => {
  const page = readFileSync(inRepo('docs/compatibility.md'), 'utf8');
  assert.equal(page, compatibilityPage(), 'docs/compatibility.md: npm run generate');
});
