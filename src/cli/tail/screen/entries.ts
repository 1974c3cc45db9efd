import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import type { Row } from './row.ts';

export interface Entry {
  /** Goes up by one from record to record. */
  readonly sequence: number;
  readonly row: Row;
  readonly record: ReceivedRecord;
  /** What it takes, roughly in bytes. */
  readonly size: number;
}

/** Entries in their order; the oldest ones can be dropped. */
export class Entries {
  #entries: Entry[];
  #start = 0;

  constructor(entries: readonly Entry[] = []) {
    this.#entries = [...entries];
  }

  get length(): number {
    return this.#entries.length - this.#start;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  at(index: number): Entry | undefined {
    return index < 0 ? undefined : this.#entries[this.#start + index];
  }

  slice(from: number, to: number): readonly Entry[] {
    return this.#entries.slice(this.#start + Math.max(0, from), this.#start + Math.max(0, to));
  }

  filter(isWanted: (entry: Entry) => boolean): Entries {
    return new Entries(this.#entries.slice(this.#start).filter(isWanted));
  }

  /** Index of the last entry up to this sequence; -1 where all came later. */
  indexOf(sequence: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.at(middle)?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Drops those before this sequence. */
  dropBefore(sequence: number): void {
    while (this.length > 0 && (this.at(0)?.sequence ?? sequence) < sequence) this.#start++;
    // In large steps, since taking from the front moves all that stay.
    if (this.#start < 1000 || this.#start < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#start);
    this.#start = 0;
  }
}
