import { type Allowance, MAX_DEPTH } from './otlp-limits.ts';
import { setAttribute } from './otlp-record.ts';
import { fixed64Field, lengthField, type ProtobufDecoder, varintField } from './protobuf-decoder.ts';

/** Fields of opentelemetry-proto 1.x, common/v1. */
const KEY_VALUE = { key: lengthField(1), value: lengthField(2) } as const;
const ANY_VALUE = {
  stringValue: lengthField(1),
  boolValue: varintField(2),
  intValue: varintField(3),
  doubleValue: fixed64Field(4),
  arrayValue: lengthField(5),
  kvlistValue: lengthField(6),
  bytesValue: lengthField(7),
} as const;
const ARRAY_VALUE = { values: lengthField(1) } as const;
const KVLIST_VALUE = { values: lengthField(1) } as const;

export type Attributes = Record<string, unknown>;

/** Of a message whose field of that tag holds pairs. */
export function readAttributes(
  reader: ProtobufDecoder,
  allowance: Allowance,
  field: number,
  depth: number,
): Attributes {
  const outer = reader.enter();
  const attributes: Attributes = {};
  let count = 0;
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === field && allowance.takeValue(count++)) readPair(reader, allowance, attributes, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return attributes;
}

export function readPair(
  reader: ProtobufDecoder,
  allowance: Allowance,
  into: Attributes,
  depth: number,
): void {
  const outer = reader.enter();
  let key = '';
  let value: unknown;
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === KEY_VALUE.key) key = reader.text();
    else if (tag === KEY_VALUE.value) value = readValue(reader, allowance, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setAttribute(into, key, value);
}

/** Of a `oneof` the last one that is set counts. */
export function readValue(reader: ProtobufDecoder, allowance: Allowance, depth: number): unknown {
  // The whole export is refused here: deeper nesting would overflow the stack of the code that walks the record.
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  const outer = reader.enter();
  let value: unknown;
  while (reader.hasMore()) {
    const tag = reader.tag();
    switch (tag) {
      case ANY_VALUE.stringValue:
        value = reader.text();
        break;
      case ANY_VALUE.boolValue:
        value = reader.boolean();
        break;
      case ANY_VALUE.intValue:
        value = reader.varint();
        break;
      case ANY_VALUE.doubleValue:
        value = reader.double();
        break;
      case ANY_VALUE.arrayValue:
        value = readItems(reader, allowance, depth + 1);
        break;
      case ANY_VALUE.kvlistValue:
        value = readAttributes(reader, allowance, KVLIST_VALUE.values, depth + 1);
        break;
      case ANY_VALUE.bytesValue:
        value = reader.bytes();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return value;
}

function readItems(reader: ProtobufDecoder, allowance: Allowance, depth: number): unknown[] {
  const outer = reader.enter();
  const items: unknown[] = [];
  while (reader.hasMore()) {
    const tag = reader.tag();
    if (tag === ARRAY_VALUE.values && allowance.takeValue(items.length)) {
      items.push(readValue(reader, allowance, depth));
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return items;
}
