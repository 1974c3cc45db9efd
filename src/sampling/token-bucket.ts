export interface TokenBucketSettings {
  /** Tokens per second, finite. Below 1 it takes longer than a second to earn one; 0 earns none, ever. */
  readonly rate: number;
  /** What the bucket holds at most, and at the start; finite. Below 1 nothing passes. */
  readonly burst: number;
}

/** How late a reading of the clock may come: exchanges need not be judged in the order in which they ended. */
const LATE_MS = 1000;

/**
 * A token bucket that starts full. Over any interval of T seconds it lets through at most `burst + rate × T`.
 *
 * Nothing is added up bit by bit: the balance is computed anew from the moment the bucket was last full, so that
 * rounding does not accumulate over years of uptime.
 *
 * @throws {TypeError} where `rate` or `burst` is negative or not finite
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  /** When the bucket was last full, and what was taken since. */
  #fullMs = 0;
  #taken = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(settings: TokenBucketSettings) {
    this.#rate = finiteAmount('rate', settings.rate);
    this.#burst = finiteAmount('burst', settings.burst);
  }

  /**
   * Takes one token if there is one.
   *
   * Only forward movement of the clock earns tokens. A reading up to a second behind the last one is late and earns
   * none; beyond that the clock was set back, and counting goes on from there. A step forward (a suspended process)
   * earns what fits into the bucket.
   *
   * @param nowMs reading of a monotonic clock in milliseconds, finite, with any origin
   */
  take(nowMs: number): boolean {
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
    } else if (nowMs < this.#lastMs - LATE_MS) {
      this.#fullMs += nowMs - this.#lastMs;
      this.#lastMs = nowMs;
    }
    let tokens = this.#burst - this.#taken + ((this.#lastMs - this.#fullMs) * this.#rate) / 1000;
    if (this.#taken === 0 || tokens >= this.#burst) {
      this.#fullMs = this.#lastMs;
      this.#taken = 0;
      tokens = this.#burst;
    }
    if (tokens < 1) return false;
    this.#taken += 1;
    return true;
  }
}

function finiteAmount(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`Expected \`${name}\` to be a finite number of at least 0, got \`${value}\``);
  }
  return value;
}
