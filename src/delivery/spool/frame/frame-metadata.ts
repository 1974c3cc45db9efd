import type { ExchangeReceipt } from '../../../record/receipt/receipt.ts';
import { ByteWriter } from '../../otlp/byte-writer.ts';
import { ByteReader } from './byte-reader.ts';
import { type FrameHeader, HEADER_BYTES, MAX_RECORD_BYTES } from './frame-header.ts';
import { ReceiptTable, readReceipts } from './receipt-table.ts';

/** Adjacent records of one resource and scope. */
export interface FrameGroup {
  /** The bytes of `ResourceLogs` before its `scope_logs`. */
  readonly resourceLogs: Uint8Array;
  /** The bytes of `ScopeLogs` before its `log_records`. */
  readonly scopeLogs: Uint8Array;
  /** Index of the first record. */
  readonly from: number;
}

/** What a frame says of its records. */
export interface FrameMetadata {
  /** In the order of the records. */
  readonly groups: readonly FrameGroup[];
  /** Where each record ends, in bytes from the beginning of the first one. */
  readonly ends: readonly number[];
  /** For each record; `undefined` for one that is not counted: an event of our own, or not of an exchange. */
  readonly receipts: readonly (ExchangeReceipt | undefined)[];
}

/** Bytes of a varint of this format, at most. */
const MAX_VARINT = 4;

/**
 * Encodes the metadata: the receipts; for each record its receipt and its length; the different heads; for each group its
 * first record and the numbers of its two heads.
 *
 * @returns the buffer, with room for the header before the metadata; and the number of exchanges
 */
export function encodeMetadata({ groups, ends, receipts }: FrameMetadata): {
  bytes: Buffer;
  exchanges: number;
} {
  const table = new ReceiptTable(receipts);
  // Groups that alternate have the same heads again and again.
  const heads = new Map<Uint8Array, number>();
  for (const { resourceLogs, scopeLogs } of groups) {
    for (const head of [resourceLogs, scopeLogs]) if (!heads.has(head)) heads.set(head, heads.size);
  }
  let most = HEADER_BYTES + table.maxBytes + 2 * MAX_VARINT * ends.length;
  for (const head of heads.keys()) most += MAX_VARINT + head.length;
  most += MAX_VARINT * (2 + 3 * groups.length);

  const writer = new ByteWriter();
  writer.bytes = Buffer.allocUnsafe(most);
  writer.at = HEADER_BYTES;
  writer.end = most;
  table.write(writer);
  let start = 0;
  for (const [index, end] of ends.entries()) {
    writer.varint(table.numbers[index] ?? 0);
    writer.varint(end - start);
    start = end;
  }
  writer.varint(heads.size);
  for (const head of heads.keys()) {
    writer.varint(head.length);
    writer.raw(head);
  }
  writer.varint(groups.length);
  for (const { from, resourceLogs, scopeLogs } of groups) {
    writer.varint(from);
    writer.varint(heads.get(resourceLogs) ?? 0);
    writer.varint(heads.get(scopeLogs) ?? 0);
  }
  return { bytes: writer.bytes.subarray(0, writer.at), exchanges: table.exchanges };
}

/** @returns `undefined` where anything does not fit, or does not match the header */
export function decodeMetadata(bytes: Uint8Array, header: FrameHeader): FrameMetadata | undefined {
  const reader = new ByteReader(bytes);
  const table = readReceipts(reader, header.records);
  const receipts: (ExchangeReceipt | undefined)[] = [];
  const ends: number[] = [];
  let exchanges = 0;
  let end = 0;
  for (let index = 0; index < header.records && !reader.failed; index += 1) {
    const number = reader.varint();
    const length = reader.varint();
    if (number > table.length || length === 0 || length > MAX_RECORD_BYTES) return undefined;
    if (number > 0) exchanges += 1;
    receipts.push(number === 0 ? undefined : table[number - 1]);
    end += length;
    ends.push(end);
  }
  const groups = readGroups(reader, header.records);
  const isWhole = !reader.failed && reader.isAtEnd && groups !== undefined;
  if (!isWhole || end !== header.recordsLength || exchanges !== header.exchanges) return undefined;
  return { groups, ends, receipts };
}

function readGroups(reader: ByteReader, records: number): readonly FrameGroup[] | undefined {
  const heads: Uint8Array[] = [];
  const headCount = reader.varint();
  for (let index = 0; index < headCount && !reader.failed; index += 1) heads.push(reader.raw());
  const groups: FrameGroup[] = [];
  const count = reader.varint();
  for (let index = 0; index < count && !reader.failed; index += 1) {
    const from = reader.varint();
    const resourceLogs = heads[reader.varint()];
    const scopeLogs = heads[reader.varint()];
    const last = groups[groups.length - 1];
    const isInOrder = last === undefined ? from === 0 : from > last.from;
    if (resourceLogs === undefined || scopeLogs === undefined || !isInOrder || from >= records)
      return undefined;
    groups.push({ resourceLogs, scopeLogs, from });
  }
  return groups.length > 0 ? groups : undefined;
}
