/**
 * Refused requests that one bisection may cost: enough for two records in a batch of thousands. More of them would
 * flood a receiver that refuses everything.
 */
const MAX_REFUSALS = 24;
/**
 * Milliseconds after which the shared credit is full again although nothing was accepted. A receiver that has
 * recovered may refuse each batch of a busy service because of a single record, and would never accept one.
 */
const CREDIT_RENEWAL_MS = 60_000;

/** The search in one refused batch for the records that the receiver cannot accept. */
export class Bisection {
  #refusalsLeft = MAX_REFUSALS;
  /** Pieces of the batch that are pending. */
  #pieces = 1;
  #hasAccepted = false;

  /** Whether the receiver has refused all pieces. */
  get hasFailed(): boolean {
    return this.#pieces === 0 && !this.#hasAccepted;
  }

  /** A piece was replaced by two. */
  divided(): void {
    this.#pieces += 1;
  }

  /** The receiver has accepted a piece. */
  accepted(): void {
    this.#hasAccepted = true;
  }

  /** The receiver has refused a piece. @returns whether there is another refusal to spend */
  refused(): boolean {
    this.#refusalsLeft -= 1;
    return this.#refusalsLeft > 0;
  }

  /** A piece was delivered or lost. */
  pieceFinished(): void {
    this.#pieces -= 1;
  }
}

/**
 * Decides which refused batches are bisected. A receiver that refuses everything is not flooded: all bisections share
 * one credit. Each refusal takes one from it; a bisection without an accepted piece takes the rest. An acceptance
 * restores the credit, and so does `CREDIT_RENEWAL_MS`.
 */
export class Bisections {
  #credit = MAX_REFUSALS;
  /** When the credit was used up; monotonic milliseconds. */
  #usedUpMs = 0;

  /** The receiver has accepted an export, perhaps a piece of a bisection. */
  accepted(bisection: Bisection | undefined): void {
    this.#credit = MAX_REFUSALS;
    bisection?.accepted();
  }

  /**
   * The receiver cannot accept a batch.
   *
   * @param count records of the batch
   * @param bisection the one that the batch is a piece of
   * @returns the bisection that the halves of the batch belong to; `undefined` where the batch has to be given up
   */
  refused(count: number, bisection: Bisection | undefined, nowMs: number): Bisection | undefined {
    if (this.#credit === 0 && nowMs - this.#usedUpMs >= CREDIT_RENEWAL_MS) this.#credit = MAX_REFUSALS;
    if (this.#credit > 0) this.#spend(1, nowMs);
    const current = bisection ?? new Bisection();
    const mayGoOn = current.refused();
    return count > 1 && this.#credit > 0 && mayGoOn ? current : undefined;
  }

  /** A batch, perhaps a piece of a bisection, was delivered or lost. */
  finished(bisection: Bisection | undefined, nowMs: number): void {
    if (bisection === undefined) return;
    bisection.pieceFinished();
    if (bisection.hasFailed) this.#spend(this.#credit, nowMs);
  }

  #spend(credit: number, nowMs: number): void {
    this.#credit -= credit;
    if (this.#credit === 0) this.#usedUpMs = nowMs;
  }
}
