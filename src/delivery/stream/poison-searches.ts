/** Refused requests that one search may cost: enough for two records in a batch of thousands. */
const BUDGET = 24;

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
 * receiver accepts fills it up again.
 */
export class PoisonSearches {
  #credit = BUDGET;

  accepted(search: Search | undefined): void {
    this.#credit = BUDGET;
    if (search !== undefined) search.hasAccepted = true;
  }

  /**
   * @param count records of the refused batch
   * @param search what the batch is a piece of
   * @returns the search that its halves are pieces of; `undefined` where the batch is to be given up
   */
  refused(count: number, search: Search | undefined): Search | undefined {
    this.#credit = Math.max(0, this.#credit - 1);
    const going = search ?? { refusalsLeft: BUDGET, pieces: 1, hasAccepted: false };
    going.refusalsLeft -= 1;
    return count > 1 && this.#credit > 0 && going.refusalsLeft > 0 ? going : undefined;
  }

  /** A piece was divided. */
  divided(search: Search | undefined): void {
    if (search !== undefined) search.pieces += 1;
  }

  /** A piece was delivered or lost. */
  settled(search: Search | undefined): void {
    if (search === undefined) return;
    search.pieces -= 1;
    if (search.pieces === 0 && !search.hasAccepted) this.#credit = 0;
  }
}
