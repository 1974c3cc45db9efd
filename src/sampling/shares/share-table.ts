import { randomInt } from 'node:crypto';

/** Slots of a table; a power of two, so that the upper bits of a hash are one. */
const SLOTS = 1024;
const SHIFT = 22;

/** How far a reading may lie behind the last one, as in a token bucket. */
const LATE_MS = 1000;

/**
 * Token buckets in slots: keys that share a slot share its bucket. Memory is fixed, however many keys there are. Each
 * bucket starts full.
 */
export class ShareTable {
  readonly #tokens: Float64Array = new Float64Array(SLOTS);
  readonly #times: Float64Array = new Float64Array(SLOTS);
  #seed = 0;

  /**
   * Fills all buckets and chooses which keys share one.
   *
   * @param burst tokens that a bucket holds at most
   */
  reset(nowMs: number, burst: number): void {
    this.#seed = randomInt(2 ** 31);
    this.#tokens.fill(burst);
    this.#times.fill(nowMs);
  }

  /** Where a number that counts up has its bucket: the first 1024 do not share one. */
  static slotOfNumber(number: number): number {
    return number & (SLOTS - 1);
  }

  /** Where the key of a client has its bucket, until the next {@link reset}. */
  slotOf(key: number): number {
    // The finalizer of MurmurHash3: every bit of the key changes half of the others.
    let hash = key ^ this.#seed;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    return (hash ^ (hash >>> 16)) >>> SHIFT;
  }

  /**
   * Whether the bucket has a token.
   *
   * @param ratePerMs tokens that a bucket earns in a millisecond
   */
  hasToken(slot: number, nowMs: number, ratePerMs: number, burst: number): boolean {
    const elapsed = nowMs - (this.#times[slot] ?? 0);
    let tokens = this.#tokens[slot] ?? 0;
    if (elapsed > 0) {
      tokens = Math.min(burst, tokens + elapsed * ratePerMs);
      this.#tokens[slot] = tokens;
      this.#times[slot] = nowMs;
    } else if (elapsed < -LATE_MS) {
      this.#times[slot] = nowMs;
    }
    return tokens >= 1;
  }

  /** Takes a token that {@link hasToken} has seen. */
  take(slot: number): void {
    this.#tokens[slot] = (this.#tokens[slot] ?? 0) - 1;
  }
}
