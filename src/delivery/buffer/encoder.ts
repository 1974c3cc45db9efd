import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';

/** Encodes records, and the prefixes of messages. */
export interface Encoder {
  /**
   * Writes a record, as one entry of a message, into `bytes` from `at` on, never at `end` or beyond.
   *
   * @returns where the record ends, or -1 where it does not fit
   */
  append(record: ReadableLogRecord, bytes: Buffer, at: number, end: number): number;
  envelope(resource: Resource, scope: InstrumentationScope): Envelope;
  /** @param heads as {@link Envelope.heads} returned them, in this process or another one */
  envelopeOf(heads: EnvelopeHeads): Envelope;
}

/** The encoded resource and scope of a group of records. */
export interface EnvelopeHeads {
  readonly resourceLogs: Uint8Array;
  readonly scopeLogs: Uint8Array;
}

/**
 * The prefix before the records of one resource and scope. A message of several groups is their concatenation, since
 * protobuf merges repeated fields.
 */
export interface Envelope {
  /** What stands before the records, without their length: kept on disk beside them. */
  heads(): EnvelopeHeads;
  /** @param recordsLength bytes of all records after the prefix */
  prefixLength(recordsLength: number): number;
  writePrefix(into: Buffer, at: number, recordsLength: number): void;
}
