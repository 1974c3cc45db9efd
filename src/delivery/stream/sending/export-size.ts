/** After so many accepted exports twice the size is worth a try: what refused it may be gone. */
const LARGER_AFTER = 64;
/** Each try that fails doubles that, up to here. */
const MAX_LARGER_AFTER = 8192;
/** Halves of a batch are to go as they are, although records differ in length. */
const SLACK = 1.1;
/** Records that are refused by themselves, with nothing accepted since: then the size is not the reason. */
const MAX_SINGLE_REFUSALS = 4;
/** When it is looked for again, if nothing is accepted meanwhile. */
const AGAIN_MS = 60_000;

/**
 * How many bytes of records the receiver takes at once, learned from its refusals (413, …). The size is looked for with
 * one export at a time, each half as large as the one before, and then holds for all others: a limit of the receiver
 * costs a handful of refusals. A receiver that refuses single records as well gets no more of them.
 */
export class ExportSize {
  readonly #mostBytes: number;
  #maxBytes: number;
  #largerAfter = LARGER_AFTER;
  /** Exports that were accepted since the size has changed. */
  #accepted = 0;
  /** Whether twice the size is being tried. */
  #isTrying = false;
  #isLookedFor = false;
  #singleRefusals = 0;
  /** Monotonic milliseconds; `undefined` where a size can be looked for. */
  #givenUpMs: number | undefined;

  /** @param mostBytes whatever the receiver takes */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#maxBytes = mostBytes;
  }

  /** What a new export may have, apart from one with a single record. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Whether a batch is to be divided before it is sent. */
  isExceededBy({ count, bytes }: { readonly count: number; readonly bytes: number }): boolean {
    return count > 1 && bytes > SLACK * this.#maxBytes;
  }

  /** Whether the next answer is to be waited for: what is sent meanwhile would be too large as well. */
  get isLookedFor(): boolean {
    return this.#isLookedFor;
  }

  /** The receiver has accepted an export of so many bytes. */
  accepted(bytes: number): void {
    this.#isLookedFor = false;
    this.#singleRefusals = 0;
    this.#givenUpMs = undefined;
    if (this.#maxBytes >= this.#mostBytes) return;
    if (this.#isTrying && bytes > this.#maxBytes / 2) {
      this.#isTrying = false;
      this.#largerAfter = LARGER_AFTER;
    }
    this.#accepted += 1;
    if (this.#accepted < this.#largerAfter) return;
    this.#accepted = 0;
    this.#isTrying = true;
    this.#maxBytes = Math.min(this.#mostBytes, 2 * this.#maxBytes);
  }

  /** The receiver has refused an export for another reason, or could not be reached. */
  answered(): void {
    this.#isLookedFor = false;
  }

  /**
   * The receiver has refused an export because of its size.
   *
   * @returns whether it is worth dividing; otherwise it is to be given up
   */
  refused(bytes: number, records: number, nowMs: number): boolean {
    if (this.#givenUpMs !== undefined && nowMs - this.#givenUpMs < AGAIN_MS) return false;
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
    this.#isLookedFor = true;
    this.#accepted = 0;
    if (this.#isTrying) this.#largerAfter = Math.min(MAX_LARGER_AFTER, 2 * this.#largerAfter);
    this.#isTrying = false;
    this.#maxBytes = Math.min(this.#maxBytes, Math.ceil(bytes));
  }

  #giveUp(nowMs: number): void {
    this.#givenUpMs = nowMs;
    this.#isLookedFor = false;
    this.#singleRefusals = 0;
    this.#maxBytes = this.#mostBytes;
  }
}
