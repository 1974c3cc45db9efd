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

/** Where a value came from, as messages name it. */
export type Origin = 'from code' | 'from the environment' | 'from the file';

/** `rate: expected a number ≥ 0, got -1 (from code)` */
export function problem(name: string, expected: string, given: string, origin: Origin): string {
  return `${name}: expected ${expected}, got ${given} (${origin})`;
}

const MAX_GIVEN_LENGTH = 80;

/** A given value for a message: on one line and of bounded length, whatever it is. */
export function showGiven(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > MAX_GIVEN_LENGTH ? `${value.slice(0, MAX_GIVEN_LENGTH)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** The name of an option or variable as it was given: as it is where it looks like one. */
export function showName(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : showGiven(name);
}
