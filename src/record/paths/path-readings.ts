// What servers take a path for. Routers compare it as it was sent; `new URL()` removes dot segments; file servers
// decode it first; proxies merge slashes; others cut parameters off. So one path may be several.

/** `.` or `..` is a segment, encoded (`%2e`) or not. */
export const DOTS = 1;
/** Two slashes in a row, which some servers take for one. */
export const DOUBLE_SLASH = 2;
/** Something is percent-encoded. */
export const ENCODED = 4;
/**
 * Servers do not agree on where the path or one of its segments ends: `;`, an encoded slash, `?`, `#`, `;` or `%`, a
 * `%` that encodes nothing, a fragment, two slashes at the beginning (`new URL()` takes what follows for a host).
 */
export const AMBIGUOUS = 8;
/**
 * What hardly a client sends but one that wants its path to be taken for another: backslashes, control characters,
 * overlong UTF-8, segments that begin or end with a blank (Windows drops it: `..%20`).
 */
export const DISGUISED = 16;

/** A longer path, if it may be read in more than one way, is not read: it is no page, and reading it costs. */
export const MAX_FOLDED_LENGTH = 512;

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;
const BLANK = 0x20;

/** What a character of the path, or an encoded one, adds to the traits; 0 for nearly all of them. */
const RAW_TRAITS = new Uint8Array(256);
const ENCODED_TRAITS = new Uint8Array(256).fill(ENCODED);
for (let code = 0; code < 0x20; code++) RAW_TRAITS[code] = DISGUISED;
for (const char of '\\\x7f') RAW_TRAITS[char.charCodeAt(0)] = DISGUISED;
for (const char of ';#?') RAW_TRAITS[char.charCodeAt(0)] = AMBIGUOUS;
for (let code = 0; code < 0x80; code++) ENCODED_TRAITS[code] = ENCODED | (RAW_TRAITS[code] ?? 0);
for (const char of '/%') ENCODED_TRAITS[char.charCodeAt(0)] = ENCODED | AMBIGUOUS;
// UTF-8 never has these two: decoders that take them read `%c0%ae` as a dot (RFC 3629 section 10).
for (const code of [0xc0, 0xc1]) ENCODED_TRAITS[code] = ENCODED | DISGUISED;

/** What about a path may be read in more than one way; 0 where all servers read the same. */
export function traitsOf(path: string): number {
  const { length } = path;
  let traits = path.startsWith('//') ? AMBIGUOUS : 0;
  // Of the segment: characters, dots, blanks, and whether the last one was a blank.
  let width = 0;
  let dots = 0;
  let blanks = 0;
  let endsBlank = false;
  for (let at = 0; at <= length; at++) {
    let code = at === length ? SLASH : path.charCodeAt(at);
    if (code === SLASH) {
      if (width === 0) {
        if (at > 0 && at < length) traits |= DOUBLE_SLASH;
      } else if (endsBlank || (blanks > 0 && dots + blanks === width)) {
        traits |= DISGUISED;
      } else if (dots === width && dots <= 2) {
        traits |= DOTS;
      }
      width = 0;
      dots = 0;
      blanks = 0;
      endsBlank = false;
      continue;
    }
    if (code === PERCENT) {
      code = encodedAt(path, at);
      traits |= code === -1 ? AMBIGUOUS : (ENCODED_TRAITS[code] ?? 0);
      if (code !== -1) at += 2;
    } else if (code < 256) {
      traits |= RAW_TRAITS[code] ?? 0;
    }
    endsBlank = code === BLANK;
    if (endsBlank) {
      blanks++;
      if (width === 0) traits |= DISGUISED;
    } else if (code === DOT) {
      dots++;
    }
    width++;
  }
  return traits;
}

/** Undoes one layer of percent-encoding, byte by byte. */
export function decodeOnce(text: string): string {
  let decoded = '';
  let from = 0;
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at)) {
    const code = encodedAt(text, at);
    if (code === -1) {
      at++;
      continue;
    }
    if (from < at) decoded += text.slice(from, at);
    decoded += String.fromCharCode(code);
    at += 3;
    from = at;
  }
  return from === 0 ? text : decoded + text.slice(from);
}

/**
 * A glob as what {@link decodeOnce} makes of a path has to look to be meant by it: percent-encoding undone, and what is
 * not ASCII as the bytes that are sent for it. An encoded wildcard stays encoded, or it would become one.
 */
export function decodeGlob(glob: string): string {
  const bytes = Buffer.from(glob).toString('latin1');
  return bytes.replace(/%(?!2a|3f|2f)[0-9a-f]{2}/gi, decodeOnce);
}

/** The texts that stand for `.` and `..` to those who compare text (RFC 3986 section 5.2.4): how many dots. */
const LITERAL_DOTS: ReadonlyMap<string, number> = new Map([
  ['.', 1],
  ['..', 2],
]);
/** The same to `new URL()` (https://url.spec.whatwg.org/#double-dot-path-segment). */
const ANY_DOTS: ReadonlyMap<string, number> = new Map([
  ...LITERAL_DOTS,
  ['%2e', 1],
  ['.%2e', 2],
  ['%2e.', 2],
  ['%2e%2e', 2],
]);

/**
 * What a path that is neither ambiguous nor disguised is to servers that decode nothing: the path itself, and what it
 * is with dot segments removed and with slashes merged.
 *
 * @param traits of the path
 */
export function foldingsOf(path: string, traits: number): readonly string[] {
  if ((traits & (DOTS | DOUBLE_SLASH)) === 0) return [path];
  const segments = path.split('/');
  const merged = segments.filter((segment) => segment !== '');
  const foldings = new Set([path, `/${merged.join('/')}`]);
  if ((traits & DOTS) !== 0) {
    const rooted = path.startsWith('/') ? segments.slice(1) : segments;
    for (const dots of path.includes('%') ? [LITERAL_DOTS, ANY_DOTS] : [LITERAL_DOTS]) {
      foldings.add(withoutDots(rooted, dots)).add(withoutDots(merged, dots));
    }
  }
  return [...foldings];
}

/** The same to servers that decode, before that or after it. */
export function decodedFoldingsOf(path: string, traits: number): readonly string[] {
  const decoded = decodeOnce(path);
  if ((traits & (DOTS | DOUBLE_SLASH)) === 0) return [decoded];
  const foldings = new Set(foldingsOf(decoded, traits));
  for (const folding of foldingsOf(path, traits)) foldings.add(decodeOnce(folding));
  return [...foldings];
}

function withoutDots(segments: readonly string[], dotsOf: ReadonlyMap<string, number>): string {
  const kept: string[] = [];
  for (const segment of segments) {
    const dots = segment.length > '%2e%2e'.length ? undefined : dotsOf.get(segment.toLowerCase());
    if (dots === undefined) kept.push(segment);
    else if (dots === 2) kept.pop();
  }
  return `/${kept.join('/')}`;
}

/** The byte that `%hh` at that place stands for; -1 where it is something else. */
function encodedAt(text: string, at: number): number {
  const high = digitOf(text.charCodeAt(at + 1));
  const low = digitOf(text.charCodeAt(at + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/** Of a hexadecimal digit its value, else -1; also for NaN, beyond the end. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
