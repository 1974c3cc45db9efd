const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Bytes that an integer of 64 bits takes at most. */
const MAX_VARINT_BYTES = 10;
/** Fields of one answer, all its messages together. An honest answer has fewer than ten. */
const MAX_FIELDS = 10_000;
/** Bytes of a text: as many as are kept of an answer, since the reason often stands at its end. */
const MAX_TEXT_BYTES = 64 * 1024;

interface FieldBudget {
  fieldsLeft: number;
}

/**
 * Reads the fields of a protobuf message of whatever type, one after the other, in a single pass. A field that the
 * caller does not ask for is skipped: it costs no memory, however often a receiver repeats it.
 *
 * Reading ends at the last byte, or at the first one that is no protobuf. A field that is cut off has the content that
 * is there, since long answers are not received to their end.
 */
export class ProtobufReader {
  /** Number and wire type of the field. */
  tag = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #budget: FieldBudget;
  /** Where the next field begins. */
  #at: number;
  /** Where the content of the field begins. */
  #start = 0;
  /** An integer of 64 bits, in two halves. */
  #low = 0;
  #high = 0;

  constructor(
    bytes: Uint8Array,
    at = 0,
    end: number = bytes.length,
    budget: FieldBudget = { fieldsLeft: MAX_FIELDS },
  ) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.#budget = budget;
  }

  /** Goes on to the next field. @returns false where there is none */
  next(): boolean {
    this.#budget.fieldsLeft -= 1;
    if (this.#budget.fieldsLeft < 0 || !this.#readVarint()) return false;
    this.tag = this.#low >>> 0;
    // A tag has 32 bits, and no field has the number 0.
    return this.#high === 0 && this.tag > 7 && this.#skipContent();
  }

  /** The field as a signed integer. Only of the wire type varint. */
  get integer(): number {
    return this.#high * 2 ** 32 + (this.#low >>> 0);
  }

  /** The field as a message. Only of the wire type length-delimited, as what follows. */
  message(): ProtobufReader {
    return new ProtobufReader(this.#bytes, this.#start, this.#at, this.#budget);
  }

  /** The field as a text, or the beginning of one that is too long. */
  text(): string {
    const end = Math.min(this.#at, this.#start + MAX_TEXT_BYTES);
    return Buffer.from(
      this.#bytes.buffer,
      this.#bytes.byteOffset + this.#start,
      end - this.#start,
    ).toString();
  }

  #skipContent(): boolean {
    switch (this.tag % 8) {
      case VARINT:
        return this.#readVarint();
      case FIXED64:
        return this.#skip(8);
      case LENGTH_DELIMITED:
        return this.#readVarint() && this.#skip((this.#high >>> 0) * 2 ** 32 + (this.#low >>> 0));
      case FIXED32:
        return this.#skip(4);
      default:
        return false;
    }
  }

  #skip(length: number): boolean {
    this.#start = this.#at;
    this.#at = Math.min(this.#end, this.#at + length);
    return true;
  }

  #readVarint(): boolean {
    this.#low = 0;
    this.#high = 0;
    for (let index = 0; index < MAX_VARINT_BYTES && this.#at < this.#end; index++) {
      const byte = this.#bytes[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      const shift = 7 * index;
      if (shift < 32) this.#low |= bits << shift;
      if (shift > 24) this.#high |= shift < 32 ? bits >> (32 - shift) : bits << (shift - 32);
      if (byte < 0x80) return true;
    }
    return false;
  }
}
