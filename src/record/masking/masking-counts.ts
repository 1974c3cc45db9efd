/** What masking counts, since the process started and over all rules that were in force. */
export class MaskingCounts {
  /** Values in whose place `[MASKING FAILED]` was written. */
  failed = 0;
  /** Values in whose place `[NOT SCANNED]` was written: the time budget of patterns was used up. */
  notScanned = 0;
  readonly #hits = new Map<string, number>();

  /** @param rule as messages name it, or a detector */
  hit(rule: string): void {
    if (rule !== '') this.#hits.set(rule, this.hitsOf(rule) + 1);
  }

  /** Forgets the rules that are not in force any more, which else would add up with each change. */
  keep(rules: readonly string[]): void {
    const kept = new Set(rules);
    for (const rule of this.#hits.keys()) if (!kept.has(rule)) this.#hits.delete(rule);
  }

  /** How often something was masked by a rule. */
  hitsOf(rule: string): number {
    return this.#hits.get(rule) ?? 0;
  }
}
