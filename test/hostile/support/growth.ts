import assert from 'node:assert/strict';

const SHORT = 4 * 1024;
const LONG = 64 * 1024;
/** Linear is 16, quadratic 256: half way between them, as factors. */
const MAX_RATIO = 64;
const RUNS = 15;
/** A busy machine, or a garbage collection, may disturb all runs of one of them. */
const ATTEMPTS = 5;

/**
 * Fails where the work grows faster than its input: from 4 to 64 KiB by more than 64 (linear: 16), in five attempts.
 *
 * @param make input of so many characters
 */
export function assertLinear<T>(make: (length: number) => T, work: (input: T) => unknown): void {
  const short = make(SHORT);
  const long = make(LONG);
  const seen: string[] = [];
  while (seen.length < ATTEMPTS) {
    const shortMs = leastMs(() => work(short));
    const longMs = leastMs(() => work(long));
    if (longMs <= MAX_RATIO * Math.max(shortMs, 0.002)) return;
    seen.push(`${shortMs} ms for 4 KiB, ${longMs} ms for 64 KiB`);
  }
  assert.fail(seen.join('; '));
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
