import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { writeAnyValue, writeAttributes } from './any-value.ts';
import type { ByteWriter } from './byte-writer.ts';
import { LOG_RECORD } from './tags.ts';

/**
 * Writes any record as the LogRecord message of OTLP, with the meaning that the official serializer gives it. For
 * attributes and body see {@link writeAttributes}; a field whose type is not that of the interface is left
 * out. Never throws.
 */
export function encodeLogRecord(writer: ByteWriter, record: ReadableLogRecord): void {
  try {
    writeRecord(writer, record);
  } catch {
    // A field of the record itself cannot be read. Those before it were written whole.
  }
}

function writeRecord(writer: ByteWriter, record: ReadableLogRecord): void {
  writeTime(writer, LOG_RECORD.timeUnixNano, record.hrTime);
  writeCount(writer, LOG_RECORD.severityNumber, record.severityNumber);
  writeText(writer, LOG_RECORD.severityText, record.severityText);
  const { body, attributes, spanContext } = record;
  if (body !== undefined) {
    writer.byte(LOG_RECORD.body);
    writeAnyValue(writer, body);
  }
  if (isObject(attributes)) writeAttributes(writer, LOG_RECORD.attributes, attributes);
  writeCount(writer, LOG_RECORD.droppedAttributesCount, record.droppedAttributesCount);
  if (isObject(spanContext)) {
    const { traceFlags, traceId, spanId } = spanContext;
    if (typeof traceFlags === 'number' && traceFlags !== 0) {
      writer.byte(LOG_RECORD.flags);
      writer.fixed32(traceFlags);
    }
    writeId(writer, LOG_RECORD.traceId, traceId);
    writeId(writer, LOG_RECORD.spanId, spanId);
  }
  writeTime(writer, LOG_RECORD.observedTimeUnixNano, record.hrTimeObserved);
  writeText(writer, LOG_RECORD.eventName, record.eventName);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function writeTime(writer: ByteWriter, tag: number, time: unknown): void {
  if (!Array.isArray(time)) return;
  const [seconds, nanos]: unknown[] = time;
  if (typeof seconds !== 'number' || typeof nanos !== 'number') return;
  writer.byte(tag);
  writer.time(seconds, nanos);
}

function writeCount(writer: ByteWriter, tag: number, count: unknown): void {
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count <= 0) return;
  writer.byte(tag);
  writer.varint(count);
}

function writeText(writer: ByteWriter, tag: number, text: unknown): void {
  if (typeof text !== 'string' || text === '') return;
  writer.byte(tag);
  writer.text(text);
}

function writeId(writer: ByteWriter, tag: number, id: unknown): void {
  if (typeof id !== 'string' || id === '') return;
  writer.byte(tag);
  writer.hex(id);
}
