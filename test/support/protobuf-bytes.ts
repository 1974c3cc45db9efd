/**
 * A field of protobuf that holds a text, bytes or a message. By hand: an encoder would not be wrong on request, and would
 * need as much memory as is to be taken from the other side.
 */
export function field(number: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length, rest), body]);
}

/** A pair of an attribute and a text, in the field of that number. */
export function pair(number: number, key: string, text: string): Buffer {
  return field(number, field(1, key), field(2, field(1, text)));
}

/** An attribute of a log record. */
export function attribute(key: string, text: string): Buffer {
  return pair(6, key, text);
}

export function recordOf(...fields: readonly Uint8Array[]): Buffer {
  return field(2, ...fields);
}

/** An `ExportLogsServiceRequest` of one resource and one scope. */
export function exportOf(...records: readonly Uint8Array[]): Buffer {
  return field(1, field(2, ...records));
}

/** A record whose body is an array in an array, so many levels of it. */
export function nested(levels: number): Buffer {
  let value: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level++) value = field(5, field(1, value));
  return exportOf(recordOf(field(5, value)));
}
