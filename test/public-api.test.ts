import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as api from '../src/index.ts';
import { VERSION } from '../src/version.ts';
import { inRepo } from './support/repo-root.ts';

test('the public surface is these names', () => {
  assert.deepEqual(Object.keys(api), [
    'HttpAccessLogInstrumentation',
    'OtlpStreamLogRecordProcessor',
    'TokenBucketLogRecordProcessor',
    'createField',
    'note',
  ]);
});

test('the version of the scope is that of the package', () => {
  assert.equal(VERSION, JSON.parse(readFileSync(inRepo('package.json'), 'utf8')).version);
});
