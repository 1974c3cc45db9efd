/** A place on disk that holds the records of a batch. */
export interface Stored {
  /** The records are delivered or lost: they are not read again. */
  finish(): void;
}

/**
 * The copy of a batch on disk, or on the way there. The halves of a divided batch share it: it is finished once all of
 * its records are delivered or lost.
 */
export class DiskCopy {
  #stored: Stored | undefined;
  #hasFailed = false;
  #batches = 1;

  /** @param stored where it is on disk already */
  constructor(stored?: Stored) {
    this.#stored = stored;
  }

  get stored(): Stored | undefined {
    return this.#stored;
  }

  get isWritten(): boolean {
    return this.#stored !== undefined;
  }

  /** Whether the records can be dropped from memory: all of them are on disk, and none is finished. */
  get canReplaceMemory(): boolean {
    return this.#stored !== undefined && this.#batches === 1;
  }

  /** The disk has not taken it. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  written(stored: Stored): void {
    this.#stored = stored;
    if (this.#batches === 0) stored.finish();
  }

  failed(): void {
    this.#hasFailed = true;
  }

  /** Two batches have replaced the one. */
  divided(): void {
    this.#batches += 1;
  }

  /** A batch is delivered or lost. */
  finished(): void {
    this.#batches -= 1;
    if (this.#batches === 0) this.#stored?.finish();
  }
}
