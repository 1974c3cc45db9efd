// The table of docs/delivery.md: ways in which a process ends, receivers, with and without a spool. Each cell is a test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { describeEndings } from './support/endings.ts';
import { tableOfEndings } from './support/ways-of-ending.ts';

describeEndings('grpc');

test('docs/delivery.md has this table', () => {
  assert.ok(readFileSync(inRepo('docs/delivery.md'), 'utf8').includes(`\n\n${tableOfEndings()}\n\n`));
});
