import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';

/** Knows what records and messages look like in bytes. */
export interface Encoder {
  /**
   * Writes a record, as one entry of a message, into `bytes` from `at` on, never at `end` or beyond.
   *
   * @returns where it ends, or -1 where it does not fit
   */
  append(record: ReadableLogRecord, bytes: Buffer, at: number, end: number): number;
  envelope(resource: Resource, scope: InstrumentationScope): Envelope;
}

/** What stands before the records of one resource and scope; several such messages after each other are one. */
export interface Envelope {
  /** @param recordsLength bytes of all records that follow */
  prefixLength(recordsLength: number): number;
  writePrefix(into: Buffer, at: number, recordsLength: number): void;
}
