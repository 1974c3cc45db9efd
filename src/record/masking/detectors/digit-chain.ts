import { CHARACTERS, DIGIT, LETTER_OR_DIGIT, SEPARATOR } from '../characters.ts';
import { SCANNED_LENGTH, type Window } from '../window.ts';

/**
 * Digits in groups with one separator between two. No group is beside a letter. One object is filled again for each
 * chain. Each digit of a text is read once, however many numbers may begin in its chain.
 */
export class DigitChain {
  /** Values from 0 to 9, and how many there are. */
  readonly digits: Uint8Array = new Uint8Array(SCANNED_LENGTH);
  length = 0;
  /** How many groups there are. */
  groups = 0;
  /** For each group, the place in `digits` of its first digit; after the last group, that after its last digit. */
  readonly firsts: Uint16Array = new Uint16Array(SCANNED_LENGTH + 2);
  /** For each group, the place in the window of its first digit. */
  readonly starts: Uint16Array = new Uint16Array(SCANNED_LENGTH);
  /** The first group at which a number may begin: 1 where a letter is before the chain. */
  firstGroup = 0;
  /** Whether it goes on to the end of a window that cuts the text. */
  touchesEnd = false;
  /** Digits of a last group that a letter follows, and where that letter is; they do not count as one of `groups`. */
  digitsBeforeLetter = 0;
  letterAt = 0;
  /**
   * Sums of the digits before a place, with each second one doubled (and 9 subtracted from 10 and more): the digits at
   * even places, and those at odd places.
   */
  readonly #evenDoubled: Uint16Array = new Uint16Array(SCANNED_LENGTH + 1);
  readonly #oddDoubled: Uint16Array = new Uint16Array(SCANNED_LENGTH + 1);

  /**
   * @param start where a digit is, without one before it
   * @returns the place after the chain
   */
  read(window: Window, start: number): number {
    const { codes } = window;
    const { digits, firsts, starts } = this;
    const characters = CHARACTERS;
    this.firstGroup = ((characters[codes[start - 1] ?? 0] ?? 0) & LETTER_OR_DIGIT) === 0 ? 0 : 1;
    this.touchesEnd = false;
    this.digitsBeforeLetter = 0;
    let length = 0;
    let groups = 0;
    let at = start;
    for (;;) {
      firsts[groups] = length;
      starts[groups] = at;
      let code = codes[at] ?? 0;
      while (((characters[code] ?? 0) & DIGIT) !== 0) {
        digits[length++] = code - 0x30;
        code = codes[++at] ?? 0;
      }
      const kind = characters[code] ?? 0;
      firsts[groups + 1] = length;
      if ((kind & LETTER_OR_DIGIT) !== 0) {
        this.digitsBeforeLetter = length - (firsts[groups] ?? 0);
        this.letterAt = at;
        break;
      }
      groups++;
      if ((kind & SEPARATOR) === 0) break;
      if (((characters[codes[at + 1] ?? 0] ?? 0) & DIGIT) === 0) break;
      at++;
    }
    this.length = length;
    this.groups = groups;
    const isSeparated = ((characters[codes[at] ?? 0] ?? 0) & SEPARATOR) !== 0;
    this.touchesEnd = window.isCut && at + (isSeparated ? 1 : 0) === window.length;
    return at;
  }

  /** Makes {@link hasCheckDigit} ready, in one pass over the digits. */
  sum(): void {
    const { digits, length } = this;
    const evenDoubled = this.#evenDoubled;
    const oddDoubled = this.#oddDoubled;
    let even = 0;
    let odd = 0;
    for (let at = 0; at < length; at++) {
      const digit = digits[at] ?? 0;
      const doubled = digit > 4 ? 2 * digit - 9 : 2 * digit;
      const isEven = (at & 1) === 0;
      even += isEven ? doubled : digit;
      odd += isEven ? digit : doubled;
      evenDoubled[at + 1] = even;
      oddDoubled[at + 1] = odd;
    }
  }

  /** ISO/IEC 7812-1 annex B, the formula of Luhn, for the digits from `start` to before `end`. */
  hasCheckDigit(start: number, end: number): boolean {
    // The last digit is not doubled, the one before it is.
    const sums = (end & 1) === 0 ? this.#evenDoubled : this.#oddDoubled;
    return ((sums[end] ?? 0) - (sums[start] ?? 0)) % 10 === 0;
  }

  lengthOf(group: number): number {
    return (this.firsts[group + 1] ?? 0) - (this.firsts[group] ?? 0);
  }

  /** Where a group ends in the window. */
  endOf(group: number): number {
    return (this.starts[group] ?? 0) + this.lengthOf(group);
  }

  /** Whether groups of these lengths begin at `group`; the first one with `prefix` more digits. */
  areOf(group: number, shape: readonly number[], prefix: number): boolean {
    if (group + shape.length > this.groups) return false;
    if (this.lengthOf(group) !== (shape[0] ?? 0) + prefix) return false;
    for (let index = 1; index < shape.length; index++)
      if (this.lengthOf(group + index) !== shape[index]) return false;
    return true;
  }
}
