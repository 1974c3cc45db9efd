import { Batch, type Run } from './batch.ts';
import type { Chunk } from './chunk.ts';

/** Records that no batch has taken yet, in the order in which they came. */
export class FreshRecords {
  readonly #now: () => number;
  /** Oldest first; only the last one may be open. */
  #chunks: Chunk[] = [];
  #count = 0;
  #bytes = 0;
  #oldestMs = 0;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest came, or some time before that; meaningless where there is none. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  /** Takes note of the record that was added last to the chunk. */
  add(chunk: Chunk, bytes: number): void {
    if (this.#chunks[this.#chunks.length - 1] !== chunk) this.#chunks.push(chunk);
    this.#count += 1;
    this.#bytes += bytes;
    // The clock is read once per chunk and batch.
    if (chunk.count === 1) chunk.firstAdded(this.#now());
    if (this.#count === 1) this.#oldestMs = chunk.count === 1 ? chunk.firstMs : this.#now();
  }

  /**
   * The oldest records as a batch: at most so many, at least one; within the bytes where there are several. May be fewer
   * than there is room for where a chunk ends.
   */
  take(maxRecords: number, maxBytes: number): Batch {
    const runs: Run[] = [];
    let records = 0;
    let bytes = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const from = chunk.taken;
      let to = chunk.limit(from, maxRecords - records, maxBytes - bytes);
      if (records === 0 && to === from && from < chunk.count) to += 1;
      if (from < to) runs.push({ chunk, from, to });
      records += to - from;
      bytes += chunk.offset(to) - chunk.offset(from);
      chunk.batchTaken(to);
      if (to < chunk.count) break;
      // What is left of a chunk that is hardly filled is worth more than a message in one piece.
      if (chunk.isOpen && chunk.end - chunk.start < chunk.bytes.length / 4) break;
      chunk.close();
      this.#chunks.shift();
      // A message in one piece need not be put together.
      if (bytes >= maxBytes / 2) break;
    }
    this.#count -= records;
    this.#bytes -= bytes;
    const next = this.#chunks[0];
    if (next?.taken === 0) this.#oldestMs = next.firstMs;
    return new Batch(runs);
  }

  /** Takes the records of a chunk away. @returns which they were */
  drop(chunk: Chunk): Run | undefined {
    if (!this.#chunks.includes(chunk)) return undefined;
    this.#chunks = this.#chunks.filter((other) => other !== chunk);
    const { taken: from, count: to } = chunk;
    if (from === to) return undefined;
    this.#count -= to - from;
    this.#bytes -= chunk.end - chunk.offset(from);
    const next = this.#chunks[0];
    if (next?.taken === 0) this.#oldestMs = next.firstMs;
    return { chunk, from, to };
  }
}
