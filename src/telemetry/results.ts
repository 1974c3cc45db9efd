/** Error types that are counted each; further ones are `_OTHER`. Names of thrown errors are among them. */
const MAX_TYPES = 32;

const OTHER = '_OTHER';

/** How often something succeeded, and how often it failed for which reason, since the process started. */
export interface ReadableResults {
  readonly succeeded: number;
  /** By `error.type`. */
  readonly failed: ReadonlyMap<string, number>;
}

/** Counts successes, and failures by `error.type`. A failure of a type that was counted before allocates nothing. */
export class Results implements ReadableResults {
  readonly #failed = new Map<string, number>();
  #succeeded = 0;

  get succeeded(): number {
    return this.#succeeded;
  }

  get failed(): ReadonlyMap<string, number> {
    return this.#failed;
  }

  succeed(count: number): void {
    this.#succeeded += count;
  }

  fail(errorType: string, count: number): void {
    if (count === 0) return;
    const type = this.#failed.size < MAX_TYPES || this.#failed.has(errorType) ? errorType : OTHER;
    this.#failed.set(type, (this.#failed.get(type) ?? 0) + count);
  }
}
