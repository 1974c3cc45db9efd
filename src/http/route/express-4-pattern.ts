/**
 * The paths behind the regular expression of an Express 4 layer, which keeps nothing else. path-to-regexp 0.1 made it,
 * and its few forms can be read back. (Versions 0.1.7 to 0.1.13 differ in them.)
 */
import type { Pattern } from './express-pattern.ts';

type Keys = readonly { readonly name: string | number }[];

/** What path-to-regexp adds at the end of a mount path. */
const END = String.raw`\/?(?=\/|$)`;
/** Between the paths of a list: at the end of one, that of a mount path or of a route, and at the start of another. */
const BETWEEN = /(?<=\(\?=\\\/\|\$\)|\\\/\?\$)\|(?=\^)/;
/** How 0.1.7 brackets a list. */
const LIST = /^\(\?:(\^.*)\)$/s;

/** `[^/]+?` (up to the next slash, or the next dot too), `(?:(?!…).)+?` (up to what stands before the parameter). */
const DEFAULT = String.raw`\[\^\\?\/(?:\\\.)?\]\+\?|\(\?:\(\?!(?:\\.|[^\\()])*\)\.\)\+\?`;
const IS_DEFAULT = new RegExp(`^(?:${DEFAULT})$`);
/** A parameter, or `*`, or an escaped character, or one that means itself. */
const TOKEN = new RegExp(
  String.raw`\(\?:(\\\/|\\\.)?\((${DEFAULT}|[^()]*)\)\)(\?)?|(\(\.\*\))|\\([^\w\s])|([\w~%@&=;,!'-]|[^\x00-\x7f])`,
  'y',
);

export function express4Patterns(regexp: RegExp, keys: Keys): readonly Pattern[] {
  if (regexp.global || regexp.sticky) return [{ written: () => undefined }];
  const sources = (LIST.exec(regexp.source)?.[1] ?? regexp.source).split(BETWEEN);
  let first = 0;
  return sources.map((source) => {
    const own = sources.length === 1 ? regexp : new RegExp(source, regexp.flags);
    const next = first + groupsOf(own);
    const written = writtenIn(own, keys.slice(first, next));
    first = next;
    return { take: (path) => own.exec(path)?.[0], written: () => written };
  });
}

function writtenIn(regexp: RegExp, keys: Keys): string | undefined {
  const { source } = regexp;
  // Not made by path-to-regexp: it is what the application wrote.
  if (!source.startsWith('^') || !source.endsWith(END)) return String(regexp);
  return decoded(source.slice(1, -END.length), keys);
}

/** `undefined` where anything else is in it: Express 4 lets a path contain parts of regular expressions. */
function decoded(source: string, keys: Keys): string | undefined {
  let text = '';
  let key = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source);
    if (token === null) return undefined;
    const [, separator = '', capture, optional = '', wildcard, escaped, itself] = token;
    if (capture !== undefined) {
      const custom = IS_DEFAULT.test(capture) ? '' : `(${capture})`;
      text += `${separator.slice(1)}:${keys[key]?.name}${custom}${optional}`;
    } else text += wildcard === undefined ? (escaped ?? itself) : '*';
    if (capture !== undefined || wildcard !== undefined) key += 1;
  }
  return text;
}

function groupsOf({ source }: RegExp): number {
  return (new RegExp(`${source}|`).exec('')?.length ?? 1) - 1;
}
