/** Each bucket ends this many times further than the one before: values are accurate to within 5 %. */
const GROWTH = 1.1;
/** Upper end of the first bucket, in seconds. */
const SMALLEST = 1e-6;
/** Buckets up to an hour; what is longer goes to the last one. */
const BUCKETS = Math.ceil(Math.log(3600 / SMALLEST) / Math.log(GROWTH)) + 1;
const LOG_GROWTH = Math.log(GROWTH);

/** At this many durations all counts are halved, so that old durations lose weight. */
const FULL = 10_000;
/** Durations that are needed to estimate a p95. */
const ENOUGH = 20;
/** After this many durations the quantiles are computed again. */
const STALE = 64;

export interface Quantiles {
  /** Seconds. */
  readonly p50: number;
  readonly p95: number;
}

/** Median and p95 of the durations of one route, in memory that does not grow (a histogram of 1 KiB). */
export class DurationEstimator {
  readonly #counts = new Uint16Array(BUCKETS);
  #total = 0;
  #known: Quantiles | undefined;
  #sinceKnown = 0;

  add(seconds: number): void {
    const index = bucketOf(seconds);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total++;
    this.#sinceKnown++;
    if (this.#total >= FULL) this.#fade();
  }

  /** `undefined` until there are 20 durations. */
  get quantiles(): Quantiles | undefined {
    if (this.#total < ENOUGH) return undefined;
    if (this.#known === undefined || this.#sinceKnown >= Math.min(STALE, this.#total / 8)) {
      this.#known = { p50: this.#quantile(0.5), p95: this.#quantile(0.95) };
      this.#sinceKnown = 0;
    }
    return this.#known;
  }

  #quantile(q: number): number {
    const rank = q * this.#total;
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return SMALLEST * GROWTH ** (index - 0.5);
    }
    return SMALLEST * GROWTH ** BUCKETS;
  }

  #fade(): void {
    this.#total = 0;
    for (const [index, count] of this.#counts.entries()) {
      this.#counts[index] = count >> 1;
      this.#total += count >> 1;
    }
  }
}

function bucketOf(seconds: number): number {
  if (!(seconds > SMALLEST)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(seconds / SMALLEST) / LOG_GROWTH));
}

/** An estimator per route; all routes beyond `maxRoutes` share one. */
export class RouteDurations {
  readonly #maxRoutes: number;
  readonly #routes = new Map<string, DurationEstimator>();
  readonly #others = new DurationEstimator();

  constructor(maxRoutes = 500) {
    this.#maxRoutes = maxRoutes;
  }

  /** What the route took before this duration, which counts from now on. */
  observe(route: string, seconds: number): Quantiles | undefined {
    const estimator = this.#estimator(route);
    const { quantiles } = estimator;
    estimator.add(seconds);
    return quantiles;
  }

  #estimator(route: string): DurationEstimator {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    if (this.#routes.size >= this.#maxRoutes) return this.#others;
    const estimator = new DurationEstimator();
    this.#routes.set(route, estimator);
    return estimator;
  }
}
