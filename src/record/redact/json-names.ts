import { HEX_DIGITS } from './decoding.ts';

const NO_DIGIT = 0xff;

/**
 * Copies decoded characters, with the names of JSON written as those of a query: `{"a":{"token":"x"}}` becomes
 * `&&a=:&&token=:&x&}}`. A quote begins a name, and so does `{`, `(` or `,`. A quote before a colon ends one, and so
 * does a colon before a quote: `login(pin:"1")`. Whether they match does not count: JSON may be cut, broken, or a text
 * within JSON.
 *
 * `\uXXXX` is the character that it stands for, and other backslashes are left out: `"pass\u0077ord"`, `\\"token\\"`.
 *
 * @returns the length of the copy, which is no longer than what is copied
 */
export function readJsonNames(chars: Uint16Array, from: number, to: number, copy: Uint16Array): number {
  // Constants of its own: in the bundle those of a module become variables, which are read anew each time.
  const none = -1;
  const space = 0x20;
  const doubleQuote = 0x22;
  const ampersand = 0x26;
  const singleQuote = 0x27;
  const openingParenthesis = 0x28;
  const plus = 0x2b;
  const comma = 0x2c;
  const colonSign = 0x3a;
  const equalsSign = 0x3d;
  const backslash = 0x5c;
  const letterU = 0x75;
  const openingBrace = 0x7b;
  /** Where the last quotes or the last colon are in the copy, if only space came after them. */
  let quote = none;
  let colon = none;
  let length = 0;
  for (let at = from; at < to; at++) {
    let code = chars[at] ?? 0;
    if (code === backslash) {
      while (at < to && chars[at] === backslash) at++;
      if (at === to) break;
      code = chars[at] ?? 0;
      if (code === letterU) {
        const unit = codeUnit(chars, at + 1, to);
        if (unit !== none) {
          code = unit;
          at += 4;
        }
      } else if (isEscapedSpace(code)) {
        code = space;
      }
    }
    if (code === doubleQuote || code === singleQuote) {
      if (colon !== none) copy[colon] = equalsSign;
      colon = none;
      if (quote === none) quote = length;
      code = ampersand;
    } else if (code === colonSign) {
      if (quote === none) colon = length;
      else copy[quote] = equalsSign;
      quote = none;
    } else if (code > space && code !== plus) {
      quote = none;
      colon = none;
      if (code === openingBrace || code === openingParenthesis || code === comma) code = ampersand;
    }
    copy[length++] = code;
  }
  return length;
}

/** The code unit that four hexadecimal digits stand for; -1 where there are not so many. */
function codeUnit(chars: Uint16Array, from: number, to: number): number {
  if (from + 4 > to) return -1;
  let unit = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = HEX_DIGITS[chars[at] ?? 0] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** Whether a backslash before this letter makes it a control character: `b`, `f`, `n`, `r`, `t`. */
function isEscapedSpace(code: number): boolean {
  return code === 0x62 || code === 0x66 || code === 0x6e || code === 0x72 || code === 0x74;
}
