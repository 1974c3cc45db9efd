/** One element of a `Forwarded` header: what one proxy writes about the hop before it (RFC 7239 section 4). */
export interface ForwardedElement {
  /** Node identifier: address with or without port, `unknown`, or an obfuscated one (`_hidden`). */
  readonly for: string | undefined;
  readonly host: string | undefined;
  readonly proto: string | undefined;
}

/** More than a proxy writes: the longest host name and three node identifiers. */
const MAX_ELEMENT_LENGTH = 512;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** `name=token` or `name="quoted string"`; more characters than a token may have, since IPv6 often comes unquoted. */
const PAIR = /([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;=]*))[ \t]*(;?)[ \t]*/suy;
const QUOTED_PAIR = /\\(.)/gsu;

/**
 * Position of the comma before the list element that ends at `end`, -1 where it is the first element.
 * A header that every hop appends to is read from the right: the left part was there when the last proxy received it,
 * so nothing in it (for example an unclosed quote) may change how the right part is read.
 */
export function commaBefore(list: string, end: number): number {
  return end === 0 ? -1 : list.lastIndexOf(',', end - 1);
}

/** As {@link commaBefore}, for lists whose elements hold quoted strings (RFC 9110 section 5.6.4). */
export function unquotedCommaBefore(list: string, end: number): number {
  let isQuoted = false;
  for (let at = end - 1; at >= 0; at--) {
    const code = list.charCodeAt(at);
    if (code === QUOTE) isQuoted = !isQuoted || isEscaped(list, at);
    else if (code === COMMA && !isQuoted) return at;
  }
  return -1;
}

/** The element at `distance` from the right of a comma-separated list; the leftmost where there are fewer. */
export function elementFromRight(list: string, distance: number): string {
  let end = list.length;
  let comma = commaBefore(list, end);
  for (let skipped = 0; skipped < distance && comma !== -1; skipped++) {
    end = comma;
    comma = commaBefore(list, end);
  }
  return list.slice(comma + 1, end).trim();
}

/**
 * Parses one element of a `Forwarded` header. Parameter names count in any case, parameters other than `for`, `host`
 * and `proto` are left out. `undefined` for an element that is malformed, longer than 512 characters, or names a parameter twice.
 */
export function parseForwardedElement(text: string): ForwardedElement | undefined {
  const source = text.trim();
  if (source === '' || source.length > MAX_ELEMENT_LENGTH) return undefined;
  const parameters = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (let hasMore = true; hasMore; ) {
    const match = PAIR.exec(source);
    if (match === null) return undefined;
    const [, name = '', quoted, token = '', semicolon] = match;
    const key = name.toLowerCase();
    if (parameters.has(key)) return undefined;
    parameters.set(key, quoted === undefined ? token : quoted.replace(QUOTED_PAIR, '$1'));
    hasMore = PAIR.lastIndex < source.length;
    if (hasMore && semicolon !== ';') return undefined;
  }
  return { for: parameters.get('for'), host: parameters.get('host'), proto: parameters.get('proto') };
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (first > 0 && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
