/** Each bucket ends this many times further than the one before: quantiles are accurate to within 5 %. */
const GROWTH = 1.1;
/** Upper end of the first bucket, in seconds. */
const SMALLEST = 1e-5;
/** Up to an hour; what is longer goes to the last bucket. */
export const BUCKETS: number = Math.ceil(Math.log(3600 / SMALLEST) / Math.log(GROWTH)) + 1;
const LOG_GROWTH = Math.log(GROWTH);

/** Seconds; `null`, which JSON knows, where there is no value. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const NO_QUANTILES: Quantiles = { p50: null, p95: null, p99: null };

/** The bucket of a duration in seconds. */
export function bucketOf(seconds: number): number {
  if (!(seconds > SMALLEST)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(seconds / SMALLEST) / LOG_GROWTH));
}

/** The quantiles of one histogram: `BUCKETS` counts from `offset` on. */
export function quantilesOf(counts: Uint32Array, offset = 0): Quantiles {
  let total = 0;
  for (let index = 0; index < BUCKETS; index++) total += counts[offset + index] ?? 0;
  if (total === 0) return NO_QUANTILES;
  let seen = 0;
  let p50: number | null = null;
  let p95: number | null = null;
  for (let index = 0; index < BUCKETS; index++) {
    const count = counts[offset + index] ?? 0;
    if (count === 0) continue;
    seen += count;
    if (p50 === null && seen >= 0.5 * total) p50 = middleOf(index);
    if (p95 === null && seen >= 0.95 * total) p95 = middleOf(index);
    if (seen >= 0.99 * total) return { p50, p95, p99: middleOf(index) };
  }
  return NO_QUANTILES;
}

/** With three digits, which is more than the bucket knows. */
function middleOf(index: number): number {
  return Number((SMALLEST * GROWTH ** (index - 0.5)).toPrecision(3));
}
