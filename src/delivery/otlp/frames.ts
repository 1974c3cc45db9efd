import {
  HTTP_REQUEST_BODY_SIZE,
  HTTP_REQUEST_METHOD,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_SERVER_REQUEST_DURATION,
  OUTCOME,
  TIME_TO_HEADERS,
} from '../../record/attribute-names.ts';
import { REQUEST_EVENT } from '../../record/record-builder.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { AttributeKey } from './attribute-key.ts';
import { ByteWriter } from './byte-writer.ts';
import { LOG_RECORD } from './wire.ts';

const METHOD_KEY = new AttributeKey(HTTP_REQUEST_METHOD);
const OUTCOME_KEY = new AttributeKey(OUTCOME);
const DURATION_KEY = new AttributeKey(HTTP_SERVER_REQUEST_DURATION);
const TIME_TO_HEADERS_KEY = new AttributeKey(TIME_TO_HEADERS);
const STATUS_KEY = new AttributeKey(HTTP_RESPONSE_STATUS_CODE);
const REQUEST_SIZE_KEY = new AttributeKey(HTTP_REQUEST_BODY_SIZE);

const TRACE_ID = '0'.repeat(32);
const SPAN_ID = '0'.repeat(16);
/** A status code that takes as many bytes as those from 128 to 16,383. */
const STATUS = 200;

/** Methods, outcomes and severities are few; whoever sets severities of their own may make more. */
const MAX_FRAMES = 64;

/** More than all that is of fixed length in a frame takes. */
const FIXED_BYTES = 512;

// Bits of a shape.
const HAS_IDS = 1;
const HAS_TIME_TO_HEADERS = 2;
const HAS_STATUS = 4;
const HAS_EMPTY_REQUEST_BODY = 8;

/** Which of the parts that records have or have not a frame with these fields can hold. */
function shapeOf(fields: RecordFields): number {
  const { traceId, spanId, statusCode } = fields;
  let shape = 0;
  if (traceId?.length === TRACE_ID.length && spanId?.length === SPAN_ID.length) shape |= HAS_IDS;
  if (fields.timeToHeaders !== undefined) shape |= HAS_TIME_TO_HEADERS;
  if (statusCode !== undefined && statusCode >= 0x80 && statusCode < 0x4000) shape |= HAS_STATUS;
  if (fields.requestBodySize === 0) shape |= HAS_EMPTY_REQUEST_BODY;
  return shape;
}

/**
 * What is the same in many records, or has the same length at least: times, severity, ids, event name, method, status
 * code, outcome, durations. Copied in one piece, in which then the values are set.
 */
class Frame {
  readonly #shape: number;
  readonly #severityNumber: number;
  readonly #severityText: string;
  readonly #traceFlags: number;
  readonly #method: string;
  readonly #outcome: string;
  readonly #bytes: Uint8Array;
  // Places within it.
  readonly #observedTime: number;
  readonly #duration: number;
  readonly #timeToHeaders: number;
  readonly #status: number;
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
    if (shape & HAS_EMPTY_REQUEST_BODY) REQUEST_SIZE_KEY.writeInt(writer, 0);
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

  write(writer: ByteWriter, fields: RecordFields): void {
    const { at } = writer;
    writer.raw(this.#bytes);
    if (writer.overflow) return;
    const { traceId, spanId, timeToHeaders, statusCode, requestBodySize } = fields;
    writer.setTime(at + 1, fields.timestampSeconds, fields.timestampNanos);
    writer.setTime(at + this.#observedTime, fields.timestampSeconds, fields.timestampNanos);
    writer.setDouble(at + this.#duration, fields.duration);
    if (timeToHeaders !== undefined) writer.setDouble(at + this.#timeToHeaders, timeToHeaders);
    if (this.#shape & HAS_STATUS && statusCode !== undefined) {
      writer.bytes[at + this.#status] = (statusCode & 0x7f) | 0x80;
      writer.bytes[at + this.#status + 1] = statusCode >>> 7;
    } else if (statusCode !== undefined) {
      STATUS_KEY.writeInt(writer, statusCode);
    }
    if (this.#shape & HAS_IDS && traceId !== undefined && spanId !== undefined) {
      writer.setHex(at + this.#traceId, traceId, TRACE_ID.length / 2);
      writer.setHex(at + this.#spanId, spanId, SPAN_ID.length / 2);
    } else {
      writeIds(writer, fields);
    }
    if (requestBodySize !== undefined && requestBodySize !== 0) {
      REQUEST_SIZE_KEY.writeInt(writer, requestBodySize);
    }
  }
}

/** Ids that are of another length than ids should be. */
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

/** The forms of records that a service has, each found again by comparing. */
export class Frames {
  readonly #frames: Frame[] = [];
  #last: Frame | undefined;

  /**
   * Writes times, severity, ids, event name, method, status code, outcome, durations and the size of the request's
   * body.
   */
  write(writer: ByteWriter, fields: RecordFields): void {
    const shape = shapeOf(fields);
    if (this.#last?.suits(shape, fields) !== true) this.#last = this.#frameOf(shape, fields);
    this.#last.write(writer, fields);
  }

  #frameOf(shape: number, fields: RecordFields): Frame {
    const frames = this.#frames;
    for (const frame of frames) if (frame.suits(shape, fields)) return frame;
    const frame = new Frame(shape, fields);
    if (frames.length === MAX_FRAMES) frames.length = 0;
    frames.push(frame);
    return frame;
  }
}
