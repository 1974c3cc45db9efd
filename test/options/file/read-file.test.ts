import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { resolveOptions } from '../../../src/options/options.ts';
import { problemsOf } from '../support/problems-of.ts';

describe('reading the configuration file', () => {
  const unreadable = (expected: string, path: string, why: string) => [
    `ACCESS_LOG_CONFIG: expected ${expected}, got ${JSON.stringify(path)}, ${why} (from the environment)`,
  ];
  const refusal = (path: string) => problemsOf(() => resolveOptions({}, { ACCESS_LOG_CONFIG: path }));

  test('is of the file that the variable names', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'a.yaml');
    writeFileSync(path, 'rate: 5\n');
    assert.equal(resolveOptions({}, { ACCESS_LOG_CONFIG: ` ${path}` }).rate, 5);

    writeFileSync(path, `rate: 5\n#${'x'.repeat(65_536 - 9)}`);
    assert.equal(resolveOptions({}, { ACCESS_LOG_CONFIG: path }).rate, 5);
    truncateSync(path, 65_537);
    assert.deepEqual(refusal(path), unreadable('a file of at most 64 KiB', path, 'which is larger'));
    writeFileSync(path, Buffer.from('rate: \xff', 'latin1'));
    assert.deepEqual(refusal(path), unreadable('a file in UTF-8', path, 'which is not'));

    const missing = join(folder, 'b.yaml');
    assert.deepEqual(
      refusal(missing),
      unreadable('a file that can be read', missing, 'which does not exist'),
    );
    assert.deepEqual(
      refusal(folder),
      unreadable('a file that can be read', folder, 'which is no regular file'),
    );
  });

  const failures: readonly [error: unknown, why: string][] = [
    [Object.assign(new Error('denied'), { code: 'EACCES' }), 'which may not be read'],
    [Object.assign(new Error('broken'), { code: 'EIO' }), 'EIO'],
    ['broken', 'for an unknown reason'],
  ];
  for (const [error, why] of failures) {
    test(`a failure is told: ${why}`, () => {
      const fail = () => {
        throw error;
      };
      assert.deepEqual(
        problemsOf(() => resolveOptions({}, { ACCESS_LOG_CONFIG: '/etc/a.yaml' }, fail)),
        unreadable('a file that can be read', '/etc/a.yaml', why),
      );
    });
  }
});
