/** Times of the reference model are whole eighths of a millisecond, rates whole eighths per second: exact in a double. */
export const EIGHTH = 1 / 8;

const TOKEN = 64_000n;
const SECOND = 8_000n;

/**
 * What a token bucket should do, in whole numbers: credits of 1/64,000 token are added up as time goes by. Slow,
 * exact, and nothing like the implementation.
 */
export class ReferenceBucket {
  #rateEighths: bigint;
  #capacity: bigint;
  #credit: bigint;
  #lastEighths: bigint | undefined;

  constructor(rateEighths: number, burst: number) {
    this.#rateEighths = BigInt(rateEighths);
    this.#capacity = BigInt(burst) * TOKEN;
    this.#credit = this.#capacity;
  }

  take(nowEighths: number): boolean {
    this.#earn(nowEighths);
    if (this.#credit < TOKEN) return false;
    this.#credit -= TOKEN;
    return true;
  }

  change(rateEighths: number, burst: number, nowEighths: number): void {
    this.#earn(nowEighths);
    this.#rateEighths = BigInt(rateEighths);
    this.#capacity = BigInt(burst) * TOKEN;
    if (this.#credit > this.#capacity) this.#credit = this.#capacity;
  }

  #earn(nowEighths: number): void {
    const now = BigInt(nowEighths);
    const elapsed = this.#lastEighths === undefined ? 0n : now - this.#lastEighths;
    const isLate = elapsed < 0n && elapsed >= -SECOND;
    if (!isLate) this.#lastEighths = now;
    if (elapsed > 0n) this.#credit += elapsed * this.#rateEighths;
    if (this.#credit > this.#capacity) this.#credit = this.#capacity;
  }
}
