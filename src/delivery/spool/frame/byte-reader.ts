/** Bits of a varint that are read: no length and no index of a frame needs more. */
const MAX_VARINT_BITS = 28;

/**
 * Reads numbers, texts and bytes from one end of a buffer to the other. What does not fit is noted in `failed`; from
 * then on everything reads as 0 or as empty.
 */
export class ByteReader {
  /** Something did not fit. Stays true. */
  failed = false;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const at = this.#skip(1);
    return this.failed ? 0 : (this.#bytes[at] ?? 0);
  }

  /** A varint below 2^28. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.failed = true;
    return 0;
  }

  double(): number {
    const at = this.#skip(8);
    return this.failed ? 0 : this.#bytes.readDoubleLE(at);
  }

  /** Bytes after their length, not copied. */
  raw(): Uint8Array {
    const length = this.varint();
    const at = this.#skip(length);
    return this.failed ? this.#bytes.subarray(0, 0) : this.#bytes.subarray(at, at + length);
  }

  /** UTF-8 after its length. */
  text(): string {
    const length = this.varint();
    const at = this.#skip(length);
    return this.failed ? '' : this.#bytes.toString('utf8', at, at + length);
  }

  /** @returns where the skipped bytes begin */
  #skip(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) this.failed = true;
    else this.#at += count;
    return at;
  }
}
