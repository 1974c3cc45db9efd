import assert from 'node:assert/strict';

const SHORT = 4 * 1024;
const LONG = 64 * 1024;
/** Linear is 16. What is left of noise in the least of many runs stays far below twice that; quadratic is 256. */
const MAX_RATIO = 40;
const RUNS = 15;

/**
 * Fails where the work grows faster than its input: from 4 to 64 KiB at most by 40 (linear: 16).
 *
 * @param make input of so many characters
 */
export function assertLinear<T>(make: (length: number) => T, work: (input: T) => unknown): void {
  const short = make(SHORT);
  const long = make(LONG);
  const shortMs = leastMs(() => work(short));
  const longMs = leastMs(() => work(long));
  const ratio = longMs / Math.max(shortMs, 0.002);
  assert.ok(ratio <= MAX_RATIO, `${shortMs} ms for 4 KiB, ${longMs} ms for 64 KiB: ${ratio} times as long`);
}

/** The least of several runs, the first of which also compile. */
function leastMs(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
