import { MaskingCounts } from '../../record/masking/masking-counts.ts';

/** What stands for the rules that are built in: names of credentials, user information, sensitive paths. */
export const BUILT_IN = 'built in';

/** Counts of rules that also tell which of them have found something since they were last asked. */
export class RuleHits extends MaskingCounts {
  readonly #found = new Set<string>();

  override hit(rule: string): void {
    const name = rule === '' ? BUILT_IN : rule;
    super.hit(name);
    this.#found.add(name);
  }

  /** The rules since the last call, each once. */
  take(): string[] {
    const found = [...this.#found];
    this.#found.clear();
    return found;
  }
}
