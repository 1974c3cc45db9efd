import { textKey } from '../record/client/client-key.ts';
import { OTHER } from '../record/exchange-key.ts';

/** Routes whose number is remembered; an application has fewer. */
const MAX_ROUTES = 1024;

/** Numbers of routes, for tables by hash. */
export class RouteKeys {
  readonly #keys = new Map<string, number>();
  // Mostly the same as before; looking into the map takes longer.
  #last: string | undefined = OTHER;
  #lastKey: number = textKey(OTHER);

  /** @param route `undefined` is a route like any other */
  of(route: string | undefined): number {
    if (route === this.#last) return this.#lastKey;
    const text = route ?? OTHER;
    let key = this.#keys.get(text);
    if (key === undefined) {
      key = textKey(text);
      if (this.#keys.size >= MAX_ROUTES) this.#keys.clear();
      this.#keys.set(text, key);
    }
    this.#last = route;
    this.#lastKey = key;
    return key;
  }
}
