import { ATTRIBUTES, type AttributeField } from '../../record/attributes/attribute-table.ts';
import { REQUEST_EVENT } from '../../record/record-builder.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { AttributeKey } from './attribute-key.ts';
import { ByteWriter } from './byte-writer.ts';
import { LOG_RECORD } from './tags.ts';

const METHOD_KEY = new AttributeKey(ATTRIBUTES.method.name);
const OUTCOME_KEY = new AttributeKey(ATTRIBUTES.outcome.name);
const DURATION_KEY = new AttributeKey(ATTRIBUTES.duration.name);
const TIME_TO_HEADERS_KEY = new AttributeKey(ATTRIBUTES.timeToHeaders.name);
const STATUS_KEY = new AttributeKey(ATTRIBUTES.statusCode.name);
const REQUEST_BODY_SIZE_KEY = new AttributeKey(ATTRIBUTES.requestBodySize.name);
const RESPONSE_BODY_SIZE_KEY = new AttributeKey(ATTRIBUTES.responseBodySize.name);
const RESPONSE_SIZE_KEY = new AttributeKey(ATTRIBUTES.responseSize.name);

const TRACE_ID = '0'.repeat(32);
const SPAN_ID = '0'.repeat(16);
/** The template's status code. All codes from 128 to 16,383 take two bytes, so each of them fits in its place. */
const STATUS = 200;
/** By number of bytes: the smallest integer that takes so many as a varint. */
const PLACEHOLDERS = [0, 0, 0x80, 0x4000] as const;

/** Size of the cache of templates. A power of two. Methods, outcomes, severities and orders of size are few. */
const SLOTS = 256;

/** Fields whose attributes {@link RecordTemplates.write} writes. */
export const TEMPLATE_FIELDS: readonly AttributeField[] = [
  ...(['method', 'statusCode', 'outcome', 'duration', 'timeToHeaders'] as const),
  ...(['requestBodySize', 'responseBodySize', 'responseSize'] as const),
];

/** More than the parts of a template that have a fixed length take. */
const FIXED_BYTES = 640;

// Bits of a shape.
const HAS_IDS = 1;
const HAS_TIME_TO_HEADERS = 2;
const HAS_STATUS = 4;
const HAS_EMPTY_REQUEST_BODY = 8;
/** Two bits each: length of the varint of `responseBodySize` and of `responseSize`. */
const BODY_SIZE_SHIFT = 4;
const SIZE_SHIFT = 6;

/** Length of the varint that a template has for an integer: 1 to 3; 0 if there is no value or it takes more. */
function varintLengthOf(value: number | undefined): number {
  if (value === undefined || !(value >= 0 && value < 0x20_0000)) return 0;
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

/** Which optional parts the template for these fields has, as bits. */
function shapeOf(fields: RecordFields): number {
  const { randomIds, traceId, spanId, statusCode } = fields;
  let shape =
    (varintLengthOf(fields.responseBodySize) << BODY_SIZE_SHIFT) |
    (varintLengthOf(fields.responseSize) << SIZE_SHIFT);
  if (randomIds !== undefined) shape |= HAS_IDS;
  else if (traceId?.length === TRACE_ID.length && spanId?.length === SPAN_ID.length) shape |= HAS_IDS;
  if (fields.timeToHeaders !== undefined) shape |= HAS_TIME_TO_HEADERS;
  if (statusCode !== undefined && statusCode >= 0x80 && statusCode < 0x4000) shape |= HAS_STATUS;
  if (fields.requestBodySize === 0) shape |= HAS_EMPTY_REQUEST_BODY;
  return shape;
}

/**
 * The parts of a record that are the same in many records or have the same length at least: times, severity, ids, event
 * name, method, status code, outcome, durations, sizes. It is copied in one piece, then the values are set in the copy.
 */
class RecordTemplate {
  readonly #shape: number;
  readonly #severityNumber: number;
  readonly #severityText: string;
  readonly #traceFlags: number;
  readonly #method: string;
  readonly #outcome: string;
  readonly #bytes: Uint8Array;
  // Offsets in the template.
  readonly #observedTime: number;
  readonly #duration: number;
  readonly #timeToHeaders: number;
  readonly #status: number;
  readonly #bodySize: number;
  readonly #size: number;
  readonly #traceId: number;
  readonly #spanId: number;

  constructor(shape: number, fields: RecordFields) {
    const { severityNumber, severityText, traceFlags, method, outcome } = fields;
    this.#shape = shape;
    this.#severityNumber = severityNumber;
    this.#severityText = severityText;
    this.#traceFlags = traceFlags;
    this.#method = method;
    this.#outcome = outcome;

    const writer = new ByteWriter();
    writer.bytes = Buffer.alloc(FIXED_BYTES + 3 * (severityText.length + method.length + outcome.length));
    writer.end = writer.bytes.length;
    writer.byte(LOG_RECORD.timeUnixNano);
    writer.time(0, 0);
    writer.byte(LOG_RECORD.observedTimeUnixNano);
    this.#observedTime = writer.at;
    writer.time(0, 0);
    if (severityNumber > 0) {
      writer.byte(LOG_RECORD.severityNumber);
      writer.varint(severityNumber);
    }
    if (severityText !== '') {
      writer.byte(LOG_RECORD.severityText);
      writer.text(severityText);
    }
    writer.byte(LOG_RECORD.eventName);
    writer.text(REQUEST_EVENT);
    METHOD_KEY.writeString(writer, method);
    OUTCOME_KEY.writeString(writer, outcome);
    DURATION_KEY.writeDouble(writer, 0);
    this.#duration = writer.at - 8;
    if (shape & HAS_TIME_TO_HEADERS) TIME_TO_HEADERS_KEY.writeDouble(writer, 0);
    this.#timeToHeaders = writer.at - 8;
    if (shape & HAS_STATUS) STATUS_KEY.writeInt(writer, STATUS);
    this.#status = writer.at - 2;
    if (shape & HAS_EMPTY_REQUEST_BODY) REQUEST_BODY_SIZE_KEY.writeInt(writer, 0);
    this.#bodySize = writePlaceholder(writer, RESPONSE_BODY_SIZE_KEY, (shape >> BODY_SIZE_SHIFT) & 3);
    this.#size = writePlaceholder(writer, RESPONSE_SIZE_KEY, (shape >> SIZE_SHIFT) & 3);
    if (shape & HAS_IDS) {
      if (traceFlags !== 0) {
        writer.byte(LOG_RECORD.flags);
        writer.fixed32(traceFlags);
      }
      writer.byte(LOG_RECORD.traceId);
      writer.hex(TRACE_ID);
      writer.byte(LOG_RECORD.spanId);
      writer.hex(SPAN_ID);
    }
    this.#spanId = writer.at - 8;
    this.#traceId = this.#spanId - 18;
    this.#bytes = writer.bytes.subarray(0, writer.at);
  }

  suits(shape: number, fields: RecordFields): boolean {
    return (
      shape === this.#shape &&
      fields.severityNumber === this.#severityNumber &&
      fields.traceFlags === this.#traceFlags &&
      fields.method === this.#method &&
      fields.outcome === this.#outcome &&
      fields.severityText === this.#severityText
    );
  }

  // One long method on purpose: V8 stops inlining at some size, and a call that is left costs as much as its work.
  write(writer: ByteWriter, fields: RecordFields): void {
    const { at } = writer;
    writer.raw(this.#bytes);
    if (writer.overflow) return;
    const { bytes, view } = writer;
    const { timeToHeaders, statusCode, requestBodySize, responseBodySize, responseSize } = fields;
    writer.setTime(at + 1, fields.timestampSeconds, fields.timestampNanos);
    const observed = at + this.#observedTime;
    view.setUint32(observed, view.getUint32(at + 1, true), true);
    view.setUint32(observed + 4, view.getUint32(at + 5, true), true);
    view.setFloat64(at + this.#duration, fields.duration, true);
    if (timeToHeaders !== undefined) view.setFloat64(at + this.#timeToHeaders, timeToHeaders, true);
    if (statusCode !== undefined) {
      if (this.#shape & HAS_STATUS) setVarint(bytes, at + this.#status, statusCode);
      else STATUS_KEY.writeInt(writer, statusCode);
    }
    if (requestBodySize !== undefined && requestBodySize !== 0) {
      REQUEST_BODY_SIZE_KEY.writeInt(writer, requestBodySize);
    }
    if (responseBodySize !== undefined) {
      if (this.#bodySize !== 0) setVarint(bytes, at + this.#bodySize, responseBodySize);
      else RESPONSE_BODY_SIZE_KEY.writeInt(writer, responseBodySize);
    }
    if (responseSize !== undefined) {
      if (this.#size !== 0) setVarint(bytes, at + this.#size, responseSize);
      else RESPONSE_SIZE_KEY.writeInt(writer, responseSize);
    }
    this.#writeIds(writer, at, fields);
  }

  #writeIds(writer: ByteWriter, at: number, fields: RecordFields): void {
    const { randomIds, traceId, spanId } = fields;
    if (randomIds !== undefined) {
      const { view } = writer;
      const trace = at + this.#traceId;
      const span = at + this.#spanId;
      view.setInt32(trace, randomIds.trace0);
      view.setInt32(trace + 4, randomIds.trace1);
      view.setInt32(trace + 8, randomIds.trace2);
      view.setInt32(trace + 12, randomIds.trace3);
      view.setInt32(span, randomIds.span0);
      view.setInt32(span + 4, randomIds.span1);
    } else if (this.#shape & HAS_IDS && traceId !== undefined && spanId !== undefined) {
      writer.setHex(at + this.#traceId, traceId, TRACE_ID.length / 2);
      writer.setHex(at + this.#spanId, spanId, SPAN_ID.length / 2);
    } else {
      writeIds(writer, fields);
    }
  }
}

/** Overwrites a varint of up to three bytes. */
function setVarint(bytes: Uint8Array, offset: number, value: number): void {
  if (value < 0x80) {
    bytes[offset] = value;
  } else if (value < 0x4000) {
    bytes[offset] = value | 0x80;
    bytes[offset + 1] = value >> 7;
  } else {
    bytes[offset] = value | 0x80;
    bytes[offset + 1] = (value >> 7) | 0x80;
    bytes[offset + 2] = value >> 14;
  }
}

/** @returns the offset of the varint that is to be overwritten; 0 without one */
function writePlaceholder(writer: ByteWriter, key: AttributeKey, length: number): number {
  if (length === 0) return 0;
  key.writeInt(writer, PLACEHOLDERS[length] ?? 0);
  return writer.at - length;
}

/** Writes ids that a template has no room for: a trace without a span, and ids of a wrong length. */
function writeIds(writer: ByteWriter, { traceId = '', spanId = '', traceFlags }: RecordFields): void {
  if (traceId === '' && spanId === '') return;
  if (traceFlags !== 0) {
    writer.byte(LOG_RECORD.flags);
    writer.fixed32(traceFlags);
  }
  if (traceId !== '') {
    writer.byte(LOG_RECORD.traceId);
    writer.hex(traceId);
  }
  if (spanId !== '') {
    writer.byte(LOG_RECORD.spanId);
    writer.hex(spanId);
  }
}

/** A cache of templates; shape, severity and the lengths of method and outcome decide on the slot. */
export class RecordTemplates {
  readonly #slots: (RecordTemplate | undefined)[] = new Array(SLOTS).fill(undefined);

  /**
   * Writes times, severity, ids, event name, method, status code, outcome, durations and the sizes of the request's
   * body, the response's body and the response.
   */
  write(writer: ByteWriter, fields: RecordFields): void {
    const shape = shapeOf(fields);
    const { severityNumber, method, outcome, traceFlags } = fields;
    // Callers that sample some of their traces would otherwise replace a template with each change.
    const other = 37 * severityNumber + 11 * method.length + outcome.length + 101 * traceFlags;
    const index = (shape ^ other) & (SLOTS - 1);
    let template = this.#slots[index];
    if (template === undefined || !template.suits(shape, fields)) {
      template = new RecordTemplate(shape, fields);
      this.#slots[index] = template;
    }
    template.write(writer, fields);
  }
}
