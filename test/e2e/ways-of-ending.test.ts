// The table of docs/delivery.md: ways in which a process ends, receivers, with and without a spool. Each cell is a test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { checkFirstIsLast, describeEndings } from './support/endings.ts';
import { tableOfEndings } from './support/ways-of-ending.ts';

describeEndings('grpc');

describe('a process whose first exchange is its last leaves it on disk', () => {
  for (const app of ['exit', 'throw', 'reject', 'thread exit', 'cluster exit'])
    test(`APP_END=${app}`, (t) => checkFirstIsLast(t, app));
});

test('docs/delivery.md has this table', () => {
  assert.ok(readFileSync(inRepo('docs/delivery.md'), 'utf8').includes(`\n\n${tableOfEndings()}\n\n`));
});
