const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * The value of a cookie in a `Cookie` header (RFC 6265 section 5.4), without the quotes that may be around it. Of several
 * with the name the first that has a value: agents send those of longer paths first.
 *
 * @returns `undefined` where there is none
 */
export function cookieValue(header: string, name: string): string | undefined {
  const start = `${name}=`;
  for (let at = header.indexOf(start); at !== -1; at = header.indexOf(start, at + start.length)) {
    if (!beginsPair(header, at)) continue;
    const from = at + start.length;
    const end = header.indexOf(';', from);
    const value = unquoted(header.slice(from, end === -1 ? header.length : end).trim());
    if (value !== '') return value;
  }
  return undefined;
}

/** Whether nothing but blanks stands between a place and the pair before it. */
function beginsPair(header: string, place: number): boolean {
  let at = place - 1;
  while (at >= 0 && (header.charCodeAt(at) === SPACE || header.charCodeAt(at) === TAB)) at--;
  return at < 0 || header.charCodeAt(at) === SEMICOLON;
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
