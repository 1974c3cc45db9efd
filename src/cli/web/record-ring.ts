import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import type { KeptRecord } from './page-record.ts';

/** Characters and bytes of all records of a ring, roughly. */
const MAX_SIZE = 16 * 1024 * 1024;
/** What an attribute takes beside its text. */
const OVERHEAD = 32;

/** The last so many records, and no more than 16 MiB of them. */
export class RecordRing {
  readonly #capacity: number;
  #records: KeptRecord[] = [];
  #sizes: number[] = [];
  /** Index of the oldest one. */
  #start = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(kept: KeptRecord): void {
    const size = sizeOf(kept.record.attributes) + sizeOf(kept.record.body);
    this.#records.push(kept);
    this.#sizes.push(size);
    this.#size += size;
    while (this.length > this.#capacity || (this.#size > MAX_SIZE && this.length > 1)) {
      this.#size -= this.#sizes[this.#start] ?? 0;
      this.#start++;
    }
    // In large steps, since taking from the front moves all that stay.
    if (this.#start < this.#capacity) return;
    this.#records = this.#records.slice(this.#start);
    this.#sizes = this.#sizes.slice(this.#start);
    this.#start = 0;
  }

  get length(): number {
    return this.#records.length - this.#start;
  }

  /** Oldest first. */
  list(): readonly KeptRecord[] {
    return this.#records.slice(this.#start);
  }

  /** As {@link list}, and the ring is empty. */
  take(): readonly KeptRecord[] {
    const records = this.list();
    this.#records = [];
    this.#sizes = [];
    this.#start = this.#size = 0;
    return records;
  }
}

/** Characters and bytes of a value, roughly, with what an attribute takes beside its text. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return OVERHEAD + value.length;
  if (typeof value !== 'object' || value === null) return OVERHEAD;
  let size = OVERHEAD;
  for (const name in value) size += name.length + sizeOf(Reflect.get(value, name));
  return size;
}

/** Why a record is kept for longer than others. */
export function isRemarkable({ severityNumber }: ReceivedRecord): boolean {
  return severityNumber >= 17;
}
