/** A place on disk that holds the records of a batch. */
export interface Stored {
  /** Another process has the place: it delivers the records. */
  readonly isTaken: boolean;
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
  #isDivided = false;

  /** @param stored where it is on disk already */
  constructor(stored?: Stored) {
    this.#stored = stored;
  }

  get stored(): Stored | undefined {
    return this.#stored;
  }

  /** Another process has what is on disk. */
  get isTaken(): boolean {
    return this.#stored?.isTaken === true;
  }

  get isWritten(): boolean {
    return this.#stored !== undefined;
  }

  /** Whether one batch has the records that are on disk, all of them: these can be dropped from memory. */
  get canReplaceMemory(): boolean {
    return this.#stored !== undefined && !this.#isDivided;
  }

  /** All of the records are delivered or lost. */
  get isFinished(): boolean {
    return this.#batches === 0;
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
    this.#isDivided = true;
  }

  /** A batch is delivered or lost. */
  finished(): void {
    this.#batches -= 1;
    if (this.#batches === 0) this.#stored?.finish();
  }
}
