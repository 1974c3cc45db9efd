import type { Window } from '../window.ts';
import type { Match, NumberDetector } from './detector.ts';
import type { DigitChain } from './digit-chain.ts';

type Range = readonly [first: number, last: number, lengths: readonly number[]];

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
const IIN_DIGITS = 6;
/** People write groups of four, or four, six and the rest; some forms take two fields of eight. */
const MIN_GROUP = 4;
const MAX_GROUP = 6;
const HALF = 8;

/**
 * Issuer identification numbers (ISO/IEC 7812-1), as six digits, and the lengths of the cards. Without them one of
 * ten timestamps and of ten ids would pass the check digit.
 * https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN), and the tables of
 * https://github.com/braintree/credit-card-type. Numbers of 19
 * digits that begin with 1, 2 or 3 are left out, which no issuer of these ranges is known to use: ids in the manner of
 * Twitter's are such numbers until 2040.
 */
const RANGES: readonly Range[] = [
  // Visa
  [400000, 499999, [13, 16, 19]],
  // Mastercard
  [222100, 272099, [16]],
  [510000, 559999, [16]],
  // American Express
  [340000, 349999, [15]],
  [370000, 379999, [15]],
  // Discover
  [601100, 601199, [16, 17, 18, 19]],
  [644000, 659999, [16, 17, 18, 19]],
  // UnionPay
  [620000, 629999, [16, 17, 18, 19]],
  [810000, 817199, [16, 17, 18, 19]],
  // JCB
  [352800, 358999, [16]],
  [180000, 180099, [15]],
  [213100, 213199, [15]],
  // Diners Club
  [300000, 305999, [14, 16]],
  [309500, 309599, [14, 16]],
  [360000, 369999, [14, 16]],
  [380000, 399999, [14, 16]],
  // Maestro, Dankort, Switch and Solo, the Australian Bankcard
  [501800, 502099, [16, 17, 18, 19]],
  [503800, 503899, [16, 17, 18, 19]],
  [560221, 560225, [16]],
  [561000, 561099, [16]],
  [589300, 589399, [16, 17, 18, 19]],
  [630400, 630499, [16, 17, 18, 19]],
  [633110, 633110, [16, 18, 19]],
  [633300, 633499, [16, 18, 19]],
  [675900, 675999, [16, 17, 18, 19]],
  [676100, 676399, [16, 17, 18, 19]],
  [676700, 676799, [16, 18, 19]],
  // MIR, Troy
  [220000, 220499, [16]],
  [979200, 979299, [16]],
];

/** The ranges by the first two digits of a card. */
const BY_FIRST_DIGITS: readonly (readonly Range[])[] = Array.from({ length: 100 }, (_, digits) =>
  RANGES.filter(
    ([first, last]) => Math.floor(first / 10_000) <= digits && digits <= Math.floor(last / 10_000),
  ),
);

/** Bank cards: issuer, length and check digit have to be right. */
export class CardDetector implements NumberDetector {
  readonly minDigits: number = MIN_DIGITS;

  find(chain: DigitChain, group: number, window: Window, match: Match): boolean {
    match.start = chain.starts[group] ?? 0;
    match.end = endOfCard(chain, group);
    return match.end !== 0 && !isSpanId(window, match.start, match.end);
  }
}

/** @returns 0 where no card begins with the group `group` */
function endOfCard(chain: DigitChain, group: number): number {
  if (group === chain.groups) return 0;
  const first = chain.firsts[group] ?? 0;
  if (rangesAt(chain.digits, first).length === 0) return 0;
  const length = chain.lengthOf(group);
  if (length >= MIN_DIGITS) return isCard(chain, first, length) ? chain.endOf(group) : 0;
  if (length === HALF) {
    const isWhole = group + 1 < chain.groups && chain.lengthOf(group + 1) === HALF;
    return isWhole && isCard(chain, first, 2 * HALF) ? chain.endOf(group + 1) : 0;
  }
  let end = 0;
  let total = 0;
  for (let last = group; last < chain.groups; last++) {
    const lengthOfLast = chain.lengthOf(last);
    total += lengthOfLast;
    if (lengthOfLast > MAX_GROUP || total > MAX_DIGITS) break;
    if (total >= MIN_DIGITS && isCard(chain, first, total)) end = chain.endOf(last);
    // A further group has to come after one of a card's.
    if (lengthOfLast < MIN_GROUP) break;
  }
  return end;
}

function isCard(chain: DigitChain, first: number, length: number): boolean {
  const { digits } = chain;
  if (length > MAX_DIGITS || !chain.hasCheckDigit(first, first + length)) return false;
  let iin = 0;
  for (let at = first; at < first + IIN_DIGITS; at++) iin = iin * 10 + (digits[at] ?? 0);
  for (const [from, to, lengths] of rangesAt(digits, first))
    if (iin >= from && iin <= to && lengths.includes(length)) return true;
  return false;
}

function rangesAt(digits: Uint8Array, first: number): readonly Range[] {
  return BY_FIRST_DIGITS[(digits[first] ?? 0) * 10 + (digits[first + 1] ?? 0)] ?? [];
}

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const HYPHEN = 0x2d;

/** One of 80,000 span ids is a number like that of a card; in a `traceparent` it follows the trace id. */
function isSpanId(window: Window, start: number, end: number): boolean {
  const { codes } = window;
  if (end - start !== SPAN_ID_DIGITS || codes[start - 1] !== HYPHEN || codes[end] !== HYPHEN) return false;
  const first = start - 1 - TRACE_ID_DIGITS;
  if (first < 0) return false;
  for (let at = first; at < start - 1; at++) if (!isHexDigit(codes[at] ?? 0)) return false;
  return codes[first - 1] === HYPHEN;
}

/** In lower case, as https://www.w3.org/TR/trace-context/#traceparent-header-field-values asks. */
function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}
