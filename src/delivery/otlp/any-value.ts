import { type ByteWriter, SHORT } from './byte-writer.ts';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, KEY_VALUE_LIST, sizeOfVarint } from './tags.ts';

const MAX_INT64 = 2 ** 63;

/**
 * Arrays and maps within each other. Parsers of protobuf in C++ and Java give up a whole request at 100 messages
 * within each other, and a map takes three.
 */
const MAX_DEPTH = 30;

/** The arrays and maps that a value is in. */
interface Ancestors {
  readonly value: object;
  readonly depth: number;
  readonly outer: Ancestors | undefined;
}

/**
 * Writes own enumerable properties as entries under `tag`, each a KeyValue. The values mean what they mean to the
 * official serializer (`@opentelemetry/otlp-transformer`): numbers that are integers are `int_value`; `null`,
 * `undefined` and what OTLP has no type for (bigint, symbol, function) are a key without a value.
 *
 * Never throws. A key without a value is also what remains of a property that throws when it is read, of an array or
 * map that is within itself, and of what lies deeper than 30 levels; of a map that cannot be listed to its end, what
 * was read of it.
 */
export function writeAttributes(writer: ByteWriter, tag: number, attributes: object): void {
  try {
    writeEntries(writer, tag, attributes, undefined);
  } catch {
    // A Proxy that cannot be listed to its end. What is in it so far was written whole.
  }
}

/** Writes an AnyValue after its length; as {@link writeAttributes} does. */
export function writeAnyValue(writer: ByteWriter, value: unknown): void {
  writeValue(writer, value, undefined);
}

function writeEntries(writer: ByteWriter, tag: number, map: object, ancestors: Ancestors | undefined): void {
  for (const key in map) {
    // An object with a hostile number of properties fills the writer, and must not keep the process busy after that.
    if (writer.overflow) return;
    if (!Object.hasOwn(map, key)) continue;
    const value = propertyOf(map, key);
    writer.byte(tag);
    const entry = writer.open(1);
    writer.byte(KEY_VALUE.key);
    writer.text(key);
    writer.byte(KEY_VALUE.value);
    writeValue(writer, value, ancestors);
    writer.close(entry, 1);
  }
}

function writeItems(writer: ByteWriter, items: readonly unknown[], ancestors: Ancestors): void {
  for (let index = 0; index < items.length; index++) {
    if (writer.overflow) return;
    const item = propertyOf(items, index);
    writer.byte(ARRAY_VALUE.values);
    writeValue(writer, item, ancestors);
  }
}

function propertyOf(owner: object, key: string | number): unknown {
  try {
    return Reflect.get(owner, key);
  } catch {
    return undefined;
  }
}

function writeValue(writer: ByteWriter, value: unknown, ancestors: Ancestors | undefined): void {
  if (typeof value === 'string') {
    writeString(writer, value);
  } else if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= -MAX_INT64 && value < MAX_INT64) writeInt(writer, value);
    else writeDouble(writer, value);
  } else if (typeof value === 'boolean') {
    writer.byte(2);
    writer.byte(ANY_VALUE.bool);
    writer.byte(value ? 1 : 0);
  } else if (typeof value === 'object' && value !== null && !isWithin(value, ancestors)) {
    const start = writer.open(1);
    writeObject(writer, value, ancestors);
    writer.close(start, 1);
  } else {
    writer.byte(0);
  }
}

/** Writes a length and an AnyValue that is a string; so do the next two with an integer and a double. */
export function writeString(writer: ByteWriter, value: string): void {
  const { at } = writer;
  const units = value.length;
  if (units <= SHORT && writer.asciiAt(at + 3, value)) {
    const { bytes } = writer;
    bytes[at] = units + 2;
    bytes[at + 1] = ANY_VALUE.string;
    bytes[at + 2] = units;
    writer.at = at + 3 + units;
    return;
  }
  const reserved = sizeOfVarint(units);
  const start = writer.open(reserved);
  writer.byte(ANY_VALUE.string);
  writer.text(value);
  writer.close(start, reserved);
}

/** @param value an integer of 64 bits */
export function writeInt(writer: ByteWriter, value: number): void {
  const size = sizeOfVarint(value);
  if (!writer.fits(2 + size)) return;
  const { at, bytes } = writer;
  bytes[at] = 1 + size;
  bytes[at + 1] = ANY_VALUE.int;
  writer.at = at + 2 + size;
  writer.setVarint(at + 2, value);
}

export function writeDouble(writer: ByteWriter, value: number): void {
  writer.byte(9);
  writer.byte(ANY_VALUE.double);
  writer.double(value);
}

/** Whether `value` is one of its own ancestors, or too deep. */
function isWithin(value: object, ancestors: Ancestors | undefined): boolean {
  if (ancestors === undefined) return false;
  if (ancestors.depth === MAX_DEPTH) return true;
  for (let at: Ancestors | undefined = ancestors; at !== undefined; at = at.outer) {
    if (at.value === value) return true;
  }
  return false;
}

function writeObject(writer: ByteWriter, value: object, outer: Ancestors | undefined): void {
  try {
    if (value instanceof Uint8Array) writeBytes(writer, value);
    else if (Array.isArray(value)) writeContainer(writer, ANY_VALUE.array, value, outer);
    else writeContainer(writer, ANY_VALUE.kvlist, value, outer);
  } catch {
    // A Proxy whose type cannot be read, before anything was written.
  }
}

function writeBytes(writer: ByteWriter, value: Uint8Array): void {
  const { length } = value;
  writer.byte(ANY_VALUE.bytes);
  writer.varint(length);
  writer.raw(value);
}

function writeContainer(writer: ByteWriter, tag: number, value: object, outer: Ancestors | undefined): void {
  const ancestors: Ancestors = { value, depth: (outer?.depth ?? 0) + 1, outer };
  writer.byte(tag);
  const content = writer.open(1);
  try {
    if (Array.isArray(value)) writeItems(writer, value, ancestors);
    else writeEntries(writer, KEY_VALUE_LIST.values, value, ancestors);
  } catch {
    // A Proxy that cannot be listed to its end. What is in it so far was written whole.
  }
  writer.close(content, 1);
}
