// What the bundles in `dist/` contain of other packages. More would be slower to load, or a second copy of what
// the application has; and whatever is in them must be named with its license.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';

const BUNDLES = ['dist/register.js', 'dist/last-delivery-worker.js', 'dist/transport-worker.js'];

function packagesIn(bundle: string): readonly string[] {
  const sources = readFileSync(inRepo(bundle), 'utf8').matchAll(
    /^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm,
  );
  return [...new Set([...sources].map(([, name = '']) => name))].sort();
}

function licenseOf(name: string): string {
  const folder = inRepo(join('node_modules', name));
  const file = readdirSync(folder).find((one) => /^LICENSE(\.|$)/.test(one));
  assert.ok(file !== undefined, `${name} has a license`);
  return readFileSync(join(folder, file), 'utf8').trim();
}

describe('the bundles', () => {
  test('contain what is loaded at every start, and nothing else', () => {
    const packages = [...new Set(BUNDLES.flatMap(packagesIn))].sort();
    assert.deepEqual(packages, ['@opentelemetry/api', 'ipaddr.js', 'valibot']);
  });

  test('contain nothing that THIRD-PARTY-NOTICES.md does not name, with its license', () => {
    const notices = readFileSync(inRepo('THIRD-PARTY-NOTICES.md'), 'utf8');
    const told = notices.matchAll(/^## (.+)\n\n```text\n([\s\S]*?)\n```$/gm);
    assert.deepEqual(
      [...told].map(([, name, license = '']) => [name, license.trim()]),
      packagesIn('dist/register.js').map((name) => [name, licenseOf(name)]),
    );
  });
});
