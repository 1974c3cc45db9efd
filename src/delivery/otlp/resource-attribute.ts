import { writeAttributes } from './any-value.ts';
import { ByteWriter } from './byte-writer.ts';
import { RESOURCE } from './tags.ts';

/** A varint of 64 bits takes no more. */
const MAX_VARINT_BYTES = 10;

/**
 * Adds an attribute to the encoded resource that `resourceLogs` begins with: protobuf appends to a repeated field
 * wherever it stands. Bytes that are no resource stay as they are.
 *
 * @param resourceLogs as {@link EnvelopeHeads} has them: tag, length, resource, and what follows
 */
export function withResourceAttribute(resourceLogs: Uint8Array, name: string, value: string): Uint8Array {
  const length = readVarint(resourceLogs, 1);
  if (length === undefined) return resourceLogs;
  const end = length.end + length.value;
  if (end > resourceLogs.length) return resourceLogs;
  const attribute = encodedAttribute(name, value);
  return Buffer.concat([
    resourceLogs.subarray(0, 1),
    encodedVarint(length.value + attribute.length),
    resourceLogs.subarray(length.end, end),
    attribute,
    resourceLogs.subarray(end),
  ]);
}

function encodedAttribute(name: string, value: string): Uint8Array {
  return written(64 + 3 * (name.length + value.length), (writer) => {
    writeAttributes(writer, RESOURCE.attributes, { [name]: value });
  });
}

function encodedVarint(value: number): Uint8Array {
  return written(MAX_VARINT_BYTES, (writer) => writer.varint(value));
}

function written(size: number, write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes = Buffer.alloc(size);
  writer.end = size;
  write(writer);
  return writer.bytes.subarray(0, writer.at);
}

function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return undefined;
}
