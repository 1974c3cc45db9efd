import type { ObservedExchange } from './observed-exchange.ts';

interface Cursor {
  next: ObservedExchange | undefined;
}

/**
 * The open exchanges of the process, in the order in which they began. A list through the exchanges themselves: adding
 * and removing one allocates nothing, however many are open.
 */
export class OpenExchanges {
  #first: ObservedExchange | undefined;
  #last: ObservedExchange | undefined;
  #count = 0;
  /** Of each iteration that goes on, the exchange that comes next. */
  readonly #cursors: Cursor[] = [];

  get count(): number {
    return this.#count;
  }

  /** To be called once per exchange. */
  add(exchange: ObservedExchange): void {
    const last = this.#last;
    if (last === undefined) this.#first = exchange;
    else {
      last.nextOpen = exchange;
      exchange.previousOpen = last;
    }
    this.#last = exchange;
    this.#count += 1;
    exchange.openAmong = this;
  }

  /**
   * Leaves no reference in the exchange: an ended one would hold its neighbours.
   *
   * @returns whether it was one of these
   */
  remove(exchange: ObservedExchange): boolean {
    // It may be one of another observer of this process, which was stopped before it ended.
    if (exchange.openAmong !== this) return false;
    exchange.openAmong = undefined;
    const { previousOpen, nextOpen } = exchange;
    if (previousOpen === undefined) this.#first = nextOpen;
    else previousOpen.nextOpen = nextOpen;
    if (nextOpen === undefined) this.#last = previousOpen;
    else nextOpen.previousOpen = previousOpen;
    for (const cursor of this.#cursors) {
      if (cursor.next === exchange) cursor.next = nextOpen;
    }
    exchange.previousOpen = undefined;
    exchange.nextOpen = undefined;
    this.#count -= 1;
    return true;
  }

  clear(): void {
    for (const exchange of this) this.remove(exchange);
  }

  /** Those that are open now. The caller may end any of them meanwhile: a hook that is told of one may destroy others. */
  *[Symbol.iterator](): Generator<ObservedExchange> {
    const cursor: Cursor = { next: this.#first };
    this.#cursors.push(cursor);
    try {
      while (cursor.next !== undefined) {
        const exchange = cursor.next;
        cursor.next = exchange.nextOpen;
        yield exchange;
      }
    } finally {
      this.#cursors.splice(this.#cursors.indexOf(cursor), 1);
    }
  }
}
