import { Batch, type Run } from './batch.ts';
import type { Chunk } from './chunk.ts';
import { Settlement } from './settlement.ts';

/** Records that no batch has taken yet, in the order in which they were added. */
export class FreshRecords {
  readonly #now: () => number;
  /** Oldest first; only the last chunk may be open. */
  #chunks: Chunk[] = [];
  #count = 0;
  #taken = 0;
  #bytes = 0;
  #oldestMs = 0;
  #settlement: Settlement | undefined;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    return this.#count;
  }

  /** Records that batches have taken since the process started. */
  get taken(): number {
    return this.#taken;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest record was added, or some time before that; meaningless where there is no record. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  /** Resolves when all records that are fresh now are acknowledged, given up, or on disk. */
  settled(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    this.#settlement ??= new Settlement();
    return this.#settlement.done;
  }

  /** @param chunk its last record is the fresh one */
  add(chunk: Chunk, bytes: number): void {
    if (this.#chunks[this.#chunks.length - 1] !== chunk) this.#chunks.push(chunk);
    this.#count += 1;
    this.#bytes += bytes;
    // Reading the clock for each record would cost too much: it is read once per chunk and batch.
    if (chunk.count === 1) chunk.firstAdded(this.#now());
    if (this.#count === 1) this.#oldestMs = chunk.count === 1 ? chunk.firstMs : this.#now();
  }

  /**
   * Moves the oldest records into a batch. It has at least one record, and no more bytes than `maxBytes` unless it has
   * only one. Where a chunk ends, it may have fewer than would fit.
   */
  take(maxRecords: number, maxBytes: number): Batch {
    const sinceMs = this.#oldestMs;
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
      // A chunk that is hardly filled stays open: memory is worth more than a next message in one piece.
      if (chunk.isOpen && chunk.end - chunk.start < chunk.bytes.length / 4) break;
      chunk.close();
      this.#chunks.shift();
      // A message from one chunk need not be concatenated, so half an export is enough.
      if (bytes >= maxBytes / 2) break;
    }
    this.#count -= records;
    this.#taken += records;
    this.#bytes -= bytes;
    const next = this.#chunks[0];
    if (next?.taken === 0) this.#oldestMs = next.firstMs;
    const batch = new Batch(runs, sinceMs);
    if (this.#settlement !== undefined) batch.settleFor(this.#settlement);
    this.#endSettlementIfEmpty();
    return batch;
  }

  /** Removes the records of a chunk. @returns the removed records */
  drop(chunk: Chunk): Run | undefined {
    if (!this.#chunks.includes(chunk)) return undefined;
    this.#chunks = this.#chunks.filter((other) => other !== chunk);
    const { taken: from, count: to } = chunk;
    if (from === to) return undefined;
    this.#count -= to - from;
    this.#bytes -= chunk.end - chunk.offset(from);
    const next = this.#chunks[0];
    if (next?.taken === 0) this.#oldestMs = next.firstMs;
    this.#endSettlementIfEmpty();
    return { chunk, from, to };
  }

  #endSettlementIfEmpty(): void {
    if (this.#count > 0) return;
    this.#settlement?.partEnded();
    this.#settlement = undefined;
  }
}
