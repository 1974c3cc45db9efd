import { Allowance, MAX_DEPTH } from './otlp-limits.ts';
import { type ReceivedRecord, setAttribute, validId } from './otlp-record.ts';

/** Levels of the document: each level of a value is three of them, and there are seven around the value. */
const MAX_NESTING = 3 * MAX_DEPTH + 16;
/** Brackets and commas: each may become an object in memory. An attribute has about five. */
const MAX_ELEMENTS = 500_000;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the OTLP/JSON form of an `ExportLogsServiceRequest` (OTLP 1.x, "JSON Protobuf Encoding": ids are hex, not
 * base64), as much of it as is allowed.
 *
 * @throws Error where the text is not one
 */
export function decodeJson(bytes: Uint8Array, allowance: Allowance = new Allowance()): ReceivedRecord[] {
  return decodeRequest(parseBounded(bytes), allowance);
}

/**
 * Parses a document of JSON in UTF-8, unless it is nested too deeply or has too many elements.
 *
 * @throws Error where the text is not one
 */
export function parseBounded(bytes: Uint8Array): unknown {
  // Before the parser makes anything of it: three bytes may be an object.
  checkSize(bytes);
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}

/**
 * As {@link decodeJson}, of the parsed document.
 *
 * @throws Error where it is not one
 */
export function decodeRequest(request: unknown, allowance: Allowance): ReceivedRecord[] {
  const records: ReceivedRecord[] = [];
  for (const group of listOf(objectOf(request).resourceLogs)) {
    allowance.takeGroup();
    const { resource, scopeLogs } = objectOf(group);
    const attributes = attributesOf(optional(resource).attributes, allowance, 0);
    for (const scoped of listOf(scopeLogs)) {
      allowance.takeGroup();
      const { scope, logRecords } = objectOf(scoped);
      const { name, version } = optional(scope);
      const named = { name: textOf(name), version: textOf(version) };
      for (const record of listOf(logRecords)) {
        if (allowance.takeRecord()) records.push(recordOf(objectOf(record), allowance, attributes, named));
      }
    }
  }
  return records;
}

function recordOf(
  record: JsonObject,
  allowance: Allowance,
  resource: ReceivedRecord['resource'],
  scope: ReceivedRecord['scope'],
): ReceivedRecord {
  return {
    timeUnixNano: BigInt.asUintN(64, bigintOf(record.timeUnixNano ?? 0)),
    observedTimeUnixNano: BigInt.asUintN(64, bigintOf(record.observedTimeUnixNano ?? 0)),
    severityNumber: Number(record.severityNumber ?? 0) | 0,
    severityText: textOf(record.severityText) || undefined,
    body: anyValue(record.body, allowance, 0),
    eventName: textOf(record.eventName) || undefined,
    traceId: validId(hexOf(record.traceId), 32),
    spanId: validId(hexOf(record.spanId), 16),
    flags: Number(record.flags ?? 0) >>> 0,
    attributes: attributesOf(record.attributes, allowance, 0),
    resource,
    scope,
  };
}

function attributesOf(list: unknown, allowance: Allowance, depth: number): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  let count = 0;
  for (const pair of listOf(list)) {
    if (!allowance.takeValue(count++)) continue;
    const { key, value } = objectOf(pair);
    setAttribute(attributes, textOf(key), anyValue(value, allowance, depth));
  }
  return attributes;
}

function anyValue(given: unknown, allowance: Allowance, depth: number): unknown {
  const value = optional(given);
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (isGiven(value.stringValue)) return textOf(value.stringValue);
  if (isGiven(value.intValue)) return integerOf(value.intValue);
  if (isGiven(value.doubleValue)) return Number(value.doubleValue);
  if (isGiven(value.boolValue)) return Boolean(value.boolValue);
  if (isGiven(value.arrayValue)) {
    const items: unknown[] = [];
    for (const item of listOf(objectOf(value.arrayValue).values)) {
      if (allowance.takeValue(items.length)) items.push(anyValue(item, allowance, depth + 1));
    }
    return items;
  }
  if (isGiven(value.kvlistValue)) {
    return attributesOf(objectOf(value.kvlistValue).values, allowance, depth + 1);
  }
  return isGiven(value.bytesValue) ? Buffer.from(textOf(value.bytesValue), 'base64') : undefined;
}

/** `null` is as good as absent (protobuf, "JSON Mapping"). */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function optional(value: unknown): JsonObject {
  return isGiven(value) ? objectOf(value) : {};
}

function objectOf(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object');
  return value as JsonObject;
}

function listOf(value: unknown): readonly unknown[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) throw new TypeError('not an array');
  return value;
}

function textOf(value: unknown): string {
  if (!isGiven(value)) return '';
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

/** 64 bits, as text or as a number. */
function bigintOf(value: unknown): bigint {
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError('not an integer');
  if (typeof value === 'string' && value.length > MAX_DIGITS) throw new RangeError('an integer too long');
  return BigInt(value);
}

const MAX_ID_LENGTH = 32;
/** Of 64 bits; text of any length would take quadratic time. */
const MAX_DIGITS = 20;

function integerOf(value: unknown): number | bigint {
  const integer = BigInt.asIntN(64, bigintOf(value));
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

function hexOf(value: unknown): string {
  const text = textOf(value);
  if (text.length > MAX_ID_LENGTH) return '';
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new TypeError('id is not hex');
  return text.toLowerCase();
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const OPENING: ReadonlySet<number> = new Set(Buffer.from('[{'));
const CLOSING: ReadonlySet<number> = new Set(Buffer.from(']}'));
const COMMA = ','.charCodeAt(0);

/** @throws RangeError where the document is nested too deeply or has too many elements */
function checkSize(bytes: Uint8Array): void {
  let depth = 0;
  let elements = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
      continue;
    }
    if (byte === QUOTE) isText = true;
    else if (byte === COMMA) elements++;
    else if (OPENING.has(byte)) {
      elements++;
      if (++depth > MAX_NESTING) throw new RangeError('nested too deeply');
    } else if (CLOSING.has(byte)) depth--;
    if (elements > MAX_ELEMENTS) throw new RangeError('too many elements');
  }
}
