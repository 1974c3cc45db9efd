import { writeAttributes } from './any-value.ts';
import { ByteWriter } from './byte-writer.ts';
import { RESOURCE, RESOURCE_LOGS } from './tags.ts';

/** A varint of 64 bits takes no more. */
const MAX_VARINT_BYTES = 10;

/**
 * Adds an attribute to the encoded resource that `resourceLogs` begins with, behind its other attributes. Where it begins
 * with no resource, one with this attribute comes first.
 *
 * @param resourceLogs as {@link EnvelopeHeads} has them: tag, length, resource, and what follows
 */
export function withResourceAttribute(resourceLogs: Uint8Array, name: string, value: string): Uint8Array {
  const attribute = encodedAttribute(name, value);
  const { start, end } = boundsOfResource(resourceLogs);
  return Buffer.concat([
    Uint8Array.of(RESOURCE_LOGS.resource),
    encodedVarint(end - start + attribute.length),
    resourceLogs.subarray(start, end),
    attribute,
    resourceLogs.subarray(end),
  ]);
}

/** Where the fields of the resource are; both 0 where there is none. */
function boundsOfResource(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  const length = bytes[0] === RESOURCE_LOGS.resource ? readVarint(bytes, 1) : undefined;
  const end = length === undefined ? 0 : length.end + length.value;
  return length === undefined || end > bytes.length ? { start: 0, end: 0 } : { start: length.end, end };
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
