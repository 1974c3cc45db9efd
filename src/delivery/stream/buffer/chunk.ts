import type { Receipt } from '../../../record/receipt.ts';
import type { ScopeGroup } from './scope-groups.ts';

/** Records of one group, one after the other, in bytes. */
export interface Slice {
  readonly chunk: Chunk;
  readonly group: ScopeGroup;
  readonly start: number;
  readonly end: number;
}

interface Section {
  readonly group: ScopeGroup;
  /** Its first record. */
  readonly from: number;
}

/**
 * What a chunk is kept in, and the next one after it. Lists that each chunk grew anew would outlive some garbage
 * collections before they are dropped, and by what outlives them V8 enlarges its young generation.
 */
export interface ChunkMemory {
  readonly bytes: Buffer;
  /** Where each record ends. Both lists go on, beyond the count of the chunk, with what chunks before had. */
  readonly ends: number[];
  readonly receipts: (Receipt | undefined)[];
}

/** Memory for a chunk of that buffer, with no records. */
export function chunkMemory(bytes: Buffer): ChunkMemory {
  return { bytes, ends: [], receipts: [] };
}

/** Encoded records one after the other in one buffer. */
export class Chunk {
  /** To be used by nobody else before the chunk is let go of. */
  readonly memory: ChunkMemory;
  /** Where the first record begins; before it is headroom. */
  readonly start: number;
  /** Whether records may still be added. */
  isOpen = true;
  /**
   * Whether an export of it was refused: a timeout ends the attempt, but what the socket has queued of it may still
   * be read. Such bytes are not written a second time.
   */
  wasRefused = false;
  /** When the first record came; monotonic milliseconds. */
  firstMs = 0;
  /** Records that batches have taken. */
  taken = 0;
  /** Records that are neither delivered nor lost. */
  unsettled = 0;
  /** Batches that are on the wire with records of it. */
  onWire = 0;
  readonly #sections: Section[] = [];
  #count = 0;
  #lastGroup: ScopeGroup | undefined;

  constructor(memory: ChunkMemory, headroom: number) {
    this.memory = memory;
    this.start = headroom;
  }

  get bytes(): Buffer {
    return this.memory.bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Where the next record begins. */
  get end(): number {
    return this.offset(this.#count);
  }

  /** Whether nobody needs its bytes any more. */
  get isIdle(): boolean {
    return this.unsettled === 0 && this.onWire === 0;
  }

  /** Takes note of the record that was written from `this.end` to `end`. */
  add(group: ScopeGroup, receipt: Receipt | undefined, end: number): void {
    if (group !== this.#lastGroup) {
      this.#lastGroup = group;
      this.#sections.push({ group, from: this.#count });
    }
    const { ends, receipts } = this.memory;
    ends[this.#count] = end;
    receipts[this.#count] = receipt;
    this.#count += 1;
    this.unsettled += 1;
  }

  /** Where a record begins, or, for the count, where the last one ends. */
  offset(record: number): number {
    return record === 0 ? this.start : (this.memory.ends[record - 1] ?? this.start);
  }

  receipt(record: number): Receipt | undefined {
    return this.memory.receipts[record];
  }

  /** The record before which to stop: at most `maxRecords` from `from` on, and `maxBytes`. */
  limit(from: number, maxRecords: number, maxBytes: number): number {
    let most = Math.min(this.count, from + maxRecords);
    const maxEnd = this.offset(from) + maxBytes;
    if (this.offset(most) <= maxEnd) return most;
    let least = from;
    while (most - least > 1) {
      const middle = (least + most) >> 1;
      if (this.offset(middle) <= maxEnd) least = middle;
      else most = middle;
    }
    return least;
  }

  /** The records `from` up to `to`, by group. */
  slices(from: number, to: number): Slice[] {
    const slices: Slice[] = [];
    for (const [index, { group, from: first }] of this.#sections.entries()) {
      const begin = Math.max(from, first);
      const end = Math.min(to, this.#sections[index + 1]?.from ?? this.count);
      if (begin < end) slices.push({ chunk: this, group, start: this.offset(begin), end: this.offset(end) });
    }
    return slices;
  }

  /** Begins again with no records. Only where it is idle. */
  reset(): void {
    this.#count = 0;
    this.#sections.length = 0;
    this.#lastGroup = undefined;
    this.taken = 0;
  }
}
