// The scripts around `npm pack` and `npm publish`, run in a folder with other owners.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';

const manifest = readFileSync(inRepo('package.json'), 'utf8').replaceAll('OWNER', 'shop');
const pages = { 'README.md': read('README.md'), 'CHANGELOG.md': read('CHANGELOG.md') };
const { version } = JSON.parse(manifest);

function read(page: string): string {
  return readFileSync(inRepo(page), 'utf8');
}

/** A folder with the pages and that package.json, and how a script ends in it. */
function inFolder(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'publishing-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries({ ...pages, 'package.json': text })) {
    writeFileSync(join(folder, name), content);
  }
  const script = inRepo('package', 'publishing.js');
  return {
    run: (command: string) =>
      spawnSync(process.execPath, [script, command], { cwd: folder, encoding: 'utf8' }),
    write: (text: string) => writeFileSync(join(folder, 'README.md'), text),
    links: () =>
      [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(
        ([, link = '']) => link,
      ),
    pages: () =>
      Object.fromEntries(Object.keys(pages).map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
  };
}

describe('publishing', () => {
  test('is refused while package.json has a placeholder for its owner', (t) => {
    for (const name of ['author', 'homepage', 'bugs', 'repository']) {
      const given = JSON.parse(manifest);
      const { run } = inFolder(t, JSON.stringify({ ...given, [name]: given[name].replace('shop', 'OWNER') }));
      const { status, stderr } = run('check');
      assert.equal(status, 1);
      assert.equal(stderr, `package.json: put the owner of the repository in the place of OWNER (${name})\n`);
    }
    assert.equal(inFolder(t, manifest).run('check').status, 0);
    assert.equal(JSON.parse(manifest).scripts.prepublishOnly, 'node package/publishing.js check');
  });

  test('has links that lead to the repository, at this version, and leaves the pages as they were', (t) => {
    const folder = inFolder(t, manifest);
    const before = folder.links();
    assert.ok(before.includes('docs/options.md#other-runtimes'));
    assert.equal(folder.run('absolute').status, 0);
    const absolute = (link: string): string =>
      /^https?:|^#/.test(link) ? link : `https://github.com/shop/otel-access-log/blob/v${version}/${link}`;
    assert.deepEqual(folder.links(), before.map(absolute));
    const packed = folder.pages();
    assert.equal(folder.run('absolute').status, 0);
    assert.deepEqual(folder.pages(), packed, 'a second time changes nothing');
    assert.equal(folder.run('relative').status, 0);
    assert.deepEqual(folder.pages(), pages);
  });

  test('shows images of this version, those of HTML too', (t) => {
    const folder = inFolder(t, manifest);
    folder.write('![a page](docs/a.png) <source srcset="docs/dark.png"> <img src="docs/b.png" alt="b">\n');
    assert.equal(folder.run('absolute').status, 0);
    const raw = `https://github.com/shop/otel-access-log/raw/v${version}/docs`;
    assert.equal(
      folder.pages()['README.md'],
      `![a page](${raw}/a.png) <source srcset="${raw}/dark.png"> <img src="${raw}/b.png" alt="b">\n`,
    );
  });

  test('leaves the links while the owner is not known', (t) => {
    const folder = inFolder(t, manifest.replaceAll('shop', 'OWNER'));
    assert.equal(folder.run('absolute').status, 0);
    assert.deepEqual(folder.pages(), pages);
  });
});
