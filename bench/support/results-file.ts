import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRepo } from '../../test/support/repo-root.ts';

const FILE = inRepo('bench', 'RESULTS.md');
const TITLE =
  '# Results\n\nAs measured, by `npm run bench` (see `--help`); each part says when, where and how.\n';

/** Puts a part between its markers in bench/RESULTS.md, in place of what was there; a new part goes to the end. */
export function writeResults(part: string, markdown: string): void {
  const begin = `<!-- ${part}:begin -->`;
  const end = `<!-- ${part}:end -->`;
  const block = `${begin}\n${markdown}\n${end}`;
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : TITLE;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const next =
    from === -1 || to === -1
      ? `${text}\n${block}\n`
      : text.slice(0, from) + block + text.slice(to + end.length);
  writeFileSync(FILE, next);
}
