import { BASE64URL, CHARACTERS, LETTER_OR_DIGIT } from '../characters.ts';
import type { Window } from '../window.ts';
import type { Match, PairDetector } from './detector.ts';

const LOWER_E = 0x65;
const LOWER_Y = 0x79;
const UPPER_J = 0x4a;
const DOT = 0x2e;
/** `{"` and at least six more bytes. */
const MIN_HEADER = 11;
/** Compact form: three parts when signed (RFC 7515 section 7.1), five when encrypted (RFC 7516 section 7.1). */
const MAX_PARTS = 5;

/**
 * JSON Web Tokens: `eyJ` is `{"` in base64url. Also tokens whose signature is missing, which are claims all the same.
 */
export class JwtDetector implements PairDetector {
  readonly pairs: readonly string[] = ['yJ'];
  /** No part that begins before this has a dot after it. */
  #noDotBefore = 0;

  begin(): void {
    this.#noDotBefore = 0;
  }

  suspects(text: string, at: number): boolean {
    return text.charCodeAt(at - 1) === LOWER_Y && text.charCodeAt(at - 2) === LOWER_E;
  }

  find(window: Window, at: number, from: number, match: Match): boolean {
    const { codes, length, isCut } = window;
    const start = at - 2;
    // Without the first condition `-eyJ-eyJ-…` would be read to its end at each `eyJ`.
    if (start < this.#noDotBefore || start < from || !beginsAt(codes, start)) return false;
    let end = endOfPart(codes, at + 1);
    if (end === length && isCut) return fill(match, start, length);
    if (codes[end] !== DOT) {
      this.#noDotBefore = end;
      return false;
    }
    if (end - start < MIN_HEADER) return false;
    const second = end + 1;
    end = endOfPart(codes, second);
    if (codes[end] !== DOT && !isPrefix(codes, second) && !(end === length && isCut)) return false;
    for (let parts = 2; parts < MAX_PARTS && codes[end] === DOT; parts++) end = endOfPart(codes, end + 1);
    return fill(match, start, end);
  }
}

function beginsAt(codes: Uint8Array, start: number): boolean {
  return isPrefix(codes, start) && ((CHARACTERS[codes[start - 1] ?? 0] ?? 0) & LETTER_OR_DIGIT) === 0;
}

function isPrefix(codes: Uint8Array, at: number): boolean {
  return codes[at] === LOWER_E && codes[at + 1] === LOWER_Y && codes[at + 2] === UPPER_J;
}

function endOfPart(codes: Uint8Array, start: number): number {
  const characters = CHARACTERS;
  let end = start;
  while (((characters[codes[end] ?? 0] ?? 0) & BASE64URL) !== 0) end++;
  return end;
}

function fill(match: Match, start: number, end: number): boolean {
  match.start = start;
  match.end = end;
  return true;
}
