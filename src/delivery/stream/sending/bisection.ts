/** Refused requests that one search may cost: enough for two records in a batch of thousands. */
const BUDGET = 24;
/** When a credit that is used up is there again, if nothing is accepted meanwhile. */
const AGAIN_MS = 60_000;

/** The search for the records of one refused batch that the receiver cannot take. */
export interface Search {
  refusalsLeft: number;
  /** Pieces of the batch that are not settled. */
  pieces: number;
  hasAccepted: boolean;
}

/**
 * Decides which refused batches are bisected. A receiver that refuses everything is not flooded: each refusal costs
 * one of a credit that all searches share, a search of which nothing at all was accepted ends it, and whatever the
 * receiver accepts fills it up again. So does a minute: a receiver that has recovered may refuse each batch of a busy
 * service because of a single record, and would never accept one.
 */
export class PoisonSearches {
  #credit = BUDGET;
  /** When the credit was used up; monotonic milliseconds. */
  #usedUpMs = 0;

  accepted(search: Search | undefined): void {
    this.#credit = BUDGET;
    if (search !== undefined) search.hasAccepted = true;
  }

  /**
   * @param count records of the refused batch
   * @param search what the batch is a piece of
   * @returns the search that its halves are pieces of; `undefined` where the batch is to be given up
   */
  refused(count: number, search: Search | undefined, nowMs: number): Search | undefined {
    if (this.#credit === 0 && nowMs - this.#usedUpMs >= AGAIN_MS) this.#credit = BUDGET;
    if (this.#credit > 0) this.#spend(1, nowMs);
    const going = search ?? { refusalsLeft: BUDGET, pieces: 1, hasAccepted: false };
    going.refusalsLeft -= 1;
    return count > 1 && this.#credit > 0 && going.refusalsLeft > 0 ? going : undefined;
  }

  /** A piece was delivered or lost. */
  settled(search: Search | undefined, nowMs: number): void {
    if (search === undefined) return;
    search.pieces -= 1;
    if (search.pieces === 0 && !search.hasAccepted) this.#spend(this.#credit, nowMs);
  }

  #spend(credit: number, nowMs: number): void {
    this.#credit -= credit;
    if (this.#credit === 0) this.#usedUpMs = nowMs;
  }
}
