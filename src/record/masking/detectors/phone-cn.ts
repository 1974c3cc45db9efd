import type { Window } from '../window.ts';
import type { Match, NumberDetector } from './detector.ts';
import type { DigitChain } from './digit-chain.ts';

const DIGITS = 11;
const SHAPES: readonly (readonly number[])[] = [[11], [3, 4, 4], [4, 3, 4], [3, 8]];

/**
 * Mobile numbers of mainland China: 1, then 3 to 9, then nine digits. The country code before them (`86`, `+86`,
 * `0086`) is not a part of the match, so that `keep:3:4` keeps the network and the last four digits.
 */
export class ChinesePhoneDetector implements NumberDetector {
  readonly minDigits: number = DIGITS;

  find(chain: DigitChain, group: number, _window: Window, match: Match): boolean {
    const { digits } = chain;
    const first = chain.firsts[group] ?? 0;
    const prefix = lengthOfCountryCode(digits, first);
    if (digits[first + prefix] !== 1 || (digits[first + prefix + 1] ?? 0) < 3) return false;
    for (const shape of SHAPES) {
      if (!chain.areOf(group, shape, prefix)) continue;
      match.start = (chain.starts[group] ?? 0) + prefix;
      match.end = chain.endOf(group + shape.length - 1);
      return true;
    }
    return false;
  }
}

/** One that a separator follows is a group of its own. */
function lengthOfCountryCode(digits: Uint8Array, at: number): number {
  if (digits[at] === 8 && digits[at + 1] === 6) return 2;
  return digits[at] === 0 && digits[at + 1] === 0 && digits[at + 2] === 8 && digits[at + 3] === 6 ? 4 : 0;
}
