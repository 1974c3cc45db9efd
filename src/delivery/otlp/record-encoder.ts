import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { AccessLogRecord } from '../../record/access-log-record.ts';
import type { RecordFields } from '../../record/record-fields.ts';
import { AccessLogEncoder } from './access-log-encoder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { encodeLogRecord } from './log-record-encoder.ts';
import { SCOPE_LOGS } from './tags.ts';

/** Bytes reserved for the length of a record: few records are shorter than 128 bytes or longer than 16 KiB. */
const LENGTH_BYTES = 2;

/** Appends records to a writer, each as an entry of `ScopeLogs.log_records`. */
export class RecordEncoder {
  readonly #fields: AccessLogEncoder = new AccessLogEncoder();

  /**
   * Appends any record; the fast way where it was not changed after it was built. Never throws.
   *
   * @returns false where it does not fit, with the writer as it was
   */
  append(writer: ByteWriter, record: ReadableLogRecord): boolean {
    const fields = record instanceof AccessLogRecord ? record.fields : undefined;
    return fields === undefined ? this.appendLogRecord(writer, record) : this.appendFields(writer, fields);
  }

  appendFields(writer: ByteWriter, fields: RecordFields): boolean {
    const before = writer.at;
    writer.byte(SCOPE_LOGS.logRecords);
    const start = writer.open(LENGTH_BYTES);
    this.#fields.encode(writer, fields);
    return finish(writer, before, start);
  }

  appendLogRecord(writer: ByteWriter, record: ReadableLogRecord): boolean {
    const before = writer.at;
    writer.byte(SCOPE_LOGS.logRecords);
    const start = writer.open(LENGTH_BYTES);
    encodeLogRecord(writer, record);
    return finish(writer, before, start);
  }
}

function finish(writer: ByteWriter, before: number, start: number): boolean {
  writer.close(start, LENGTH_BYTES);
  if (!writer.overflow) return true;
  writer.at = before;
  writer.overflow = false;
  return false;
}
