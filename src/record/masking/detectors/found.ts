import type { Strategy } from '../../../options/rules/strategy.ts';
import type { Passages } from '../passages.ts';
import type { Window } from '../window.ts';

/** What one detector finds in one text. Matches that overlap become one passage. */
export class Found {
  readonly #strategy: Strategy;
  readonly #kind: string;
  #start = 0;
  /** Where the last match ends, in codes of the window; 0 before the first one. */
  end = 0;

  constructor(kind: string, strategy: Strategy) {
    this.#kind = kind;
    this.#strategy = strategy;
  }

  clear(): void {
    this.#start = 0;
    this.end = 0;
  }

  /** @param start in codes of `window`, as `end` */
  add(start: number, end: number, window: Window, passages: Passages): void {
    if (start < this.end) {
      this.end = Math.max(this.end, end);
      return;
    }
    this.flush(window, passages);
    this.#start = start;
    this.end = end;
  }

  /** Writes the last match, which a further one can no longer extend. */
  flush(window: Window, passages: Passages): void {
    if (this.end === 0) return;
    const { starts } = window;
    passages.add(starts[this.#start] ?? 0, starts[this.end] ?? 0, this.#strategy, this.#kind);
  }
}
