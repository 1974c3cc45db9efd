/** Bytes that an integer of 64 bits takes at most. */
const MAX_VARINT_BYTES = 10;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

type Field = bigint | Uint8Array;

/** The fields of a protobuf message, by tag (field number and wire type). Of one that is repeated, the last counts. */
class Message {
  readonly #fields: ReadonlyMap<number, readonly Field[]>;

  constructor(fields: ReadonlyMap<number, readonly Field[]>) {
    this.#fields = fields;
  }

  /** A signed integer; 0 where it is absent. */
  integer(tag: number): number {
    const field = this.#fields.get(tag)?.at(-1);
    return typeof field === 'bigint' ? Number(BigInt.asIntN(64, field)) : 0;
  }

  bytes(tag: number): Uint8Array | undefined {
    return this.all(tag).at(-1);
  }

  /** Each occurrence of a field of bytes. */
  all(tag: number): Uint8Array[] {
    return (this.#fields.get(tag) ?? []).filter((field) => typeof field !== 'bigint');
  }

  /** `''` where it is absent. */
  text(tag: number): string {
    return new TextDecoder().decode(this.bytes(tag));
  }
}

/** Reads a message of whatever type; `undefined` where it is absent or malformed. */
export function readMessage(bytes: Uint8Array | undefined): Message | undefined {
  if (bytes === undefined) return undefined;
  const fields = new Map<number, Field[]>();
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    const field = tag === undefined ? undefined : cursor.field(Number(tag & 7n));
    if (field === undefined) return undefined;
    const number = Number(tag);
    const before = fields.get(number);
    if (before === undefined) fields.set(number, [field]);
    else before.push(field);
  }
  return new Message(fields);
}

/** Whatever cannot be read is `undefined`. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): bigint | undefined {
    let value = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  field(wireType: number): Field | undefined {
    switch (wireType) {
      case VARINT:
        return this.varint();
      case FIXED64:
        return this.#take(8);
      case LENGTH_DELIMITED:
        return this.#take(Number(this.varint() ?? Number.POSITIVE_INFINITY));
      case FIXED32:
        return this.#take(4);
      default:
        return undefined;
    }
  }

  #take(length: number): Uint8Array | undefined {
    const start = this.#at;
    if (length > this.#bytes.length - start) return undefined;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }
}
