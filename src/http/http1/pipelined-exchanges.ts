/** From so many empty places on it pays to move those that are left. */
const MANY = 64;

/**
 * The exchanges of a connection that have not ended yet. More than one only where the client pipelines, and then as
 * many as the client likes: `Array.prototype.shift` would move all that are left, each time.
 */
export class PipelinedExchanges<T extends { readonly ended: boolean }> {
  /** The oldest: the only one whose response can be on the wire. */
  first: T | undefined;
  /** Those behind it, from `#next` on. */
  #waiting: (T | undefined)[] | undefined;
  #next = 0;

  /** The oldest has no other behind it. */
  get isSingle(): boolean {
    return this.#waiting === undefined;
  }

  /** The one whose request came last. */
  get newest(): T | undefined {
    return this.#waiting === undefined ? this.first : this.#waiting.at(-1);
  }

  add(exchange: T): void {
    if (this.first === undefined) {
      this.first = exchange;
      return;
    }
    this.#waiting ??= [];
    this.#waiting.push(exchange);
  }

  /** Lets go of those at the front that have ended. One that ended out of turn stays until it is at the front. */
  dropEnded(): void {
    while (this.first?.ended) this.first = this.#takeNext();
  }

  #takeNext(): T | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    const exchange = waiting[this.#next];
    waiting[this.#next++] = undefined;
    if (this.#next === waiting.length) {
      this.#waiting = undefined;
      this.#next = 0;
    } else if (this.#next >= MANY && this.#next * 2 >= waiting.length) {
      waiting.splice(0, this.#next);
      this.#next = 0;
    }
    return exchange;
  }
}
