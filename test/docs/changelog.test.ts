import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';

const changelog = readFileSync(inRepo('CHANGELOG.md'), 'utf8');
const { version } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));
const headings = Array.from(changelog.matchAll(/^## (.*)$/gm), ([, heading = '']) => heading);
const [unreleased, ...released] = headings;
const versions = released.map((heading) => /^\[(\d+\.\d+\.\d+\S*)\] - \d{4}-\d{2}-\d{2}$/.exec(heading)?.[1]);

test('the changelog has what is unreleased first, then each version with its date', () => {
  assert.equal(unreleased, '[Unreleased]');
  assert.ok(versions.length > 0);
  assert.ok(!versions.includes(undefined), released.join('\n'));
});

test('the version of package.json is the newest in the changelog', () => {
  assert.equal(versions[0], version);
});

test('each section links to what has changed since the version before', () => {
  const links = Array.from(changelog.matchAll(/^\[(.+)\]: (.+)$/gm), ([, name, target]) => [name, target]);
  const expected = ['HEAD', ...versions.map((name) => `v${name}`)].map((to, index, all) => {
    const from = all[index + 1];
    const name = to === 'HEAD' ? 'Unreleased' : to.slice(1);
    return [name, from === undefined ? `../../commits/${to}` : `../../compare/${from}...${to}`];
  });
  assert.deepEqual(links, expected);
});
