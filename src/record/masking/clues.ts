import { CHARACTERS, UNRESERVED } from './characters.ts';
import type { PairDetector } from './detectors/detector.ts';
import { encodedByte, isWide } from './window.ts';

/** What a character is a clue to, as bits. */
const PLAIN = 0;
const DIGIT = 1;
const ENCODED = 2;
/** The second one of a pair. */
const SECOND = 4;
/** Digits, what may stand between two of a number, and `%`, which may begin it. */
const NUMERIC = 8;

const ASCII_BITS = 7;
const PERCENT = 0x25;
const PLUS = 0x2b;
const IDEOGRAPHIC = 0xe3;
const FULL_WIDTH = 0xef;
/** No such place. */
const NONE = -1;
/** Is added to a place where a number may be. */
const NUMBER = 1 << 16;

/** By what a scan notices that a detector may find something. */
export interface Clues {
  /** For each code of a window, and for each byte of a text. */
  readonly kinds: Uint8Array;
  /** For two characters, a place in `byPair`; 0 for most of them. */
  readonly pairKinds: Uint8Array;
  readonly byPair: readonly (readonly PairDetector[])[];
  /** A text with fewer digits, separators apart, has no number. */
  readonly minDigits: number;
}

/** @param minDigits `Infinity` where no numbers are looked for */
export function cluesOf(detectors: readonly PairDetector[], minDigits: number): Clues {
  const kinds = new Uint8Array(256);
  if (minDigits < Number.POSITIVE_INFINITY) {
    kinds.fill(DIGIT | NUMERIC, 0x30, 0x3a);
    for (const between of ' +-%') kinds[between.charCodeAt(0)] = NUMERIC;
  }
  // Also the first bytes of UTF-8 for characters in full width, and for the ideographic space.
  for (const code of [PERCENT, FULL_WIDTH, IDEOGRAPHIC]) kinds[code] = (kinds[code] ?? PLAIN) | ENCODED;
  const pairKinds = new Uint8Array(1 << (2 * ASCII_BITS));
  const byPair: PairDetector[][] = [[]];
  for (const pair of new Set(detectors.flatMap(({ pairs }) => pairs))) {
    const those = detectors.filter(({ pairs }) => pairs.includes(pair));
    const same = byPair.findIndex(
      (some) => some.length === those.length && some.every((one) => those.includes(one)),
    );
    const second = pair.charCodeAt(1);
    kinds[second] = (kinds[second] ?? PLAIN) | SECOND;
    pairKinds[pairOf(pair.charCodeAt(0), second)] = same === -1 ? byPair.push(those) - 1 : same;
  }
  return { kinds, pairKinds, byPair, minDigits };
}

/**
 * Whether the text can have something to find. Most texts have not, and are read no second time. Percent-encoded
 * letters and digits are suspicious by themselves, so all others stand for themselves here.
 */
export function isSuspicious(text: string, clues: Clues): boolean {
  let clue = nextClue(text, 0, clues);
  while (clue !== NONE) {
    const at = clue & (NUMBER - 1);
    if (clue >= NUMBER ? hasDigits(text, at, clues) : isClue(text, at, clues)) return true;
    clue = nextClue(text, at + 1, clues);
  }
  return false;
}

function isClue(text: string, at: number, { pairKinds, byPair }: Clues): boolean {
  if (isEncodedClue(text, at)) return true;
  const code = text.charCodeAt(at);
  const read = code === PERCENT ? encodedByte(text, at) : code;
  const detectors = byPair[pairKinds[pairOf(at === 0 ? 0 : text.charCodeAt(at - 1), read)] ?? 0] ?? [];
  for (let index = 0; index < detectors.length; index++)
    if (detectors[index]?.suspects(text, at)) return true;
  return false;
}

/** Whether there are as many digits around `at`, with no two other characters between two of them. */
function hasDigits(text: string, at: number, { kinds, minDigits }: Clues): boolean {
  let digits = 0;
  for (let place = at, others = 0; others < 2 && digits < minDigits; place++) {
    const kind = kinds[text.charCodeAt(place)] ?? PLAIN;
    if ((kind & NUMERIC) === 0) break;
    others = (kind & DIGIT) === 0 ? others + 1 : 0;
    if (others === 0) digits++;
  }
  for (let place = at - 1, others = 0; others < 2 && digits < minDigits; place--) {
    const kind = kinds[text.charCodeAt(place)] ?? PLAIN;
    if ((kind & NUMERIC) === 0) break;
    others = (kind & DIGIT) === 0 ? others + 1 : 0;
    if (others === 0) digits++;
  }
  return digits >= minDigits;
}

/**
 * Where the next pair is, or what is suspicious by itself, or eight characters in a row that may be a part of a number
 * ({@link NUMBER} is added).
 * No number that is looked for has less than eleven digits or two separators side by side: at two aligned blocks of
 * four it has nothing else. Four characters at once take two thirds of the time.
 *
 * A function of its own, which calls no other in its loop but rarely: as a part of the scan it takes five times as long.
 */
function nextClue(text: string, from: number, clues: Clues): number {
  // Constants of its own: in the bundle those of a module become variables, which are read anew each time.
  const plain = 0;
  const numeric = 8;
  const encodedOrSecond = 6;
  const { kinds } = clues;
  const end = text.length;
  let at = from;
  let numericBlocks = 0;
  for (; at + 3 < end; at += 4) {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    const third = text.charCodeAt(at + 2);
    const fourth = text.charCodeAt(at + 3);
    if ((first | second | third | fourth) > 0xff) {
      numericBlocks = 0;
      const clue = clueAmong(text, at, at + 4, clues);
      if (clue !== -1) return clue;
      continue;
    }
    const firstKind = kinds[first] ?? plain;
    const secondKind = kinds[second] ?? plain;
    const thirdKind = kinds[third] ?? plain;
    const fourthKind = kinds[fourth] ?? plain;
    const any = firstKind | secondKind | thirdKind | fourthKind;
    if (any === plain) {
      numericBlocks = 0;
      continue;
    }
    if ((any & encodedOrSecond) !== 0) {
      const clue = clueAmong(text, at, at + 4, clues);
      if (clue !== -1) return clue;
    }
    if ((firstKind & secondKind & thirdKind & fourthKind & numeric) === 0) numericBlocks = 0;
    else if (++numericBlocks === 2) return at | NUMBER;
  }
  return clueAmong(text, at, end, clues);
}

function clueAmong(text: string, from: number, to: number, { kinds, pairKinds }: Clues): number {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    let kind = kinds[code] ?? ENCODED;
    if ((kind & (ENCODED | SECOND)) === 0) continue;
    let read = code;
    if ((kind & ENCODED) !== 0) {
      if (isEncodedClue(text, at)) return at;
      if (code !== PERCENT) continue;
      read = encodedByte(text, at);
      kind = kinds[read] ?? PLAIN;
    }
    if ((kind & SECOND) === 0) continue;
    const before = at === 0 ? 0 : text.charCodeAt(at - 1);
    if ((pairKinds[pairOf(before, read)] ?? 0) !== 0) return at;
  }
  return NONE;
}

/** Whether a character stands for another one that a detector may want. */
function isEncodedClue(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code > 0xff) return isWide(code);
  if (code !== PERCENT && code < 0x80) return false;
  const byte = code === PERCENT ? encodedByte(text, at) : code;
  if (byte < 0) return false;
  if (byte === FULL_WIDTH || (code === PERCENT && ((CHARACTERS[byte] ?? 0) & UNRESERVED) !== 0)) return true;
  // An encoded `+` between two digits; a space is `%20`, which is numeric.
  if (code === PERCENT && byte === PLUS) return isDigit(text, at - 1) && isDigit(text, at + 3);
  if (byte !== IDEOGRAPHIC) return false;
  const next = code === PERCENT ? at + 3 : at + 1;
  return (text.charCodeAt(next) === PERCENT ? encodedByte(text, next) : text.charCodeAt(next)) === 0x80;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/**
 * The same for the codes of a window, in which digits before `numbersTo` are no clue.
 *
 * @returns `length` where there is none
 */
export function nextClueIn(
  codes: Uint8Array,
  from: number,
  length: number,
  numbersTo: number,
  { kinds, pairKinds }: Clues,
): number {
  const plain = 0;
  const digit = 1;
  const second = 4;
  for (let at = from; at < length; at++) {
    const code = codes[at] ?? 0;
    const kind = kinds[code] ?? plain;
    if (kind === plain) continue;
    if ((kind & digit) !== 0) {
      if (at >= numbersTo) return at;
    } else if ((kind & second) !== 0) {
      const previous = at === 0 ? 0 : (codes[at - 1] ?? 0);
      const before = previous > 0x7f ? 0 : previous;
      if ((pairKinds[(before << 7) | code] ?? 0) !== 0) return at;
    }
  }
  return length;
}

/** What kind of pair ends at `at`; 0 where a number begins. */
export function pairKindIn(codes: Uint8Array, at: number, { kinds, pairKinds }: Clues): number {
  const code = codes[at] ?? 0;
  if (((kinds[code] ?? PLAIN) & DIGIT) !== 0) return 0;
  return pairKinds[pairOf(at === 0 ? 0 : (codes[at - 1] ?? 0), code)] ?? 0;
}

/** What is no ASCII, or is not there, is NUL in a pair. */
function pairOf(before: number, code: number): number {
  return ((before > 0x7f ? 0 : before) << ASCII_BITS) | code;
}
