// What the documents say, for the tests that hold it against the code.
import { readdirSync, readFileSync } from 'node:fs';
import { inRepo } from '../../support/repo-root.ts';

/** The README, the pages of `docs/` and those about alerts, as paths from the root of the repository. */
export const pages: readonly string[] = Object.freeze([
  'README.md',
  ...markdownIn('docs'),
  ...markdownIn('docs/runbooks'),
]);

/** Those, and what is written for people who change the code. */
export const allPages: readonly string[] = Object.freeze([
  ...pages,
  ...markdownIn('docs/decisions'),
  'CONTRIBUTING.md',
  'SECURITY.md',
  'test/README.md',
]);

function markdownIn(folder: string): string[] {
  return readdirSync(inRepo(folder))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => `${folder}/${file}`);
}

export interface CodeBlock {
  /** Empty where the fence names none. */
  readonly language: string;
  /** The nearest heading above. */
  readonly heading: string;
  readonly text: string;
}

export interface Page {
  readonly headings: readonly string[];
  readonly blocks: readonly CodeBlock[];
  /** Everything outside of the blocks. */
  readonly prose: string;
}

export function readPage(page: string): Page {
  const headings: string[] = [];
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of readFileSync(inRepo(page), 'utf8').split('\n')) {
    const [, language] = /^```(\w*)$/.exec(line) ?? [];
    if (open !== undefined && language === '') {
      const heading = headings.at(-1) ?? '';
      blocks.push({ language: open.language, heading, text: open.lines.join('\n') });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (language !== undefined) open = { language, lines: [] };
    else {
      prose.push(line);
      const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
      if (heading !== undefined) headings.push(heading);
    }
  }
  if (open !== undefined) throw new Error(`${page}: a code block that does not end: ${open.lines[0]}`);
  return { headings, blocks, prose: prose.join('\n') };
}

/** What stands between backticks in running text. */
export function codeSpans(prose: string): string[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
}

/** The cells of the table below that heading, row by row, without its head. */
export function tableRows(page: string, heading: string): string[][] {
  const { prose } = readPage(page);
  const [, section = ''] = prose.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const lines = (section.split(/^#/m)[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

const TOOLS = /^(?:npm|npx|curl|docker|kubectl) /;

/** What a page tells its reader to type: in blocks of shell, and in running text where it begins with a tool. */
export function commandsOf(page: string): string[] {
  const { blocks, prose } = readPage(page);
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll(/ *\\\n */g, ' ').split('\n'))
    .map((line) => line.replace(/ +#.*$/, '').trim())
    // A line of settings only is for an environment.
    .filter((line) => line !== '' && !/^[A-Z_]+=\S*$/.test(line));
  const spans = codeSpans(prose).filter((span) => TOOLS.test(span));
  return [...new Set([...lines, ...spans])];
}
