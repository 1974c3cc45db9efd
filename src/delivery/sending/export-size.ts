/** Accepted exports after which twice the size is tried: what refused the larger one may have been reconfigured. */
const LARGER_AFTER = 64;
/** Each try that fails doubles `LARGER_AFTER`, up to this: a receiver with a fixed limit is rarely asked again. */
const MAX_LARGER_AFTER = 8192;
/** A batch may exceed the size by this factor: records differ in length, and so do the halves of a batch. */
const SLACK = 1.1;
/** After this many refusals of single records, with nothing accepted between them, the size is not the reason. */
const MAX_SINGLE_REFUSALS = 4;
/** Milliseconds after which the size is searched again although nothing was accepted: the receiver may have recovered. */
const RENEWAL_MS = 60_000;

/**
 * How many bytes of records the receiver accepts at once, learned from its refusals (413, …). The search has one export
 * in flight at a time, each half as large as the one before; its result holds for all later exports. So a limit of the
 * receiver costs a handful of refusals. Where the receiver refuses single records too, the search is given up.
 */
export class ExportSize {
  readonly #mostBytes: number;
  #maxBytes: number;
  #largerAfter = LARGER_AFTER;
  /** Exports that were accepted since the size has changed. */
  #accepted = 0;
  #isTryingLarger = false;
  #isSearching = false;
  #singleRefusals = 0;
  /** When the search was given up; monotonic milliseconds. `undefined` where the size can be searched. */
  #givenUpMs: number | undefined;

  /** @param mostBytes never exceeded, whatever the receiver accepts */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#maxBytes = mostBytes;
  }

  /** Bytes of records in an export, at most; a single record may be larger. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Whether a batch has to be divided before it is sent. */
  isExceededBy({ count, bytes }: { readonly count: number; readonly bytes: number }): boolean {
    return count > 1 && bytes > SLACK * this.#maxBytes;
  }

  /** Whether nothing else should be sent before the next response: it would be too large as well. */
  get isSearching(): boolean {
    return this.#isSearching;
  }

  /** The receiver has accepted an export of so many bytes. */
  accepted(bytes: number): void {
    this.#isSearching = false;
    this.#singleRefusals = 0;
    this.#givenUpMs = undefined;
    if (this.#maxBytes >= this.#mostBytes) return;
    if (this.#isTryingLarger && bytes > this.#maxBytes / 2) {
      this.#isTryingLarger = false;
      this.#largerAfter = LARGER_AFTER;
    }
    this.#accepted += 1;
    if (this.#accepted < this.#largerAfter) return;
    this.#accepted = 0;
    this.#isTryingLarger = true;
    this.#maxBytes = Math.min(this.#mostBytes, 2 * this.#maxBytes);
  }

  /** The receiver could not be reached, or has refused an export for a reason other than its size. */
  refusedForAnotherReason(): void {
    this.#isSearching = false;
  }

  /**
   * The receiver has refused an export because of its size.
   *
   * @returns whether the batch should be divided; otherwise it has to be given up
   */
  refused(bytes: number, records: number, nowMs: number): boolean {
    if (this.#givenUpMs !== undefined && nowMs - this.#givenUpMs < RENEWAL_MS) return false;
    this.#givenUpMs = undefined;
    if (records > 1) {
      this.#lower((bytes * Math.ceil(records / 2)) / records);
      return true;
    }
    this.#singleRefusals += 1;
    if (this.#singleRefusals >= MAX_SINGLE_REFUSALS) this.#giveUp(nowMs);
    return false;
  }

  #lower(bytes: number): void {
    this.#isSearching = true;
    this.#accepted = 0;
    if (this.#isTryingLarger) this.#largerAfter = Math.min(MAX_LARGER_AFTER, 2 * this.#largerAfter);
    this.#isTryingLarger = false;
    this.#maxBytes = Math.min(this.#maxBytes, Math.ceil(bytes));
  }

  #giveUp(nowMs: number): void {
    this.#givenUpMs = nowMs;
    this.#isSearching = false;
    this.#singleRefusals = 0;
    this.#maxBytes = this.#mostBytes;
  }
}
