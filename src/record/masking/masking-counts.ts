/** What masking counts, since the process started and over all rules that were in force. */
export class MaskingCounts {
  /** Values in whose place `[MASKING FAILED]` was written. */
  failed = 0;
  /** Values in whose place `[NOT SCANNED]` was written: the time budget of patterns was used up. */
  notScanned = 0;
  readonly #hits = new Map<string, number>();

  /** @param rule as messages name it, or a detector; bounded by the rules that were ever in force */
  hit(rule: string): void {
    if (rule !== '') this.#hits.set(rule, this.hitsOf(rule) + 1);
  }

  /** How often something was masked by a rule. */
  hitsOf(rule: string): number {
    return this.#hits.get(rule) ?? 0;
  }
}
