import { HEX_DIGITS } from '../redact/decoding.ts';
import { OTHER } from './characters.ts';

/**
 * So many characters of a value are scanned, in UTF-16 code units. What comes after them is not written: a scan of
 * any length would give a client control over the time that its record takes.
 */
export const SCANNED_LENGTH = 2048;

const NO_BYTE = -1;
/** The sequence goes on after the end of the window. */
const CUT = -2;
const NO_DIGIT = 0xff;
const PERCENT = 0x25;

/** U+FF01 to U+FF5E are the printable ASCII characters in full width. */
const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_LAST = 0xff5e;
const FROM_FULL_WIDTH_TO_ASCII = 0xff01 - 0x21;
const IDEOGRAPHIC_SPACE = 0x3000;
const SPACE = 0x20;

/** Whether a character that is no byte stands for an ASCII character. */
export function isWide(code: number): boolean {
  return (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST) || code === IDEOGRAPHIC_SPACE;
}

/** The byte that `%XX` at `at` stands for; negative where there is no such encoding. */
export function encodedByte(text: string, at: number): number {
  const digits = HEX_DIGITS;
  const high = digits[text.charCodeAt(at + 1)] ?? NO_DIGIT;
  const low = digits[text.charCodeAt(at + 2)] ?? NO_DIGIT;
  return high === NO_DIGIT || low === NO_DIGIT ? NO_BYTE : high * 16 + low;
}

/**
 * The first characters of a text as the detectors read them. `%XX` is one character, decoded once. A character in full
 * width is the ASCII character that it looks like, in each form in which it arrives: as a character, percent-encoded,
 * or as the three bytes that Node gives for raw UTF-8 in a request. One object is filled again for each text.
 */
export class Window {
  /** ASCII, {@link OTHER} for the rest; 0 after the last one. */
  readonly codes: Uint8Array = new Uint8Array(SCANNED_LENGTH + 1);
  /** Where in the text each code begins; after the last one, where the window ends. */
  readonly starts: Uint16Array = new Uint16Array(SCANNED_LENGTH + 1);
  length = 0;
  /** Whether the text goes on after the window. */
  isCut = false;
  /** Where the byte ends that was read last. */
  #end = 0;

  read(text: string): void {
    const end = Math.min(text.length, SCANNED_LENGTH);
    this.isCut = text.length > end;
    this.length = 0;
    let at = this.#readPlain(text, 0, end);
    while (at < end) {
      const code = text.charCodeAt(at);
      const read = code > 0xff ? fromWide(code) : this.#readBytes(text, at, end);
      // What is cut belongs to the code before it: what touches that code touches the end.
      if (read === CUT) break;
      this.codes[this.length] = read;
      this.starts[this.length++] = at;
      at = code > 0xff ? at + 1 : this.#end;
      if (at < end && text.charCodeAt(at) < 0x80) at = this.#readPlain(text, at, end);
    }
    this.codes[this.length] = 0;
    this.starts[this.length] = end;
  }

  /**
   * Reads characters that stand for themselves. A loop without calls: after one, V8 would load and check the arrays
   * again for each character.
   *
   * @returns where the first other one is
   */
  #readPlain(text: string, from: number, end: number): number {
    const percent = 0x25;
    const { codes, starts } = this;
    let length = this.length;
    let at = from;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f || code === percent) break;
      starts[length] = at;
      codes[length++] = code;
    }
    this.length = length;
    return at;
  }

  /** A `%XX`, a byte over 127, or a sequence of them that stands for a character in full width. */
  #readBytes(text: string, at: number, end: number): number {
    const first = this.#byteAt(text, at, end);
    if (first === CUT) return CUT;
    if (first === NO_BYTE) {
      this.#end = at + 1;
      return PERCENT;
    }
    const afterFirst = this.#end;
    if (first < 0x80) return first;
    if (first !== 0xef && first !== 0xe3) return OTHER;
    const second = this.#byteAt(text, afterFirst, end);
    if (second === CUT) return CUT;
    if (second >= 0x80 && second <= 0xbf) {
      const third = this.#byteAt(text, this.#end, end);
      if (third === CUT) return CUT;
      if (third >= 0x80 && third <= 0xbf) {
        const read = fromWide(((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f));
        if (read !== OTHER) return read;
      }
    }
    this.#end = afterFirst;
    return OTHER;
  }

  /** The byte at `at`, percent-encoded or a character below 256. Leaves its end in `#end`. */
  #byteAt(text: string, at: number, end: number): number {
    if (at >= end) return this.isCut ? CUT : NO_BYTE;
    const code = text.charCodeAt(at);
    if (code !== PERCENT) {
      this.#end = at + 1;
      return code > 0xff ? NO_BYTE : code;
    }
    if (at + 2 >= end) return this.isCut ? CUT : NO_BYTE;
    this.#end = at + 3;
    return encodedByte(text, at);
  }
}

function fromWide(code: number): number {
  if (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST) return code - FROM_FULL_WIDTH_TO_ASCII;
  return code === IDEOGRAPHIC_SPACE ? SPACE : OTHER;
}
