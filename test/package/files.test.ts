// What npm would publish. Files outside of dist are named one by one in package.json.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { npm } from '../lanes/support/npm.ts';
import { inRepo } from '../support/repo-root.ts';

const resolve = createRequire(import.meta.url).resolve;

test('the package has both JSON Schemas, for editors by their files and for tools by their exports', async () => {
  const listed = await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], inRepo());
  const [packed]: { files: { path: string }[] }[] = JSON.parse(listed);
  const files = packed?.files.map(({ path }) => path) ?? [];
  for (const [subpath, file] of [
    ['schema.json', 'otel-access-log.schema.json'],
    ['rules.schema.json', 'otel-access-log-rules.schema.json'],
  ] as const) {
    assert.ok(files.includes(file), `${file} in ${files.filter((path) => !path.startsWith('dist/'))}`);
    assert.equal(resolve(`otel-access-log/${subpath}`), inRepo(file));
  }
});
