import type { Receipt } from '../../record/receipt/receipt.ts';
import type { ScopeGroup } from './scope-groups.ts';

/** Adjacent records of one scope group, as bytes of a chunk. */
export interface Slice {
  readonly chunk: Chunk;
  readonly group: ScopeGroup;
  /** Index of the first record. */
  readonly first: number;
  readonly start: number;
  readonly end: number;
}

interface Section {
  readonly group: ScopeGroup;
  /** Index of its first record. */
  readonly from: number;
}

/**
 * The buffer and the lists of a chunk; the next chunk uses them again. Lists that each chunk grew anew would survive
 * some garbage collections before they are dropped, and V8 enlarges its young generation by what survives.
 */
export interface ChunkMemory {
  readonly bytes: Buffer;
  /** Where each record ends. Beyond the count of the chunk, both lists still hold entries of earlier chunks. */
  readonly ends: number[];
  readonly receipts: (Receipt | undefined)[];
}

/** Memory for a chunk in this buffer, without records. */
export function chunkMemory(bytes: Buffer): ChunkMemory {
  return { bytes, ends: [], receipts: [] };
}

/**
 * Encoded records one after the other in one buffer.
 *
 * | State      | Meaning                                                                               |
 * | ---------- | ------------------------------------------------------------------------------------- |
 * | open       | `isOpen`: records may be added                                                        |
 * | closed     | no record is added any more; the records are in fresh records or in batches           |
 * | in flight  | `isInFlight`: the transport may read the bytes; open or closed, but never given up    |
 * | idle       | `isIdle`: no record is pending and nothing is in flight: an open chunk starts again   |
 * |            | from its beginning, a closed one leaves the pool                                      |
 *
 * `wasRefused` is independent of these and never ends.
 */
export class Chunk {
  /** Not to be used again before the chunk has left the pool. */
  readonly memory: ChunkMemory;
  /** Where the first record begins; the bytes before it are headroom for the prefix of a message. */
  readonly start: number;
  readonly #sections: Section[] = [];
  #count = 0;
  #lastGroup: ScopeGroup | undefined;
  #isOpen = true;
  #wasRefused = false;
  #firstMs = 0;
  #taken = 0;
  #pending = 0;
  #inFlight = 0;
  #writes = 0;

  constructor(memory: ChunkMemory, headroom: number) {
    this.memory = memory;
    this.start = headroom;
  }

  get bytes(): Buffer {
    return this.memory.bytes;
  }

  /** Records. */
  get count(): number {
    return this.#count;
  }

  /** Where the next record begins. */
  get end(): number {
    return this.offset(this.#count);
  }

  /** Whether records may still be added. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether an export that is not answered yet has records of it. */
  get isInFlight(): boolean {
    return this.#inFlight > 0;
  }

  /** Whether the transport or the disk may read its bytes: they must stay as they are. */
  get isBeingRead(): boolean {
    return this.#inFlight > 0 || this.#writes > 0;
  }

  /** Whether its bytes are not needed any more. */
  get isIdle(): boolean {
    return this.#pending === 0 && !this.isBeingRead;
  }

  /**
   * Whether an export of it was refused. A timeout ends the attempt, but the socket may still read the bytes that it
   * has queued: they must not be written a second time.
   */
  get wasRefused(): boolean {
    return this.#wasRefused;
  }

  /** When the first record was added; monotonic milliseconds. */
  get firstMs(): number {
    return this.#firstMs;
  }

  /** Records that are in batches, from the first one on. */
  get taken(): number {
    return this.#taken;
  }

  /** The encoder has written a record from `this.end` to `end`. */
  add(group: ScopeGroup, receipt: Receipt | undefined, end: number): void {
    if (group !== this.#lastGroup) {
      this.#lastGroup = group;
      this.#sections.push({ group, from: this.#count });
    }
    const { ends, receipts } = this.memory;
    ends[this.#count] = end;
    receipts[this.#count] = receipt;
    this.#count += 1;
    this.#pending += 1;
  }

  /** The first record was added at that time; monotonic milliseconds. */
  firstAdded(nowMs: number): void {
    this.#firstMs = nowMs;
  }

  /** No record is added any more. */
  close(): void {
    this.#isOpen = false;
  }

  /** A batch has taken the records before `to`. */
  batchTaken(to: number): void {
    this.#taken = to;
  }

  /** A batch with records of it was sent. */
  sent(): void {
    this.#inFlight += 1;
  }

  /** The attempt to send that batch has ended, by a response or without one. */
  responded(): void {
    this.#inFlight -= 1;
  }

  /** A batch with records of it is being written to disk. */
  writing(): void {
    this.#writes += 1;
  }

  /** That write has ended. */
  written(): void {
    this.#writes -= 1;
  }

  /** That attempt has failed. */
  refused(): void {
    this.#wasRefused = true;
  }

  /** So many records are not pending any more: they were delivered or lost. */
  finished(count: number): void {
    this.#pending -= count;
  }

  /** All records that were pending are lost, and no record is added any more. */
  givenUp(): void {
    this.#pending = 0;
    this.#isOpen = false;
  }

  /** Starts again without records. Only an idle chunk may. */
  reset(): void {
    this.#count = 0;
    this.#sections.length = 0;
    this.#lastGroup = undefined;
    this.#taken = 0;
  }

  /** Where a record begins; for an index of `count`, where the last record ends. */
  offset(record: number): number {
    return record === 0 ? this.start : (this.memory.ends[record - 1] ?? this.start);
  }

  receipt(record: number): Receipt | undefined {
    return this.memory.receipts[record];
  }

  /** Index of the record to stop before: at most `maxRecords` and `maxBytes` from the record `from` on. */
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

  /** The records from `from` up to, and without, `to`, by scope group. */
  slices(from: number, to: number): Slice[] {
    const slices: Slice[] = [];
    for (const [index, { group, from: first }] of this.#sections.entries()) {
      const begin = Math.max(from, first);
      const end = Math.min(to, this.#sections[index + 1]?.from ?? this.count);
      if (begin < end)
        slices.push({ chunk: this, group, first: begin, start: this.offset(begin), end: this.offset(end) });
    }
    return slices;
  }
}
