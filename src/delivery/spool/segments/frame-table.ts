import type { FrameInfo } from '../frame/frame-header.ts';

/** A frame in a file. Compared by segment and offset. */
export interface StoredFrame extends FrameInfo {
  /** Number of the segment. */
  readonly segment: number;
  /** Where it begins in the file. */
  readonly offset: number;
  /** Bytes of the whole frame. */
  readonly length: number;
  /** Checksum of its header. */
  readonly check: number;
}

/** Bytes of one row: five numbers of 32 bits, two doubles, and whether the frame is finished. */
const ROW = 40;
const FIRST_ROWS = 16;

/**
 * The frames of one segment, in the order of the file. In bytes and not in objects: after hours of an outage there may be
 * some 100,000 frames, and what is on disk must cost hardly any memory.
 */
export class FrameTable {
  readonly #segment: number;
  #rows = new DataView(new ArrayBuffer(FIRST_ROWS * ROW));
  #count = 0;
  #unfinished = 0;
  #exchanges = 0;
  /** All frames before it are finished. */
  #first = 0;

  constructor(segment: number) {
    this.#segment = segment;
  }

  /** Frames that are not finished. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Exchanges in frames that are not finished. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /** Adds a frame behind all others. */
  add(frame: Omit<StoredFrame, 'segment'>): StoredFrame {
    const at = this.#count * ROW;
    if (at === this.#rows.byteLength) this.#grow();
    const rows = this.#rows;
    rows.setFloat64(at, frame.oldestMs);
    rows.setFloat64(at + 8, frame.newestMs);
    rows.setUint32(at + 16, frame.offset);
    rows.setUint32(at + 20, frame.length);
    rows.setUint32(at + 24, frame.records);
    rows.setUint32(at + 28, frame.exchanges);
    rows.setUint32(at + 32, frame.check);
    this.#count += 1;
    this.#unfinished += 1;
    this.#exchanges += frame.exchanges;
    return this.#frame(this.#count - 1);
  }

  /** @returns false where there is no such frame, or it was finished before */
  finish({ offset, check }: Pick<StoredFrame, 'offset' | 'check'>): boolean {
    const index = this.#indexFrom(offset);
    const at = index * ROW;
    if (index === this.#count || this.#rows.getUint32(at + 16) !== offset) return false;
    if (this.#rows.getUint32(at + 32) !== check || this.#isFinished(index)) return false;
    this.#rows.setUint8(at + 36, 1);
    this.#unfinished -= 1;
    this.#exchanges -= this.#rows.getUint32(at + 28);
    return true;
  }

  /** The first frame that is not finished and begins at that offset or behind it. */
  nextUnfinished(offset: number): StoredFrame | undefined {
    while (this.#first < this.#count && this.#isFinished(this.#first)) this.#first += 1;
    let index = Math.max(this.#first, this.#indexFrom(offset));
    while (index < this.#count && this.#isFinished(index)) index += 1;
    return index < this.#count ? this.#frame(index) : undefined;
  }

  /** Frames that are not finished, made one by one. */
  *allUnfinished(): Generator<StoredFrame, void> {
    for (let index = this.#first; index < this.#count; index += 1)
      if (!this.#isFinished(index)) yield this.#frame(index);
  }

  /** Index of the first frame that begins at that offset or behind it. */
  #indexFrom(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows.getUint32(middle * ROW + 16) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isFinished(index: number): boolean {
    return this.#rows.getUint8(index * ROW + 36) === 1;
  }

  #frame(index: number): StoredFrame {
    const rows = this.#rows;
    const at = index * ROW;
    return {
      segment: this.#segment,
      offset: rows.getUint32(at + 16),
      length: rows.getUint32(at + 20),
      records: rows.getUint32(at + 24),
      exchanges: rows.getUint32(at + 28),
      oldestMs: rows.getFloat64(at),
      newestMs: rows.getFloat64(at + 8),
      check: rows.getUint32(at + 32),
    };
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#rows.byteLength);
    larger.set(new Uint8Array(this.#rows.buffer));
    this.#rows = new DataView(larger.buffer);
  }
}
