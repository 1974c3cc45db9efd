import type { Line } from '../render/line-cells.ts';

/** The last so many lines, and how many more there were. */
export class LastLines {
  readonly limit: number;
  #lines: Line[] = [];
  #leftOut = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(line: Line): void {
    this.#lines.push(line);
    // In large steps, since taking from the front moves all that stay.
    if (this.#lines.length >= 2 * this.limit) this.#trim();
  }

  /** Lines that are held. */
  get length(): number {
    return Math.min(this.#lines.length, this.limit);
  }

  /** Lines that came and are not held any more. */
  get leftOut(): number {
    return this.#leftOut + Math.max(0, this.#lines.length - this.limit);
  }

  get lines(): readonly Line[] {
    this.#trim();
    return this.#lines;
  }

  /** The oldest `count` of those that are held, which are held no longer; and how many were left out before them. */
  take(count: number = this.limit): { readonly lines: readonly Line[]; readonly leftOut: number } {
    this.#trim();
    const taken = { lines: this.#lines.splice(0, count), leftOut: this.#leftOut };
    this.#leftOut = 0;
    return taken;
  }

  #trim(): void {
    const excess = this.#lines.length - this.limit;
    if (excess <= 0) return;
    this.#lines.splice(0, excess);
    this.#leftOut += excess;
  }
}
