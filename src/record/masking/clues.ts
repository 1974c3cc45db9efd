import { CHARACTERS, UNRESERVED } from './characters.ts';
import type { PairDetector } from './detectors/detector.ts';
import { encodedByte, isWide } from './window.ts';

/** What a character is a clue to, as bits. */
const PLAIN = 0;
const NUMBER = 1;
const ENCODED = 2;
/** The second one of a pair. */
const SECOND = 4;
/** May stand between two digits of a number. */
const BETWEEN = 8;

const ASCII_BITS = 7;
const PERCENT = 0x25;
/** No such place. */
const NONE = -1;

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
  if (minDigits < Number.POSITIVE_INFINITY) kinds.fill(NUMBER, 0x30, 0x3a);
  for (const separator of ' +-') kinds[separator.charCodeAt(0)] = BETWEEN;
  kinds[PERCENT] = ENCODED;
  // The first bytes of UTF-8 for characters in full width, and for the ideographic space.
  kinds[0xef] = ENCODED;
  kinds[0xe3] = ENCODED;
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
  let at = nextClue(text, 0, clues);
  for (; at !== NONE; at = nextClue(text, at + 1, clues)) if (isClue(text, at, clues)) return true;
  return false;
}

function isClue(text: string, at: number, { kinds, pairKinds, byPair }: Clues): boolean {
  const code = text.charCodeAt(at);
  const read = code === PERCENT ? encodedByte(text, at) : code;
  if (read > 0x7f || ((kinds[read] ?? PLAIN) & SECOND) === 0) return true;
  const pair = pairOf(at === 0 ? 0 : text.charCodeAt(at - 1), read);
  for (const detector of byPair[pairKinds[pair] ?? 0] ?? []) if (detector.suspects(text, at)) return true;
  return false;
}

/**
 * Where the next pair is, or what is suspicious by itself. A function of its own, which calls
 * none that V8 does not inline: as a part of the scan it takes five times as long.
 */
function nextClue(text: string, from: number, clues: Clues): number {
  // Constants of its own: in the bundle those of a module become variables, which are read anew each time.
  const plain = 0;
  const number = 1;
  const encoded = 2;
  const second = 4;
  const between = 8;
  const { kinds, pairKinds, minDigits } = clues;
  const end = text.length;
  let digits = 0;
  for (let at = from; at < end; at++) {
    let code = text.charCodeAt(at);
    if (code > 0xff) {
      if (isWide(code)) return at;
      digits = 0;
      continue;
    }
    let kind = kinds[code] ?? plain;
    if (kind === plain) {
      digits = 0;
      continue;
    }
    if (kind === number) {
      if (++digits >= minDigits) return at;
      continue;
    }
    const place = at;
    if (kind === encoded) {
      const byte = code === 0x25 ? encodedByte(text, at) : code;
      if (byte === 0xef) return at;
      if (byte === 0xe3) {
        const next = code === 0x25 ? at + 3 : at + 1;
        const nextByte = text.charCodeAt(next) === 0x25 ? encodedByte(text, next) : text.charCodeAt(next);
        if (nextByte === 0x80) return at;
      }
      kind = plain;
      if (code === 0x25 && byte >= 0) {
        if (((CHARACTERS[byte] ?? 0) & UNRESERVED) !== 0) return at;
        code = byte;
        kind = (kinds[byte] ?? plain) & (second | between);
        at += 2;
      }
    }
    if ((kind & between) === 0) digits = 0;
    if ((kind & second) !== 0) {
      const previous = place === 0 ? 0 : text.charCodeAt(place - 1);
      const before = previous > 0x7f ? 0 : previous;
      if ((pairKinds[(before << 7) | code] ?? 0) !== 0) return place;
    }
  }
  return -1;
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
  const number = 1;
  const second = 4;
  for (let at = from; at < length; at++) {
    const code = codes[at] ?? 0;
    const kind = kinds[code] ?? plain;
    if (kind === plain) continue;
    if (kind === number) {
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
  if (kinds[code] === NUMBER) return 0;
  return pairKinds[pairOf(at === 0 ? 0 : (codes[at - 1] ?? 0), code)] ?? 0;
}

/** What is no ASCII, or is not there, is NUL in a pair. */
function pairOf(before: number, code: number): number {
  return ((before > 0x7f ? 0 : before) << ASCII_BITS) | code;
}
