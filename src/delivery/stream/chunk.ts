import type { Receipt } from '../../record/receipt.ts';
import type { Origin } from './origins.ts';

/** Records of one origin, one after the other, in bytes. */
export interface Slice {
  readonly chunk: Chunk;
  readonly origin: Origin;
  readonly start: number;
  readonly end: number;
}

interface Section {
  readonly origin: Origin;
  /** Its first record. */
  readonly from: number;
}

/** Encoded records one after the other in one buffer. */
export class Chunk {
  readonly bytes: Buffer;
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
  readonly #ends: number[] = [];
  readonly #receipts: (Receipt | undefined)[] = [];
  readonly #sections: Section[] = [];
  #lastOrigin: Origin | undefined;

  constructor(bytes: Buffer, headroom: number) {
    this.bytes = bytes;
    this.start = headroom;
  }

  get count(): number {
    return this.#ends.length;
  }

  /** Where the next record begins. */
  get end(): number {
    return this.offset(this.#ends.length);
  }

  /** Whether nobody needs its bytes any more. */
  get isIdle(): boolean {
    return this.unsettled === 0 && this.onWire === 0;
  }

  /** Takes note of the record that was written from `this.end` to `end`. */
  add(origin: Origin, receipt: Receipt | undefined, end: number): void {
    if (origin !== this.#lastOrigin) {
      this.#lastOrigin = origin;
      this.#sections.push({ origin, from: this.#ends.length });
    }
    this.#ends.push(end);
    this.#receipts.push(receipt);
    this.unsettled += 1;
  }

  /** Where a record begins. */
  offset(record: number): number {
    return this.#ends[record - 1] ?? this.start;
  }

  receipt(record: number): Receipt | undefined {
    return this.#receipts[record];
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

  /** The records `from` up to `to`, by origin. */
  slices(from: number, to: number): Slice[] {
    const slices: Slice[] = [];
    for (const [index, { origin, from: first }] of this.#sections.entries()) {
      const begin = Math.max(from, first);
      const end = Math.min(to, this.#sections[index + 1]?.from ?? this.count);
      if (begin < end) slices.push({ chunk: this, origin, start: this.offset(begin), end: this.offset(end) });
    }
    return slices;
  }

  /** Begins again with no records. Only where it is idle. */
  reset(): void {
    this.#ends.length = 0;
    this.#receipts.length = 0;
    this.#sections.length = 0;
    this.#lastOrigin = undefined;
    this.taken = 0;
  }
}
