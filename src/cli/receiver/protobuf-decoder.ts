/** Wire types of protobuf (https://protobuf.dev/programming-guides/encoding/#structure). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const TWO_TO_32 = 2 ** 32;
const MAX_VARINT_BYTES = 10;

/** The tag of a field that holds a varint. */
export function varintField(number: number): number {
  return (number << 3) | VARINT;
}

export function fixed64Field(number: number): number {
  return (number << 3) | FIXED64;
}

/** The tag of a field that holds a text, bytes or a message. */
export function lengthField(number: number): number {
  return (number << 3) | LENGTH_DELIMITED;
}

export function fixed32Field(number: number): number {
  return (number << 3) | FIXED32;
}

/**
 * Reads the wire format of protobuf in place: nothing is made of what is skipped. What it returns are copies, so that
 * none of them holds the whole message in memory.
 *
 * @throws RangeError where the bytes are no protobuf
 */
export class ProtobufDecoder {
  readonly #bytes: Buffer;
  #at: number;
  /** Of the message that is being read. */
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.byteLength;
  }

  /** Whether the message has another field. */
  hasMore(): boolean {
    return this.#at < this.#end;
  }

  /** The number of the next field with its wire type. */
  tag(): number {
    const tag = this.#uint32();
    if (tag >> 3 === 0) throw new RangeError('a field without a number');
    return tag;
  }

  /** Goes past the field of that tag. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        break;
      case FIXED64:
        this.#take(8);
        break;
      case LENGTH_DELIMITED:
        this.#take(this.#uint32());
        break;
      case FIXED32:
        this.#take(4);
        break;
      default:
        throw new RangeError('a wire type that OTLP does not have');
    }
  }

  /** Goes into the message that the field holds. @returns what {@link leave} needs to go on behind it */
  enter(): number {
    const start = this.#take(this.#uint32());
    const outer = this.#end;
    this.#end = this.#at;
    this.#at = start;
    return outer;
  }

  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Where the message begins that was just entered, for a second look at it. */
  get position(): number {
    return this.#at;
  }

  goTo(position: number): void {
    this.#at = position;
  }

  text(): string {
    const start = this.#take(this.#uint32());
    return this.#bytes.toString('utf8', start, this.#at);
  }

  hex(): string {
    const start = this.#take(this.#uint32());
    return this.#bytes.toString('hex', start, this.#at);
  }

  bytes(): Buffer {
    const start = this.#take(this.#uint32());
    return Buffer.from(this.#bytes.subarray(start, this.#at));
  }

  /** A signed integer of 64 bits: a number, or a bigint where a number cannot hold it. */
  varint(): number | bigint {
    let low = 0;
    let high = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) return integer(low, high);
    }
    throw new RangeError('an integer of more than ten bytes');
  }

  boolean(): boolean {
    return this.varint() !== 0;
  }

  /** The lower 32 bits of an integer, as an `enum` or `int32` is read. */
  int32(): number {
    const value = this.varint();
    return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** A tag or a length. */
  #uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    this.#at--;
    const value = this.varint();
    if (typeof value !== 'number' || value < 0 || value >= TWO_TO_32)
      throw new RangeError('a length too long');
    return value;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new RangeError('the end within a field');
    return this.#bytes[this.#at++] ?? 0;
  }

  /** @returns where the bytes begin that it goes past */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new RangeError('the end within a field');
    this.#at = start + length;
    return start;
  }
}

function integer(low: number, high: number): number | bigint {
  const number = high * TWO_TO_32 + (low >>> 0);
  return Number.isSafeInteger(number) ? number : (BigInt(high) << 32n) | BigInt(low >>> 0);
}
