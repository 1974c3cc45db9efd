import type { RE2JS, RE2Set } from 're2js';
import type { PatternRule } from '../../options/rules/masking-rules.ts';
import { compilePattern, loadRe2 } from '../../options/rules/pattern-syntax.ts';
import type { PassageSink } from './passage-sink.ts';
import type { TimeBudget } from './time-budget.ts';

/** Of each pattern in one text; more are a text that consists of them. */
const MAX_MATCHES = 64;
/** Longer texts are not looked at where the budget is used up. */
const ALWAYS_SCANNED = 256;
/** Bytes that the states of one set may take. */
const MAX_STATES = 4 * 1024 * 1024;

interface CompiledPattern {
  readonly rule: PatternRule;
  readonly regex: RE2JS;
  /** As messages name it. */
  readonly name: string;
}

/** The patterns that apply to one attribute. */
export interface PatternScanner {
  /** @returns false where the text was not looked at, since the time budget is used up */
  scan(text: string, passages: PassageSink): boolean;
}

/** The user's regular expressions, on an engine that works in linear time. */
export class UserPatterns {
  readonly #patterns: readonly CompiledPattern[];
  readonly #budget: TimeBudget;
  /** By the places of its patterns in the list. */
  readonly #scanners = new Map<string, PatternScanner>();

  /** Loads the engine and compiles the patterns: some milliseconds. */
  constructor(rules: readonly PatternRule[], budget: TimeBudget) {
    this.#patterns = rules.map((rule) => ({
      rule,
      regex: compilePattern(rule.match),
      name: `patterns.${rule.name}`,
    }));
    this.#budget = budget;
    // What applies everywhere is compiled now, not within the first request.
    this.scannerFor([]);
  }

  /** The rules, as messages name them. */
  get rules(): readonly string[] {
    return this.#patterns.map(({ name }) => name);
  }

  /**
   * @param names of the attribute, any of which a pattern may name
   * @returns `undefined` where no pattern applies
   */
  scannerFor(names: readonly string[]): PatternScanner | undefined {
    const chosen = this.#patterns.filter(
      ({ rule }) => rule.in.length === 0 || rule.in.some((name) => names.includes(name)),
    );
    if (chosen.length === 0) return undefined;
    const key = chosen.map(({ rule }) => rule.name).join();
    let scanner = this.#scanners.get(key);
    if (scanner === undefined) {
      scanner = new CompiledScanner(chosen, this.#budget);
      this.#scanners.set(key, scanner);
    }
    return scanner;
  }
}

class CompiledScanner implements PatternScanner {
  readonly #patterns: readonly CompiledPattern[];
  readonly #budget: TimeBudget;
  readonly #set: RE2Set;

  constructor(patterns: readonly CompiledPattern[], budget: TimeBudget) {
    this.#patterns = patterns;
    this.#budget = budget;
    const re2 = loadRe2();
    this.#set = new re2.RE2Set(re2.RE2Set.UNANCHORED, 0, MAX_STATES);
    for (const { regex } of patterns) this.#set.add(regex.pattern());
    this.#set.compile();
  }

  scan(text: string, passages: PassageSink): boolean {
    if (!this.#budget.start() && text.length > ALWAYS_SCANNED) return false;
    try {
      for (const at of this.#set.match(text)) {
        const pattern = this.#patterns[at];
        if (pattern !== undefined) locate(pattern, text, passages);
      }
    } finally {
      this.#budget.stop();
    }
    return true;
  }
}

function locate({ rule, regex, name }: CompiledPattern, text: string, passages: PassageSink): void {
  const matcher = regex.matcher(text);
  for (let matches = 0; matcher.find(); matches++) {
    // The rest as a whole: finding each match in a text of them costs more than the time that is left.
    if (matches === MAX_MATCHES) {
      passages.add(matcher.start(), text.length, rule.strategy, name);
      return;
    }
    passages.add(matcher.start(), matcher.end(), rule.strategy, name);
  }
}
