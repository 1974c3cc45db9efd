/** A configuration that cannot be used. The message has one line per problem. */
export class OptionsError extends TypeError {
  override readonly name = 'OptionsError';
  /** One line each: option, what was expected, what was given, where it came from. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * What `resolve` returns; `undefined` where it throws an OptionsError, whose problems are added to `problems`, so that
 * one message can have those of several sources.
 */
export function collectProblems<T>(resolve: () => T, problems: string[]): T | undefined {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Where a value came from, as messages name it. */
export type SourceText = 'from code' | 'from the environment' | 'from the file';

/** `rate: expected a number ≥ 0, got -1 (from code)` */
export function problem(name: string, expected: string, given: string, source: SourceText): string {
  return `${name}: expected ${expected}, got ${given} (${source})`;
}

const MAX_GIVEN_LENGTH = 80;

/** Characters that JSON does not escape and a terminal obeys: C1 controls, text directions, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A given value for a message: on one line, of bounded length and without control characters. */
export function showGiven(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > MAX_GIVEN_LENGTH ? `${value.slice(0, MAX_GIVEN_LENGTH)}…` : value;
    return JSON.stringify(text).replace(UNSAFE, escaped);
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** As JSON escapes: `\\u009b`. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** The name of an option or variable as it was given: as it is where it looks like one. */
export function showName(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : showGiven(name);
}

/** A key of a file for a message. A text that is no name may be a line of another file, with a secret in it. */
export function showKey(key: string): string {
  return /[\s=:]/.test(key) ? 'what is no name' : showName(key);
}
