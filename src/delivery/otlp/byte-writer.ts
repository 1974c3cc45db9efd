import { IS_LINE_CHARACTER } from '../../record/escape.ts';
import { sizeOfVarint } from './tags.ts';

const NOTHING = Buffer.alloc(0);
const TWO_TO_32 = 2 ** 32;
const NANOS_PER_SECOND = 1_000_000_000;
/** What is left of `NANOS_PER_SECOND` after a shift by 9 bits: a product with it is exact for longer. */
const NANOS_PER_SECOND_OF_512 = 1_953_125;
/** From here on (the year 2116) that product is more than a number can hold. */
const EXACT_SECONDS = Math.floor(Number.MAX_SAFE_INTEGER / NANOS_PER_SECOND_OF_512);

/**
 * Strings up to this length are written unit by unit, longer ones by a native call. Measured on Node 20 a unit costs
 * 1.6 ns and the call 65 to 90; on Node 24 1.2 and 30.
 */
export const SHORT = 64;

/**
 * Writes protobuf into a part of a buffer: from `at` on, never beyond `end`. What does not fit is left out and noted
 * in `overflow`; the bytes from `at` on are then undefined. Allocates nothing.
 */
export class ByteWriter {
  /** Offset of the next byte. */
  at = 0;
  /** Offset behind the last byte that may be written. */
  end = 0;
  /** Something did not fit. Stays true until the caller resets it. */
  overflow = false;
  #bytes: Buffer = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer, 0, 0);

  /** The buffer that is written into; `at` and `end` are to be set with it. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  set bytes(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The same buffer, for numbers of several bytes. */
  get view(): DataView {
    return this.#view;
  }

  /** Whether `count` bytes fit; that they do not is noted. */
  fits(count: number): boolean {
    if (this.at + count <= this.end) return true;
    this.overflow = true;
    return false;
  }

  byte(value: number): void {
    if (this.fits(1)) this.#bytes[this.at++] = value;
  }

  /** An integer of 64 bits; a negative one takes 10 bytes. What is no integer loses its fraction. */
  varint(value: number): void {
    const size = sizeOfVarint(value);
    if (!this.fits(size)) return;
    this.setVarint(this.at, value);
    this.at += size;
  }

  fixed32(value: number): void {
    if (!this.fits(4)) return;
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  double(value: number): void {
    if (!this.fits(8)) return;
    this.setDouble(this.at, value);
    this.at += 8;
  }

  /** Nanoseconds since the epoch as fixed64; 0, which is "unknown", where a part is negative or no number. */
  time(seconds: number, nanos: number): void {
    if (!this.fits(8)) return;
    this.setTime(this.at, seconds, nanos);
    this.at += 8;
  }

  raw(bytes: Uint8Array): void {
    if (!this.fits(bytes.length)) return;
    this.#bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A string as UTF-8, after its length; a surrogate without its other half becomes U+FFFD. */
  text(value: string): void {
    const units = value.length;
    if (units <= SHORT && this.asciiAt(this.at + 1, value)) {
      this.#bytes[this.at] = units;
      this.at += 1 + units;
      return;
    }
    const reserved = sizeOfVarint(units);
    const start = this.open(reserved);
    this.#utf8(value);
    this.close(start, reserved);
  }

  /** A string as UTF-8, as {@link text} does, without its length. */
  chars(value: string): void {
    if (value.length <= SHORT && this.asciiAt(this.at, value)) this.at += value.length;
    else this.#utf8(value);
  }

  /**
   * A string of characters that a line takes as they are (`encodeTarget`), without its length.
   *
   * @returns false, and nothing is written, where it is another one, is long, or does not fit
   */
  plain(value: string): boolean {
    const { at } = this;
    const length = value.length;
    if (length > SHORT || at + length > this.end) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f || IS_LINE_CHARACTER[code] === 0) return false;
      bytes[at + index] = code;
    }
    this.at = at + length;
    return true;
  }

  /** An integer, not negative, in decimal. */
  digits(value: number): void {
    if (value < 1e9) this.#smallDigits(value | 0);
    else this.chars(String(value));
  }

  /** What hexadecimal text stands for, as bytes after their length. Half a byte at the end does not count. */
  hex(value: string): void {
    const length = value.length >> 1;
    this.varint(length);
    if (!this.fits(length)) return;
    this.setHex(this.at, value, length);
    this.at += length;
  }

  /**
   * Begins something that has its length before it.
   *
   * @param reserved bytes that the length will probably take
   * @returns the start, for `close`
   */
  open(reserved: number): number {
    if (this.fits(reserved)) this.at += reserved;
    return this.at;
  }

  /** Ends it: writes the length, and moves what was written where the guess was wrong. */
  close(start: number, reserved: number): void {
    if (this.overflow) return;
    const length = this.at - start;
    const shift = sizeOfVarint(length) - reserved;
    if (shift !== 0) {
      if (!this.fits(shift)) return;
      this.#bytes.copyWithin(start + shift, start, this.at);
      this.at += shift;
    }
    this.setVarint(start - reserved, length);
  }

  /**
   * Writes a string into its place where it is ASCII and fits.
   *
   * @returns false where it is not, with rubbish in that place
   */
  asciiAt(place: number, value: string): boolean {
    const length = value.length;
    if (place + length > this.end) return false;
    const bytes = this.#bytes;
    const view = this.#view;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      const first = value.charCodeAt(index);
      const second = value.charCodeAt(index + 1);
      const third = value.charCodeAt(index + 2);
      const fourth = value.charCodeAt(index + 3);
      if ((first | second | third | fourth) > 0x7f) return false;
      view.setInt32(place + index, first | (second << 8) | (third << 16) | (fourth << 24), true);
    }
    for (; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[place + index] = code;
    }
    return true;
  }

  /** Sets a double within what is written already, as the following ones do. */
  setDouble(place: number, value: number): void {
    this.#view.setFloat64(place, value, true);
  }

  /** As {@link varint} does. */
  setVarint(place: number, value: number): void {
    const bytes = this.#bytes;
    let at = place;
    let low = value >>> 0;
    let high = value === low ? 0 : Math.floor(value / TWO_TO_32) >>> 0;
    while (high !== 0) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low > 0x7f) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    bytes[at] = low;
  }

  setTime(place: number, seconds: number, nanos: number): void {
    const view = this.#view;
    if (!(seconds >= 0 && seconds < EXACT_SECONDS && nanos >= 0 && nanos < NANOS_PER_SECOND)) {
      view.setBigUint64(place, nanosOf(seconds, nanos), true);
      return;
    }
    const upper = Math.trunc(seconds) * NANOS_PER_SECOND_OF_512;
    let high = Math.floor(upper / 0x80_0000);
    let low = (upper - high * 0x80_0000) * 512 + nanos;
    if (low >= TWO_TO_32) {
      low -= TWO_TO_32;
      high++;
    }
    view.setUint32(place, low, true);
    view.setUint32(place + 4, high, true);
  }

  /** @param length bytes, each of which two digits stand for */
  setHex(place: number, value: string, length: number): void {
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const high = value.charCodeAt(index << 1);
      const low = value.charCodeAt((index << 1) + 1);
      bytes[place + index] = (digitOf(high) << 4) | digitOf(low);
    }
  }

  #smallDigits(value: number): void {
    let size = 1;
    for (let limit = 10; value >= limit; limit *= 10) size++;
    if (!this.fits(size)) return;
    const bytes = this.#bytes;
    let rest = value;
    for (let place = this.at + size - 1; place >= this.at; place--) {
      const tenth = (rest / 10) | 0;
      bytes[place] = 0x30 + rest - 10 * tenth;
      rest = tenth;
    }
    this.at += size;
  }

  #utf8(value: string): void {
    const room = this.end - this.at;
    const units = value.length;
    // A call with room for anything is twice as fast as one that has to count; too long a text is not even counted.
    const mayFit = 3 * units <= room || (units <= room && Buffer.byteLength(value) <= room);
    if (mayFit) this.at += this.#bytes.write(value, this.at, room);
    else this.overflow = true;
  }
}

/** Of '0' to '9', 'a' to 'f', 'A' to 'F'. */
function digitOf(code: number): number {
  return (code & 0xf) + (code >> 6) * 9;
}

function nanosOf(seconds: number, nanos: number): bigint {
  if (!(seconds >= 0 && nanos >= 0 && seconds + nanos < Number.POSITIVE_INFINITY)) return 0n;
  return BigInt(Math.trunc(seconds)) * BigInt(NANOS_PER_SECOND) + BigInt(Math.trunc(nanos));
}
