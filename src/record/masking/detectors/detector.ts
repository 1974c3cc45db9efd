import type { Window } from '../window.ts';
import type { DigitChain } from './digit-chain.ts';

/** Where a match begins and ends, in codes of a window. Reused: a match is read before the next one is looked for. */
export interface Match {
  start: number;
  end: number;
}

/** Looks for something around two characters that are rare in other texts. */
export interface PairDetector {
  /** The pairs, ASCII. The detector is called at the second character. */
  readonly pairs: readonly string[];
  /** Forgets the text before. */
  begin?(): void;
  /**
   * Whether the text can be worth a look around the second character of a pair, at `at` (as a `%XX` too). Fast, and
   * right for all texts in which letters and digits stand for themselves.
   */
  suspects(text: string, at: number): boolean;
  /**
   * Looks around the second character of a pair, at `at`.
   *
   * @param from where the last match of this detector ends
   * @param match is filled
   */
  find(window: Window, at: number, from: number, match: Match): boolean;
  /** Finds what may begin at the end of a window and go on after it, without a pair. */
  findAtEnd?(window: Window, from: number, match: Match): boolean;
}

/** Looks for a number that begins where a group of digits begins. */
export interface NumberDetector {
  /** A text with fewer digits in a row, separators apart, has none. */
  readonly minDigits: number;
  /**
   * Looks for a number that begins with the group `group`.
   *
   * @param group `chain.groups` where a letter follows its digits, so that it is no group of the chain
   */
  find(chain: DigitChain, group: number, window: Window, match: Match): boolean;
}

/** Each of the characters `befores`, followed by each of `afters`. */
export function pairsOf(befores: string, afters: string): string[] {
  return [...befores].flatMap((before) => [...afters].map((after) => before + after));
}

/** All characters that may be the first one of a pair; NUL also stands for those outside of ASCII. */
export const ASCII: string = String.fromCharCode(...Array(0x80).keys());
