import { findCredential } from './credential-names.ts';
import { appendDecoded, HEX_DIGITS } from './decoding.ts';
import { readJsonNames } from './json-names.ts';

/** No such place. */
export const NONE = -1;

/**
 * What lies between two separators of a query or path: a parameter, or a part of one up to `;` or `?`. One object is
 * filled again for one piece after the other.
 */
export class QueryPiece {
  /** Where the piece begins and ends in the text. */
  start = 0;
  end = 0;
  /** How many `=` it has, plain and encoded. */
  names = 0;
  /** The first plain `=`, in the text and in what is decoded. */
  #equals = NONE;
  #nameEnd = NONE;
  /** After the last `=` in what is decoded. */
  #namesEnd = 0;
  readonly #chars: Uint16Array;
  /** Length of what is decoded where quotes are in it, so that it may hold JSON; else 0. */
  #quotedLength = 0;
  readonly #jsonNames: Uint16Array;

  /** @param maxLength of texts */
  constructor(maxLength: number) {
    this.#chars = new Uint16Array(maxLength);
    this.#jsonNames = new Uint16Array(maxLength);
  }

  /**
   * Reads and decodes the piece of `text` that begins at `start`, in one pass.
   *
   * @param end of the text
   * @param separator that ends a piece, beside `&`, `;` and `?`
   */
  read(text: string, start: number, end: number, separator: number): void {
    // Constants of its own: in the bundle those of a module become variables, which are read anew each time.
    const doubleQuote = 0x22;
    const percent = 0x25;
    const ampersand = 0x26;
    const singleQuote = 0x27;
    const semicolon = 0x3b;
    const equalsSign = 0x3d;
    const questionMark = 0x3f;
    const noDigit = 0xff;
    const digits = HEX_DIGITS;
    const chars = this.#chars;
    let equals = NONE;
    let nameEnd = NONE;
    let namesEnd = 0;
    let names = 0;
    let isEncoded = false;
    let hasQuotes = false;
    let length = 0;
    let at = start;
    for (; at < end; at++) {
      let code = text.charCodeAt(at);
      if (code > questionMark && !isEncoded) {
        // A letter, nearly always.
        chars[length++] = code;
        continue;
      }
      if (code <= questionMark && code >= percent) {
        if (code === equalsSign && equals === NONE) {
          equals = at;
          nameEnd = length;
        } else if (code === percent) {
          isEncoded = true;
          // The usual encoding, in one step.
          const high = at + 2 < end ? (digits[text.charCodeAt(at + 1)] ?? noDigit) : noDigit;
          const low = high === noDigit ? noDigit : (digits[text.charCodeAt(at + 2)] ?? noDigit);
          if (low !== noDigit) {
            code = high * 16 + low;
            at += 2;
            if (code === doubleQuote || code === singleQuote) hasQuotes = true;
          }
        } else if (
          code === ampersand ||
          code === separator ||
          // Some parsers separate by `;` too, and a value may be a URL with its query.
          code === semicolon ||
          code === questionMark
        ) {
          break;
        } else if (code === singleQuote) {
          hasQuotes = true;
        }
      } else if (code === doubleQuote) {
        hasQuotes = true;
      }
      if (isEncoded) {
        const before = length;
        length = appendDecoded(chars, length, code, digits);
        if (length <= before) {
          // It has completed another encoding.
          code = chars[length - 1] ?? 0;
          if (code === doubleQuote || code === singleQuote) hasQuotes = true;
        }
      } else {
        chars[length++] = code;
      }
      if (code === equalsSign) {
        namesEnd = length;
        names++;
      }
    }
    this.start = start;
    this.end = at;
    this.names = names;
    this.#equals = equals;
    this.#nameEnd = nameEnd;
    this.#namesEnd = namesEnd;
    this.#quotedLength = hasQuotes ? length : 0;
  }

  /** Where in the text the value of the credential begins that the piece holds. */
  valueOfCredential(): number {
    return this.#quotedLength === 0 ? this.valueOutsideOfJson() : this.#valueInJson();
  }

  /** The same for names that `=` ends. */
  valueOutsideOfJson(): number {
    if (this.names === 0) return NONE;
    const found = findCredential(this.#chars, this.#namesEnd);
    if (found === NONE) return NONE;
    return this.#equals === NONE || found < this.#nameEnd ? this.start : this.#equals + 1;
  }

  #valueInJson(): number {
    const value = this.valueOutsideOfJson();
    const isNamed = this.#equals !== NONE;
    const end = this.#quotedLength;
    if (value === this.start || this.#holdsInJson(0, isNamed ? this.#nameEnd : end)) return this.start;
    const isInValue = value === NONE && isNamed && this.#holdsInJson(this.#nameEnd + 1, end);
    return isInValue ? this.#equals + 1 : value;
  }

  #holdsInJson(from: number, to: number): boolean {
    const length = readJsonNames(this.#chars, from, to, this.#jsonNames);
    return findCredential(this.#jsonNames, length) !== NONE;
  }
}
