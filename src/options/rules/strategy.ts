/**
 * What becomes of a value that is found:
 *
 * - `show`: by name only: the value stays, though it is scanned as any other text
 * - `hash`: a keyed hash, `<key id>:<22 characters>`
 * - `keep`: the first and last characters stay, an asterisk stands for each other one
 * - `mask`: an asterisk for each character
 * - `replace`: a text in its place
 * - `remove`: nothing in its place
 */
export type Strategy =
  | { readonly kind: 'show' | 'hash' | 'mask' | 'remove' }
  | { readonly kind: 'keep'; readonly first: number; readonly last: number }
  | { readonly kind: 'replace'; readonly text: string };

/** What `replace` puts in the place of a value by default: the word of the semantic conventions for `url.query`. */
export const REDACTED = 'REDACTED';
/** The strategies as messages list them. */
export const STRATEGY_FORMS = 'show, hash, keep:F:L, mask, replace, replace:TEXT, remove';

const KEEP = /^keep:(\d{1,2}):(\d{1,2})$/;
/** So long may the text of `replace` be: it stands in every record. */
const MAX_TEXT = 64;
/** Printable ASCII without what could end a value in a query, a cookie or a header. */
const REPLACEMENT = /^[!-~]*$/;
const RESERVED = /[&;=,"\\#?/]/;

/** Reads `hash`, `keep:6:4`, `replace:TEXT`, …; `undefined` for any other text. */
export function parseStrategy(text: string): Strategy | undefined {
  switch (text) {
    case 'show':
    case 'hash':
    case 'mask':
    case 'remove':
      return { kind: text };
    case 'replace':
      return { kind: 'replace', text: REDACTED };
  }
  const [, first, last] = KEEP.exec(text) ?? [];
  if (first !== undefined && last !== undefined)
    return { kind: 'keep', first: Number(first), last: Number(last) };
  if (!text.startsWith('replace:')) return undefined;
  const replacement = text.slice('replace:'.length);
  const isUsable =
    replacement.length <= MAX_TEXT && REPLACEMENT.test(replacement) && !RESERVED.test(replacement);
  return isUsable ? { kind: 'replace', text: replacement } : undefined;
}
