/** Milliseconds without a match until a rule is told of. */
const UNMATCHED_MS = 3_600_000;

interface WatchedRule {
  hits: number;
  /** When it was put in force, or was seen to have matched. */
  sinceMs: number;
}

/**
 * Which rules have matched nothing for an hour: the name that such a rule speaks of is misspelt, or is not in use any
 * more. Counts nothing itself: what masking counts is compared with what it had counted when it was asked last.
 */
export class UnmatchedRules {
  readonly #hitsOf: (rule: string) => number;
  #rules = new Map<string, WatchedRule>();

  /** @param hitsOf how often a rule has matched since the process started */
  constructor(hitsOf: (rule: string) => number) {
    this.#hitsOf = hitsOf;
  }

  /**
   * Sets the rules in force. Those that were in force before keep their time.
   *
   * @param nowMs reading of the monotonic clock
   */
  set(rules: readonly string[], nowMs: number): void {
    const before = this.#rules;
    this.#rules = new Map(
      rules.map((rule) => [rule, before.get(rule) ?? { hits: this.#hitsOf(rule), sinceMs: nowMs }]),
    );
  }

  /** @param nowMs reading of the monotonic clock; to be asked every minute or so */
  at(nowMs: number): readonly string[] {
    const unmatched: string[] = [];
    for (const [name, rule] of this.#rules) {
      const hits = this.#hitsOf(name);
      if (hits !== rule.hits) {
        rule.hits = hits;
        rule.sinceMs = nowMs;
      }
      if (nowMs - rule.sinceMs >= UNMATCHED_MS) unmatched.push(name);
    }
    return unmatched;
  }
}
