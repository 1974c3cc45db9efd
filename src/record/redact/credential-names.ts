import { CREDENTIAL_ENDINGS, CREDENTIAL_NAMES, CREDENTIAL_PARTS } from './credential-words.ts';
import { compileWords } from './word-automaton.ts';

/**
 * Finds the first name of a credential in characters that are decoded. A name ends at a `=`; it begins after the one
 * before, and where a parameter, a query or a fragment begins.
 *
 * A name is split at separators, digits and changes of case. Words are looked for in its parts, each alone and joined
 * with those beside it: `access_token`, `accessToken`, `user[pass-word]`. `credential-words.ts` has the words.
 *
 * @returns where its `=` is; -1 where there is none
 */
export const findCredential: (chars: Uint16Array, end: number) => number = compileFinder();

// All constants stand inside. In the bundle those of a module become variables, which are read anew each time.
function compileFinder() {
  /** What a character is to a name. Letters come first, then what is in no word, then what separates. */
  const LOWER_CASE = 0;
  const UPPER_CASE = 1;
  const DIGIT = 2;
  /** First byte of an accented letter in UTF-8: `passé` is one part. Other scripts separate. */
  const ACCENTED = 3;
  const SEPARATOR = 4;
  /** Separates, and digits that follow at once are an index: `code[0]`, `code.0`. */
  const INDEX = 5;
  /** Begins another name: `&`, `;`, `?`, `#`. */
  const OPENER = 6;
  /** Ends a name: `=`. */
  const END = 7;
  const kinds = kindsOfBytes();

  /** How much of a name a word has to be. */
  const WHOLE = 1;
  const PARTS = 2;
  const ENDING = 3;
  const { next, words, shorter, lengths, ranks, letterBits } = compileWords([
    [WHOLE, CREDENTIAL_NAMES],
    [PARTS, CREDENTIAL_PARTS],
    [ENDING, CREDENTIAL_ENDINGS],
  ]);
  const letterMask = (1 << letterBits) - 1;

  /** A longer name that begins where a value does is none: Base64 with padding looks like `name=`. */
  const MAX_NAME_IN_VALUE = 64;

  function find(chars: Uint16Array, end: number): number {
    let start = 0;
    let longest = end;
    let isCredential = false;
    let letters = 0;
    /** A bit for each letter, the last one lowest: whether a part begins with it. */
    let beginnings = 0;
    let state = 0;
    let stateBefore = 0;
    let before = SEPARATOR;
    for (let at = 0; at < end; at++) {
      const code = chars[at] ?? 0;
      const kind = kinds[code] ?? SEPARATOR;
      if (kind === before) {
        if (kind <= UPPER_CASE) {
          stateBefore = state;
          state = next[(state << letterBits) | (code & letterMask)] ?? 0;
          beginnings <<= 1;
        }
        if (kind <= ACCENTED) letters++;
        continue;
      }
      if (kind === DIGIT && before === INDEX) continue;
      if (before <= UPPER_CASE && kind !== ACCENTED) {
        // A part ends. In `TOKENValue` the last capital begins the next one, in `APIkey` not: it may do either.
        if (kind === LOWER_CASE) {
          if (words[stateBefore] !== 0) isCredential ||= endsInWord(stateBefore, beginnings >>> 1);
          beginnings |= 1;
        }
        if (words[state] !== 0) isCredential ||= endsInWord(state, beginnings);
      }
      if (kind <= UPPER_CASE) {
        stateBefore = state;
        state = next[(state << letterBits) | (code & letterMask)] ?? 0;
        beginnings = (beginnings << 1) | (before === ACCENTED ? 0 : 1);
        letters++;
      } else if (kind <= ACCENTED) {
        state = 0;
        letters++;
      } else if (kind >= OPENER) {
        if (kind === END) {
          if (at - start <= longest && (isCredential || isWholeWord(state, letters))) return at;
          longest = MAX_NAME_IN_VALUE;
        } else {
          longest = end;
        }
        start = at + 1;
        isCredential = false;
        letters = 0;
        state = 0;
        before = SEPARATOR;
        continue;
      }
      before = kind;
    }
    return -1;
  }

  /** Whether a part of a name ends in a word. */
  function endsInWord(state: number, beginnings: number): boolean {
    for (let word = words[state] ?? 0; word !== 0; word = shorter[word] ?? 0) {
      const rank = ranks[word] ?? 0;
      const first = 1 << ((lengths[word] ?? 0) - 1);
      if (rank >= PARTS && (beginnings & first) !== 0) return true;
      if (rank === ENDING && (beginnings & (first - 1)) === 0) return true;
    }
    return false;
  }

  /** Whether all letters of a name, which are so many, are a word. */
  function isWholeWord(state: number, letters: number): boolean {
    const word = words[state] ?? 0;
    return word !== 0 && lengths[word] === letters;
  }

  function kindsOfBytes(): Uint8Array {
    const table = new Uint8Array(256).fill(SEPARATOR);
    const ranges: readonly [first: number, last: number, kind: number][] = [
      [0x61, 0x7a, LOWER_CASE],
      [0x41, 0x5a, UPPER_CASE],
      [0x30, 0x39, DIGIT],
      [0xc3, 0xc9, ACCENTED],
    ];
    for (const [first, last, kind] of ranges) table.fill(kind, first, last + 1);
    for (const character of '[.') table[character.charCodeAt(0)] = INDEX;
    for (const character of '&;?#') table[character.charCodeAt(0)] = OPENER;
    table['='.charCodeAt(0)] = END;
    return table;
  }

  return find;
}
