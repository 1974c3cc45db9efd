export interface TokenBucketSettings {
  /** Tokens per second, finite. 0.5 earns one token in two seconds, 0 none. */
  readonly rate: number;
  /** Tokens that the bucket holds at most, and at the start; finite. Below 1 nothing passes. */
  readonly burst: number;
}

/** How far a reading may lie behind the last one: exchanges are not decided on in the order in which they ended. */
const LATE_MS = 1000;

/**
 * A token bucket that starts full. Over any interval of T seconds it lets through at most `burst + rate × T`.
 *
 * The balance is computed from the moment at which the bucket was last full. A running sum would accumulate rounding
 * errors over years of uptime.
 *
 * @throws {TypeError} where `rate` or `burst` is negative or not finite
 */
export class TokenBucket {
  #rate: number;
  #burst: number;
  /** When the bucket was last full; tokens taken since. */
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
   * Only a clock that moves forward earns tokens. A reading up to a second behind the last one is late and earns none.
   * A reading further behind means that the clock was set back: time counts from there. A step forward (a suspended
   * process) earns as much as fits into the bucket.
   *
   * @param nowMs reading of a monotonic clock in milliseconds, finite, with any origin
   */
  take(nowMs: number): boolean {
    if (this.tokensAt(nowMs) < 1) return false;
    this.#taken += 1;
    return true;
  }

  /** Takes one of the tokens that {@link tokensAt} has seen. */
  takeOne(): void {
    this.#taken += 1;
  }

  /** Tokens that the bucket holds at most. */
  get burst(): number {
    return this.#burst;
  }

  /**
   * Changes rate and burst. The tokens that the bucket has stay in it, as far as they fit: a greater burst does not fill
   * it, else each change would let through another burst.
   *
   * @param nowMs as in {@link take}
   * @throws {TypeError} where `rate` or `burst` is negative or not finite
   */
  change({ rate, burst }: TokenBucketSettings, nowMs: number): void {
    const newRate = finiteAmount('rate', rate);
    const newBurst = finiteAmount('burst', burst);
    const tokens = Math.min(this.tokensAt(nowMs), newBurst);
    this.#rate = newRate;
    this.#burst = newBurst;
    this.#taken = newBurst - tokens;
    this.#fullMs = this.#lastMs;
  }

  /**
   * Tokens in the bucket.
   *
   * @param nowMs as in {@link take}
   */
  tokensAt(nowMs: number): number {
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
    return tokens;
  }
}

function finiteAmount(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`Expected \`${name}\` to be a finite number of at least 0, got \`${value}\``);
  }
  return value;
}
