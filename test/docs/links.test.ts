import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { pages, readPage } from './support/markdown.ts';

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function isBroken(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(inRepo(file))) return true;
  return anchor !== undefined && !readPage(file).headings.map(anchorOf).includes(anchor);
}

for (const page of pages) {
  test(`${page}: what it links to in the repository is there`, () => {
    const targets = [...readPage(page).prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
    assert.deepEqual(
      targets.filter((target) => !URL.canParse(target) && isBroken(page, target)),
      [],
    );
  });
}
