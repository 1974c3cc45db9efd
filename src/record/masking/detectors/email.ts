import { CHARACTERS, DOMAIN, LOCAL_PART } from '../characters.ts';
import type { Window } from '../window.ts';
import { type Match, type PairDetector, pairsOf } from './detector.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const LOWER_X = 0x78;
const TO_LOWER_CASE = 0x20;
const MIN_TOP_LEVEL = 2;
const LOCAL_CHARACTERS: string = Array.from(CHARACTERS, (kinds, code) =>
  (kinds & LOCAL_PART) === 0 ? '' : String.fromCharCode(code),
).join('');
const IMAGES: readonly Uint8Array[] = ['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg', 'avif'].map((extension) =>
  Uint8Array.from(extension, (character) => character.charCodeAt(0)),
);

/** Addresses of mailboxes (RFC 5321), with a domain of ASCII that ends in a top-level domain of letters. */
export class EmailDetector implements PairDetector {
  readonly pairs: readonly string[] = pairsOf(LOCAL_CHARACTERS, '@');

  suspects(): boolean {
    return true;
  }

  find(window: Window, at: number, from: number, match: Match): boolean {
    const { codes, length, isCut } = window;
    const start = startOfLocalPart(codes, at, from);
    if (start === at) return false;
    let end = at + 1;
    while (((CHARACTERS[codes[end] ?? 0] ?? 0) & DOMAIN) !== 0) end++;
    match.start = start;
    match.end = end;
    if (end === length && isCut) return true;
    // The full stop of a sentence, the hyphen after a word.
    while (codes[end - 1] === DOT || codes[end - 1] === HYPHEN) end--;
    match.end = end;
    return hasTopLevel(codes, at + 1, end) && !isImageScale(codes, at);
  }

  /** What stands at the end may be the part of an address before its `@`. */
  findAtEnd(window: Window, from: number, match: Match): boolean {
    const { codes, length } = window;
    match.start = startOfLocalPart(codes, length, from);
    match.end = length;
    return match.start < length;
  }
}

function startOfLocalPart(codes: Uint8Array, end: number, from: number): number {
  let start = end;
  while (start > from && ((CHARACTERS[codes[start - 1] ?? 0] ?? 0) & LOCAL_PART) !== 0) start--;
  return start;
}

function hasTopLevel(codes: Uint8Array, start: number, end: number): boolean {
  let letters = 0;
  for (let at = end - 1; at > start; at--) {
    const code = codes[at] ?? 0;
    if (code === DOT) return letters >= MIN_TOP_LEVEL;
    const lower = code | TO_LOWER_CASE;
    if (lower < 0x61 || lower > 0x7a) return false;
    letters++;
  }
  return false;
}

/** `logo@2x.png` is no address. */
function isImageScale(codes: Uint8Array, at: number): boolean {
  const scale = codes[at + 1] ?? 0;
  if (scale < 0x31 || scale > 0x39 || codes[at + 2] !== LOWER_X || codes[at + 3] !== DOT) return false;
  return IMAGES.some((extension) => extension.every((code, index) => codes[at + 4 + index] === code));
}
