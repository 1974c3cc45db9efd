const COUNTERS = 32;

/** A key with much of what was counted. */
export interface HeavyHitter {
  readonly name: string;
  /** At least so many: what may belong to keys before it in its counter is subtracted. */
  readonly count: number;
}

/**
 * The keys that occur most, by the algorithm "space-saving" (Metwally, Agrawal, El Abbadi 2005): 32 counters, however many
 * keys there are. A key with more than a 32nd of all is never missed.
 */
export class HeavyHitters {
  readonly #keys: Int32Array = new Int32Array(COUNTERS);
  readonly #counts: Float64Array = new Float64Array(COUNTERS);
  readonly #errors: Float64Array = new Float64Array(COUNTERS);
  readonly #names: string[] = new Array<string>(COUNTERS).fill('');
  #used = 0;
  /** Where the last key was: that of a flood is mostly the same. */
  #last = 0;
  #total = 0;

  /** @param name what the key is called; that of its first occurrence counts */
  add(key: number, name: string): void {
    this.#total += 1;
    const last = this.#last;
    if (last < this.#used && this.#keys[last] === key) {
      this.#counts[last] = (this.#counts[last] ?? 0) + 1;
      return;
    }
    let least = 0;
    for (let at = 0; at < this.#used; at += 1) {
      if (this.#keys[at] === key) {
        this.#counts[at] = (this.#counts[at] ?? 0) + 1;
        this.#last = at;
        return;
      }
      if ((this.#counts[at] ?? 0) < (this.#counts[least] ?? 0)) least = at;
    }
    const at = this.#used < COUNTERS ? this.#used++ : least;
    const before = this.#counts[at] ?? 0;
    this.#keys[at] = key;
    this.#errors[at] = before;
    this.#counts[at] = before + 1;
    this.#names[at] = name;
  }

  /**
   * Ends the count.
   *
   * @param part of all that a key must certainly have
   * @returns the keys with most, most first
   */
  drain(part: number): readonly HeavyHitter[] {
    const least = Math.max(1, part * this.#total);
    const hitters: HeavyHitter[] = [];
    for (let at = 0; at < this.#used; at += 1) {
      const count = (this.#counts[at] ?? 0) - (this.#errors[at] ?? 0);
      if (count >= least) hitters.push({ name: this.#names[at] ?? '', count });
    }
    this.#used = 0;
    this.#total = 0;
    this.#counts.fill(0);
    this.#errors.fill(0);
    this.#names.fill('');
    return hitters.sort((one, other) => other.count - one.count);
  }
}
