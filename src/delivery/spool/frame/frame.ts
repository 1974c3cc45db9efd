import { crc32 } from 'node:zlib';
import type { ExchangeReceipt } from '../../../record/receipt/receipt.ts';
import {
  type FrameHeader,
  HEADER_BYTES,
  MAX_FRAME_BYTES,
  MAX_FRAME_RECORDS,
  MAX_RECORD_BYTES,
  readHeader,
  writeHeader,
} from './frame-header.ts';
import { decodeMetadata, encodeMetadata, type FrameMetadata } from './frame-metadata.ts';
import { type KeyCount, KeyCounter } from './key-counts.ts';

/**
 * A batch on disk: a header, metadata, and the encoded records as they are. It can be sent, and its loss be counted,
 * without anything else of the process that wrote it.
 */
export interface FrameContent extends FrameMetadata {
  /** The bytes of the records, one after the other, in parts. */
  readonly records: readonly Uint8Array[];
  /** When the oldest record ended: wall-clock milliseconds since the epoch. */
  readonly oldestMs: number;
  readonly newestMs: number;
}

/**
 * Encodes a frame. The records are not copied.
 *
 * @returns header and metadata as the first part, then the parts of the records
 * @throws RangeError where the content is out of bounds or contradicts itself: `decodeFrame` would not take it
 */
export function encodeFrame(content: FrameContent): readonly Uint8Array[] {
  const { ends, records, oldestMs, newestMs } = content;
  let recordsLength = 0;
  let recordsCheck = 0;
  for (const part of records) {
    recordsLength += part.length;
    recordsCheck = crc32(part, recordsCheck);
  }
  check(content, recordsLength);
  const { bytes, exchanges } = encodeMetadata(content);
  if (bytes.length + recordsLength > MAX_FRAME_BYTES) throw new RangeError('Expected a smaller frame');
  writeHeader(bytes, {
    metadataLength: bytes.length - HEADER_BYTES,
    recordsLength,
    records: ends.length,
    exchanges,
    oldestMs,
    newestMs,
    metadataCheck: crc32(bytes.subarray(HEADER_BYTES)),
    recordsCheck,
  });
  return [bytes, ...records];
}

/**
 * Reads a frame back; the result holds views of `bytes`. Never throws.
 *
 * @returns `undefined` where anything does not fit
 */
export function decodeFrame(bytes: Uint8Array): FrameContent | undefined {
  const header = readHeader(bytes);
  if (header === undefined || header.length !== bytes.length) return undefined;
  const records = bytes.subarray(HEADER_BYTES + header.metadataLength);
  if (crc32(records) !== header.recordsCheck) return undefined;
  const metadata = readMetadata(bytes, header);
  if (metadata === undefined) return undefined;
  return { ...metadata, records: [records], oldestMs: header.oldestMs, newestMs: header.newestMs };
}

/**
 * The exchanges of a frame by key, without its records.
 *
 * @param bytes header and metadata; what follows is not read
 * @returns `undefined` where these are damaged
 */
export function countsOf(bytes: Uint8Array): readonly KeyCount[] | undefined {
  const header = readHeader(bytes);
  const metadata = header === undefined ? undefined : readMetadata(bytes, header);
  if (metadata === undefined) return undefined;
  const byReceipt = new Map<ExchangeReceipt, number>();
  for (const receipt of metadata.receipts)
    if (receipt !== undefined) byReceipt.set(receipt, (byReceipt.get(receipt) ?? 0) + 1);
  const counter = new KeyCounter();
  for (const [receipt, count] of byReceipt) counter.add(receipt, count);
  return counter.counts();
}

function readMetadata(bytes: Uint8Array, header: FrameHeader): FrameMetadata | undefined {
  const end = HEADER_BYTES + header.metadataLength;
  if (end > bytes.length) return undefined;
  const metadata = bytes.subarray(HEADER_BYTES, end);
  return crc32(metadata) === header.metadataCheck ? decodeMetadata(metadata, header) : undefined;
}

function check({ groups, ends, receipts, oldestMs, newestMs }: FrameContent, recordsLength: number): void {
  if (ends.length < 1 || ends.length > MAX_FRAME_RECORDS)
    throw new RangeError('Expected another count of records');
  if (receipts.length !== ends.length) throw new RangeError('Expected as many receipts as records');
  if (recordsLength !== ends[ends.length - 1]) throw new RangeError('Expected the bytes of all records');
  if (!Number.isFinite(oldestMs) || !Number.isFinite(newestMs)) throw new RangeError('Expected times');
  let start = 0;
  for (const end of ends) {
    if (!(end > start && end - start <= MAX_RECORD_BYTES))
      throw new RangeError('Expected a record of another size');
    start = end;
  }
  let least = 0;
  for (const { from } of groups) {
    if (from < least || (least === 0 && from !== 0))
      throw new RangeError('Expected groups in the order of records');
    least = from + 1;
  }
  if (least < 1 || least > ends.length) throw new RangeError('Expected groups that begin with a record');
}
