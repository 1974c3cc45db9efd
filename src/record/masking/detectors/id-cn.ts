import { CHARACTERS, LETTER_OR_DIGIT } from '../characters.ts';
import type { Window } from '../window.ts';
import type { Match, NumberDetector } from './detector.ts';
import type { DigitChain } from './digit-chain.ts';

const DIGITS = 17;
const SHAPES: readonly (readonly number[])[] = [[18], [6, 8, 4]];
const X_UPPER = 0x58;
const X_LOWER = 0x78;
const X_VALUE = 10;

/** First two digits: provinces (GB/T 2260), and 91 for permanent residents from abroad. */
const REGIONS: ReadonlySet<number> = new Set([
  ...[11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46],
  ...[50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91],
]);
const WEIGHTS: readonly number[] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;

/** Identity numbers of Chinese citizens (GB 11643): region, date of birth, check digit. */
export class ChineseIdDetector implements NumberDetector {
  readonly minDigits: number = DIGITS;

  find(chain: DigitChain, group: number, window: Window, match: Match): boolean {
    const end = endOfId(chain, group, window);
    if (end === 0) return false;
    const { digits } = chain;
    const first = chain.firsts[group] ?? 0;
    if (!hasRegionAndDate(digits, first)) return false;
    const check = isX(window.codes[end - 1] ?? 0) ? X_VALUE : (digits[first + DIGITS] ?? 0);
    if (!isCheckDigit(digits, first, check)) return false;
    match.start = chain.starts[group] ?? 0;
    match.end = end;
    return true;
  }
}

function endOfId(chain: DigitChain, group: number, window: Window): number {
  for (const shape of SHAPES) if (chain.areOf(group, shape, 0)) return chain.endOf(group + shape.length - 1);
  // The check digit is X: the last group has one digit less, and a letter follows it.
  const { groups, digitsBeforeLetter, letterAt } = chain;
  const isWhole = group === groups && digitsBeforeLetter === DIGITS;
  const isGrouped = group + 2 === groups && chain.areOf(group, [6, 8], 0) && digitsBeforeLetter === 3;
  if ((!isWhole && !isGrouped) || !isX(window.codes[letterAt] ?? 0)) return 0;
  const next = window.codes[letterAt + 1] ?? 0;
  return ((CHARACTERS[next] ?? 0) & LETTER_OR_DIGIT) === 0 ? letterAt + 1 : 0;
}

function isX(code: number): boolean {
  return code === X_UPPER || code === X_LOWER;
}

function hasRegionAndDate(digits: Uint8Array, first: number): boolean {
  const year = numberOf(digits, first + 6, 4);
  const month = numberOf(digits, first + 10, 2);
  const day = numberOf(digits, first + 12, 2);
  return (
    REGIONS.has(numberOf(digits, first, 2)) &&
    year >= FIRST_YEAR &&
    year <= LAST_YEAR &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month)
  );
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** ISO 7064, MOD 11-2. */
function isCheckDigit(digits: Uint8Array, first: number, check: number): boolean {
  let sum = check;
  for (let at = 0; at < DIGITS; at++) sum += (digits[first + at] ?? 0) * (WEIGHTS[at] ?? 0);
  return sum % 11 === 1;
}

function numberOf(digits: Uint8Array, start: number, length: number): number {
  let number = 0;
  for (let at = start; at < start + length; at++) number = number * 10 + (digits[at] ?? 0);
  return number;
}
