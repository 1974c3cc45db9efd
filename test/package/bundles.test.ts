// What the bundles in `dist/` contain of other packages. More would be slower to load, or a second copy of what
// the application has; and whatever is in them must be named with its license.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';

const PAGE = 'dist/cli/web/page.html';
/** The whole of it: script, styles, licenses. */
const MAX_PAGE_BYTES = 150_000;
const PAGE_PACKAGES = ['preact', 'uplot'];
const BUNDLES = [
  'dist/register.js',
  'dist/last-delivery-worker.js',
  'dist/transport-worker.js',
  'dist/options/valibot.js',
];

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
      [...packagesIn('dist/register.js'), ...PAGE_PACKAGES].map((name) => [name, licenseOf(name)]),
    );
  });

  test('of the page are small, bring their licenses along, and fetch nothing', () => {
    const page = readFileSync(inRepo(PAGE), 'utf8');
    assert.ok(Buffer.byteLength(page) < MAX_PAGE_BYTES, `${Buffer.byteLength(page)} bytes`);
    for (const name of PAGE_PACKAGES) assert.ok(page.includes(`${name}\n\n${licenseOf(name)}`), name);
    assert.doesNotMatch(page, /<script[^>]* src=|<link[^>]* rel="stylesheet"|@import|url\(/);
  });
});
