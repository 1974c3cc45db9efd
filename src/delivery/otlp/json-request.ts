/**
 * An encoded `ExportLogsServiceRequest` as OTLP/JSON, for receivers that take nothing else (`http/json`). Records wait
 * as protobuf, which is half as long, and are translated when they are sent.
 *
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: names in lowerCamelCase, trace and span ids in hex,
 * enumerations as numbers; integers of 64 bits as decimal strings, as protobuf's own JSON mapping has it.
 */

/** How a field's value is written. */
type Scalar = 'bool' | 'bytes' | 'double' | 'fixed32' | 'fixed64' | 'hex' | 'int64' | 'string' | 'varint';

interface Field {
  readonly name: string;
  readonly type: Scalar | Fields;
  readonly isRepeated: boolean;
}

/** The fields of a message by their number. */
type Fields = ReadonlyMap<number, Field>;

type Json = string | number | boolean | { [name: string]: Json } | Json[];

const one = (name: string, type: Field['type']): Field => ({ name, type, isRepeated: false });
const many = (name: string, type: Field['type']): Field => ({ name, type, isRepeated: true });

// opentelemetry/proto/{collector/logs,logs,common,resource}/v1
const ANY_VALUE = new Map<number, Field>();
const KEY_VALUE: Fields = new Map([
  [1, one('key', 'string')],
  [2, one('value', ANY_VALUE)],
]);
ANY_VALUE.set(1, one('stringValue', 'string'))
  .set(2, one('boolValue', 'bool'))
  .set(3, one('intValue', 'int64'))
  .set(4, one('doubleValue', 'double'))
  .set(5, one('arrayValue', new Map([[1, many('values', ANY_VALUE)]])))
  .set(6, one('kvlistValue', new Map([[1, many('values', KEY_VALUE)]])))
  .set(7, one('bytesValue', 'bytes'));
const LOG_RECORD: Fields = new Map([
  [1, one('timeUnixNano', 'fixed64')],
  [2, one('severityNumber', 'varint')],
  [3, one('severityText', 'string')],
  [5, one('body', ANY_VALUE)],
  [6, many('attributes', KEY_VALUE)],
  [7, one('droppedAttributesCount', 'varint')],
  [8, one('flags', 'fixed32')],
  [9, one('traceId', 'hex')],
  [10, one('spanId', 'hex')],
  [11, one('observedTimeUnixNano', 'fixed64')],
  [12, one('eventName', 'string')],
]);
const SCOPE: Fields = new Map([
  [1, one('name', 'string')],
  [2, one('version', 'string')],
  [3, many('attributes', KEY_VALUE)],
  [4, one('droppedAttributesCount', 'varint')],
]);
const SCOPE_LOGS: Fields = new Map([
  [1, one('scope', SCOPE)],
  [2, many('logRecords', LOG_RECORD)],
  [3, one('schemaUrl', 'string')],
]);
const RESOURCE: Fields = new Map([
  [1, many('attributes', KEY_VALUE)],
  [2, one('droppedAttributesCount', 'varint')],
]);
const RESOURCE_LOGS: Fields = new Map([
  [1, one('resource', RESOURCE)],
  [2, many('scopeLogs', SCOPE_LOGS)],
  [3, one('schemaUrl', 'string')],
]);
const REQUEST: Fields = new Map([[1, many('resourceLogs', RESOURCE_LOGS)]]);

/**
 * @param message of our own encoders
 * @returns the same in OTLP/JSON, UTF-8
 * @throws RangeError where it is no such message
 */
export function jsonRequest(message: Uint8Array): Buffer {
  const reader = new Reader(message);
  return Buffer.from(JSON.stringify(reader.message(REQUEST, message.length)));
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(fields: Fields, end: number): Json {
    const message: { [name: string]: Json } = {};
    while (this.#at < end) {
      const tag = Number(this.#varint());
      const field = fields.get(tag >> 3);
      if (field === undefined) throw new RangeError(`field ${tag >> 3} is unknown`);
      const value = this.#value(field.type);
      if (!field.isRepeated) {
        message[field.name] = value;
        continue;
      }
      const values = message[field.name];
      if (Array.isArray(values)) values.push(value);
      else message[field.name] = [value];
    }
    return message;
  }

  #value(type: Field['type']): Json {
    if (typeof type !== 'string') return this.message(type, this.#end());
    switch (type) {
      case 'bool':
        return this.#varint() !== 0n;
      case 'varint':
        return Number(this.#varint());
      case 'int64':
        return String(BigInt.asIntN(64, this.#varint()));
      case 'fixed32':
        return this.#bytes.readUInt32LE(this.#pass(4));
      case 'fixed64':
        return String(this.#bytes.readBigUInt64LE(this.#pass(8)));
      case 'double': {
        const number = this.#bytes.readDoubleLE(this.#pass(8));
        return Number.isFinite(number) ? number : String(number);
      }
      case 'string':
        return this.#text('utf8');
      case 'hex':
        return this.#text('hex');
      case 'bytes':
        return this.#text('base64');
    }
  }

  #text(encoding: 'utf8' | 'hex' | 'base64'): string {
    const end = this.#end();
    const text = this.#bytes.toString(encoding, this.#at, end);
    this.#at = end;
    return text;
  }

  /** Where what has a length ends. */
  #end(): number {
    const length = Number(this.#varint());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('a field is longer than the message');
    return end;
  }

  /** @returns where it was */
  #pass(length: number): number {
    this.#at += length;
    return this.#at - length;
  }

  #varint(): bigint {
    let byte = this.#bytes.readUInt8(this.#at++);
    if (byte < 0x80) return BigInt(byte);
    let value = BigInt(byte & 0x7f);
    for (let shift = 7n; byte >= 0x80; shift += 7n) {
      byte = this.#bytes.readUInt8(this.#at++);
      value |= BigInt(byte & 0x7f) << shift;
    }
    return value;
  }
}
