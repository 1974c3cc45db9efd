import { CHARACTERS, LETTER_OR_DIGIT, TOKEN68 } from '../characters.ts';
import type { Window } from '../window.ts';
import { ASCII, type Match, type PairDetector, pairsOf } from './detector.ts';

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const EQUALS = 0x3d;
const TILDE = 0x7e;
const TO_LOWER_CASE = 0x20;

const BEARER = codesOf('bearer');
const BASIC = codesOf('basic');
/** Base64 of a user name and a password of one character together, and the colon between them. */
const MIN_BASIC = 3;

/**
 * The credentials after `Bearer` or `Basic`, in upper or lower case (RFC 9110 section 11.1), also in a query, where a
 * space is `+` or `%20`. The scheme stays.
 */
export class BearerDetector implements PairDetector {
  readonly pairs: readonly string[] = pairsOf(ASCII, 'bB');
  // Where what is no credentials ends: without these `basic+basic+…` would be read to its end at each `basic`.
  #wordsTo = 0;
  #challengeTo = 0;

  begin(): void {
    this.#wordsTo = 0;
    this.#challengeTo = 0;
  }

  suspects(text: string, at: number): boolean {
    return followsIn(text, at, BEARER) || followsIn(text, at, BASIC);
  }

  find(window: Window, at: number, from: number, match: Match): boolean {
    const { codes, length, isCut } = window;
    if (at < from || at < this.#challengeTo || !isAlone(codes, at)) return false;
    const isBearer = follows(codes, at, BEARER);
    if (!isBearer && (at < this.#wordsTo || !follows(codes, at, BASIC))) return false;
    const afterScheme = at + (isBearer ? BEARER.length : BASIC.length);
    let start = afterScheme;
    while (isBlank(codes[start])) start++;
    if (start === afterScheme) return false;
    const end = isBearer ? endOfToken(codes, start) : endOfBase64(codes, start);
    if (end === start) return false;
    match.start = start;
    match.end = end;
    if (end === length && isCut) return true;
    // `Bearer realm="…"` is a challenge (RFC 9110 section 11.6.1).
    if (codes[end] === QUOTE && codes[end - 1] === EQUALS) {
      this.#challengeTo = end;
      return false;
    }
    if (isBearer || (end - start >= MIN_BASIC && !areWords(codes, start, end))) return true;
    this.#wordsTo = end;
    return false;
  }
}

/** Many parsers take a tab for the space of RFC 9110 section 11.4. */
function isBlank(code: number | undefined): boolean {
  return code === SPACE || code === PLUS || code === TAB;
}

function endOfToken(codes: Uint8Array, start: number): number {
  const characters = CHARACTERS;
  let end = start;
  while (((characters[codes[end] ?? 0] ?? 0) & TOKEN68) !== 0) end++;
  return end;
}

/** RFC 4648 sections 4 and 5. */
function endOfBase64(codes: Uint8Array, start: number): number {
  const characters = CHARACTERS;
  let end = start;
  for (; ; end++) {
    const code = codes[end] ?? 0;
    if (((characters[code] ?? 0) & TOKEN68) === 0 || code === DOT || code === TILDE) return end;
  }
}

/** Whether it reads like `basic training`: no digits, and capitals at most where a word begins or all over it. */
function areWords(codes: Uint8Array, start: number, end: number): boolean {
  let isAfterLower = false;
  for (let at = start; at < end; at++) {
    const code = codes[at] ?? 0;
    const isUpper = code >= 0x41 && code <= 0x5a;
    const isLower = code >= 0x61 && code <= 0x7a;
    if (!isUpper && !isLower && code !== PLUS && code !== HYPHEN) return false;
    if (isUpper && isAfterLower) return false;
    isAfterLower = isLower;
  }
  return true;
}

function isAlone(codes: Uint8Array, at: number): boolean {
  return ((CHARACTERS[codes[at - 1] ?? 0] ?? 0) & LETTER_OR_DIGIT) === 0;
}

function follows(codes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++)
    if (((codes[at + index] ?? 0) | TO_LOWER_CASE) !== word[index]) return false;
  return true;
}

function followsIn(text: string, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++)
    if ((text.charCodeAt(at + index) | TO_LOWER_CASE) !== word[index]) return false;
  return true;
}

function codesOf(word: string): Uint8Array {
  return Uint8Array.from(word, (character) => character.charCodeAt(0));
}
