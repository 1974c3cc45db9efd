import { REDACTED, type Strategy } from '../../options/rules/strategy.ts';
import { ATTRIBUTES } from '../attributes/attribute-table.ts';
import { NONE, QueryPiece } from './query-piece.ts';

/** No record has more of a query or a path. */
const MAX_LENGTH = Math.max(ATTRIBUTES.query.cap, ATTRIBUTES.path.cap);
/** Pieces that are looked at, and names in them: 256 parameters of one name each. */
const MAX_LOOKS = 512;
/** Values that are replaced one by one. */
const MAX_CREDENTIALS = 32;

const AMPERSAND = 0x26;
const SLASH = 0x2f;

/** Before the authority of a URL, as browsers read it: they also take `https:host` and `\\host`. */
const BEFORE_AUTHORITY = /^(?:[a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2,})/i;
const END_OF_AUTHORITY = /[/\\]/;

/** What is looked at beyond what is written, so that a credential is found that the cut divides. */
const MAX_AHEAD = 256;

const piece = new QueryPiece(MAX_LENGTH + MAX_AHEAD);

/**
 * The query in `text` from `start` to `end`, with the values of credentials replaced by `REDACTED`; names, order and
 * everything else stay as received. A name counts however it is encoded, and also as a part of a structured one
 * (`token[]`, `user[password]`). A value that is itself a URL, a query or JSON with a credential in it is replaced as a
 * whole. Empty values stay empty.
 *
 * What is not looked at is not written. What comes after 2048 characters is cut off; after 256 parameters or 32
 * credentials one `REDACTED` stands for the rest.
 */
export function redactQuery(text: string, start = 0, end: number = text.length): string {
  return redact(text, start, end, AMPERSAND);
}

/** The same for a path, since its segments may have parameters too: `/cart;jsessionid=1/items`. */
export function redactPath(path: string): string {
  // Where a name ends there is a `=`, plain or encoded.
  if (!path.includes('=') && !path.includes('%')) return path;
  return redact(path, 0, path.length, SLASH);
}

/** How the parts of a URL are shown. */
export interface UrlParts {
  authority(authority: string): string;
  path(path: string): string;
  query(query: string): string;
}

const REDACTED_PARTS: UrlParts = {
  authority: (text) => text,
  path: redactPath,
  query: (text) => redactQuery(text),
};

/** A URL, absolute or relative, with its path and query redacted, and without user information and fragment. */
export function redactUrl(
  url: string,
  isSensitive: (path: string) => boolean,
  parts: UrlParts = REDACTED_PARTS,
): string {
  const fragment = url.indexOf('#');
  const whole = fragment === NONE ? url : url.slice(0, fragment);
  const mark = whole.indexOf('?');
  const hierarchy = mark === NONE ? whole : whole.slice(0, mark);
  const prefix = BEFORE_AUTHORITY.exec(hierarchy)?.[0] ?? '';
  const rest = hierarchy.slice(prefix.length);
  const slash = prefix === '' ? 0 : rest.search(END_OF_AUTHORITY);
  const authority = slash === NONE ? rest : rest.slice(0, slash);
  const path = rest.slice(authority.length);
  const shown = prefix + parts.authority(authority.slice(authority.lastIndexOf('@') + 1)) + parts.path(path);
  if (mark === NONE || isSensitive(path)) return shown;
  return `${shown}?${parts.query(whole.slice(mark + 1))}`;
}

/** What is told of credentials in a text. */
interface CredentialSink {
  add(start: number, end: number, strategy: Strategy, kind: string): void;
}

const REPLACE: Strategy = { kind: 'replace', text: REDACTED };

/**
 * Adds the values of credentials in `text` from `from` to `to`, as {@link redactQuery} replaces them. A text with too
 * many parameters is added from there on.
 *
 * @param separator of parameters, beside `&`
 * @param last where the last parameter may end, if that is not `to`
 * @returns whether there was one
 */
export function addCredentials(
  spans: CredentialSink,
  text: string,
  from: number,
  to: number,
  separator: number,
  last: number = to,
): boolean {
  let looks = 0;
  let found = false;
  for (let start = from; start < to; start = piece.end + 1) {
    if (to - start > MAX_LENGTH + MAX_AHEAD) throw new RangeError('a text that is too long');
    piece.read(text, start, to, separator);
    looks += 1 + piece.names;
    if (looks > MAX_LOOKS) {
      spans.add(start, to, REPLACE, '');
      return true;
    }
    const value = piece.valueOfCredential();
    if (value === NONE) continue;
    piece.end = endOfParameter(text, piece.end, last, separator);
    if (value === piece.end) continue;
    spans.add(value, piece.end, REPLACE, '');
    found = true;
  }
  return found;
}

/** Whether what has this name is a credential. */
export function isCredentialName(name: string): boolean {
  const text = `${name}=`.slice(-MAX_LENGTH);
  piece.read(text, 0, text.length, AMPERSAND);
  return piece.valueOutsideOfJson() !== NONE;
}

/** @param separator of parameters, beside `&` */
function redact(text: string, from: number, to: number, separator: number): string {
  const end = Math.min(to, from + MAX_LENGTH);
  let redacted = '';
  let shown = from;
  let looks = 0;
  let credentials = 0;
  for (let start = from; start < end; start = piece.end + 1) {
    piece.read(text, start, end, separator);
    looks += 1 + piece.names;
    if (looks > MAX_LOOKS) return redacted + text.slice(shown, start) + REDACTED;
    const value = piece.valueOfCredential();
    if (value === NONE) continue;
    // To its very end: a parser that knows only `&` takes what follows a `;` as a part of this value.
    piece.end = endOfParameter(text, piece.end, end, separator);
    if (value === piece.end) continue;
    redacted += text.slice(shown, value) + REDACTED;
    shown = piece.end;
    if (++credentials === MAX_CREDENTIALS) return redacted;
  }
  return redacted + text.slice(shown, end);
}

function endOfParameter(text: string, start: number, end: number, separator: number): number {
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === AMPERSAND || code === separator) break;
  }
  return at;
}
