import { OTHER } from '../../record/receipt/exchange-key.ts';

/** Routes whose number is remembered; an application has fewer. */
const MAX_ROUTES = 1024;

/**
 * Numbers routes in the order in which they appear. Unlike by a hash, no two of the first 1024 get the same place in a
 * table, so a flood of one route takes nothing of another.
 */
export class RouteKeys {
  readonly #keys = new Map<string, number>();
  #next = 0;
  // Mostly the same as before; looking into the map takes longer.
  #last: string | undefined = OTHER;
  #lastKey: number = this.#number(OTHER);

  /** @param route `undefined` is a route like any other */
  of(route: string | undefined): number {
    if (route === this.#last) return this.#lastKey;
    const text = route ?? OTHER;
    const key = this.#keys.get(text) ?? this.#number(text);
    this.#last = route;
    this.#lastKey = key;
    return key;
  }

  #number(text: string): number {
    // The numbers go on: routes that were forgotten spread over the table anew.
    if (this.#keys.size >= MAX_ROUTES) this.#keys.clear();
    const key = this.#next;
    this.#next = (key + 1) | 0;
    this.#keys.set(text, key);
    return key;
  }
}
