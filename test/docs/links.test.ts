import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { allPages, codeSpans, readPage } from './support/markdown.ts';

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

/** Files and folders of the repository that a text names by their path. */
function namedPaths(prose: string): string[] {
  return codeSpans(prose).filter((span) => /^(?:src|test|docs|bench|docker|examples)\/[\w./-]+$/.test(span));
}

for (const page of allPages) {
  test(`${page}: what it links to in the repository is there`, () => {
    const targets = [...readPage(page).prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
    assert.deepEqual(
      targets.filter((target) => !URL.canParse(target) && isBroken(page, target)),
      [],
    );
  });

  test(`${page}: every file that it names is there`, () => {
    assert.deepEqual(
      namedPaths(readPage(page).prose).filter((path) => !existsSync(inRepo(path))),
      [],
    );
  });
}
