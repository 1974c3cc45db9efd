// What npm would publish. Files outside of dist are named one by one in package.json.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { before, describe, test } from 'node:test';
import { npm } from '../lanes/support/npm.ts';
import { inRepo } from '../support/repo-root.ts';

const resolve = createRequire(import.meta.url).resolve;
const manifest = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));

describe('the package', () => {
  let files: readonly string[] = [];
  before(async () => {
    const listed = await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], inRepo());
    const [packed]: { files: { path: string }[] }[] = JSON.parse(listed);
    files = packed?.files.map(({ path }) => path) ?? [];
  });

  test('has both JSON Schemas, for editors by their files and for tools by their exports', () => {
    for (const [subpath, file] of [
      ['schema.json', 'otel-access-log.schema.json'],
      ['rules.schema.json', 'otel-access-log-rules.schema.json'],
    ] as const) {
      assert.ok(files.includes(file), `${file} in ${files.filter((path) => !path.startsWith('dist/'))}`);
      assert.equal(resolve(`otel-access-log/${subpath}`), inRepo(file));
    }
  });

  test('has one file of declarations for each of its exports', () => {
    assert.deepEqual(files.filter((file) => /\.d\.[cm]?ts$/.test(file)).toSorted(), [
      'dist/fields/fields.d.ts',
      'dist/index.d.ts',
      'dist/register.d.cts',
      'dist/register.d.ts',
    ]);
  });

  test('imports what it depends on, and what is in it', () => {
    for (const file of files.filter((path) => /^dist\/.*\.(?:c?js|d\.c?ts)$/.test(path))) {
      const text = readFileSync(inRepo(file), 'utf8');
      for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^'"]*? from ['"]([^'"]+)['"];?$/gm)) {
        const [first = '', second] = name.split('/');
        const known = name.startsWith('.')
          ? files.includes(new URL(name, `file:///${file}`).pathname.slice(1))
          : isBuiltin(name) ||
            (first.startsWith('@') ? `${first}/${second}` : first) in manifest.dependencies;
        assert.ok(known || file.endsWith('.d.ts'), `${file}: ${name}`);
      }
    }
  });
});
