import type { EventReceipt, ExchangeReceipt, Receipt } from '../../record/receipt/receipt.ts';
import { Batch } from '../buffer/batch.ts';
import type { Chunk } from '../buffer/chunk.ts';
import type { ChunkPool } from '../buffer/chunk-pool.ts';
import type { Encoder } from '../buffer/encoder.ts';
import type { ScopeGroup } from '../buffer/scope-groups.ts';
import type { DiskCopy } from './disk-copy.ts';
import type { FrameContent } from './frame/frame.ts';
import type { FrameGroup } from './frame/frame-metadata.ts';

/** Receipts of events, by the index of their record. They hold functions, which no disk can keep. */
export type EventReceipts = ReadonlyMap<number, EventReceipt>;

/** What is written of a batch. The records are views of its chunks: nothing is copied. */
export interface BatchContent {
  readonly content: FrameContent;
  readonly events: EventReceipts;
}

/** @param oldestMs,newestMs wall-clock time of its first and its last record, milliseconds since the epoch */
export function contentOf({ runs }: Batch, oldestMs: number, newestMs: number): BatchContent {
  const groups: FrameGroup[] = [];
  const ends: number[] = [];
  const receipts: (ExchangeReceipt | undefined)[] = [];
  const records: Uint8Array[] = [];
  const events = new Map<number, EventReceipt>();
  let length = 0;
  let last: ScopeGroup | undefined;
  for (const { chunk, from, to } of runs) {
    const first = ends.length;
    const start = chunk.offset(from);
    for (let record = from; record < to; record += 1) {
      const receipt = chunk.receipt(record);
      if (receipt?.kind === 'event') events.set(ends.length, receipt);
      receipts.push(receipt?.kind === 'exchange' ? receipt : undefined);
      ends.push(length + chunk.offset(record + 1) - start);
    }
    for (const { group, first: record } of chunk.slices(from, to)) {
      if (group === last) continue;
      groups.push({ ...group.envelope().heads(), from: first + record - from });
      last = group;
    }
    records.push(chunk.bytes.subarray(start, chunk.offset(to)));
    length += chunk.offset(to) - start;
  }
  return { content: { groups, ends, receipts, records, oldestMs, newestMs }, events };
}

/** A batch of records that were on disk, in a chunk of its own; `undefined` where the memory limit leaves no room. */
export function restoredBatch(
  { groups, ends, receipts, records }: FrameContent,
  events: EventReceipts | undefined,
  copy: DiskCopy,
  chunks: ChunkPool,
  encoder: Encoder,
): Batch | undefined {
  const bytes = records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records);
  const chunk = chunks.openFor(bytes);
  if (chunk === undefined) return undefined;
  addRecords(chunk, ends, (index) => receipts[index] ?? events?.get(index), groupsOf(groups, encoder));
  chunk.batchTaken(chunk.count);
  chunks.close(chunk);
  const batch = new Batch([{ chunk, from: 0, to: chunk.count }]);
  batch.copy = copy;
  return batch;
}

interface StoredGroup {
  readonly group: ScopeGroup;
  readonly from: number;
}

function groupsOf(groups: readonly FrameGroup[], encoder: Encoder): readonly StoredGroup[] {
  return groups.map(({ from, ...heads }) => {
    const envelope = encoder.envelopeOf(heads);
    return { from, group: { envelope: () => envelope } };
  });
}

function addRecords(
  chunk: Chunk,
  ends: readonly number[],
  receiptOf: (index: number) => Receipt | undefined,
  groups: readonly StoredGroup[],
): void {
  const { start } = chunk;
  let next = 0;
  let group = groups[0]?.group;
  for (const [index, end] of ends.entries()) {
    while (groups[next] !== undefined && (groups[next]?.from ?? 0) <= index) group = groups[next++]?.group;
    if (group !== undefined) chunk.add(group, receiptOf(index), start + end);
  }
}
