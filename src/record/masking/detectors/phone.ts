import { CHARACTERS, DIGIT, LETTER_OR_DIGIT } from '../characters.ts';
import type { Window } from '../window.ts';
import { ASCII, type Match, type PairDetector, pairsOf } from './detector.ts';

/** ITU-T E.164 section 6.2.1: country code and number have 15 digits at most. The shortest in use have seven. */
const MAX_DIGITS = 15;
const MIN_DIGITS = 7;
/** As in `+1 (202) 555-0123`. */
const BETWEEN = ' +-.()';
const MAX_BETWEEN = 2;

/** Phone numbers with a country code after a `+`. */
export class PhoneDetector implements PairDetector {
  /** Also a digit before it, since one number of a list may end there. */
  readonly pairs: readonly string[] = pairsOf(ASCII, '+');

  suspects(text: string, at: number): boolean {
    const next = text.charCodeAt(at + (text[at] === '%' ? 3 : 1));
    const before = text.charCodeAt(at - 1);
    // An encoded digit is suspicious by itself. Between two digits, the `+` may be a part of any number.
    return (next >= 0x31 && next <= 0x39) || (before >= 0x30 && before <= 0x39);
  }

  find(window: Window, at: number, from: number, match: Match): boolean {
    const { codes, length, isCut } = window;
    const first = codes[at + 1] ?? 0;
    if (!isDigit(first) || first === 0x30) return false;
    // In a list, one number may end where the `+` of the next one is.
    if (at !== from && ((CHARACTERS[codes[at - 1] ?? 0] ?? 0) & LETTER_OR_DIGIT) !== 0) return false;
    let digits = 0;
    let digitsOfGroups = 0;
    let endOfGroups = 0;
    let end = at + 1;
    for (;;) {
      for (; isDigit(codes[end] ?? 0) && digits <= MAX_DIGITS; end++) digits++;
      if (digits > MAX_DIGITS) break;
      if (end === length && isCut) return fill(match, at, length);
      if (((CHARACTERS[codes[end] ?? 0] ?? 0) & LETTER_OR_DIGIT) !== 0) break;
      digitsOfGroups = digits;
      endOfGroups = end;
      let next = end;
      while (next < length && next - end < MAX_BETWEEN && BETWEEN_CODES[codes[next] ?? 0] === 1) next++;
      if (next === length && isCut) return fill(match, at, length);
      if (next === end || !isDigit(codes[next] ?? 0)) break;
      end = next;
    }
    return digitsOfGroups >= MIN_DIGITS && fill(match, at, endOfGroups);
  }
}

const BETWEEN_CODES: Uint8Array = new Uint8Array(256);
for (const character of BETWEEN) BETWEEN_CODES[character.charCodeAt(0)] = 1;

function isDigit(code: number): boolean {
  return ((CHARACTERS[code] ?? 0) & DIGIT) !== 0;
}

function fill(match: Match, start: number, end: number): boolean {
  match.start = start;
  match.end = end;
  return true;
}
