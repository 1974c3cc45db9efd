const FIRST_MS = 1_000;
/** Short enough to find a receiver that is back quickly. */
export const MAX_BACKOFF_MS = 5_000;
/** While somebody waits for a flush. */
export const MAX_FLUSH_BACKOFF_MS = 500;
/** No receiver makes us wait for longer than this. */
const MAX_ASKED_MS = 60_000;

/**
 * How long to wait before the next attempt: exponential backoff with full jitter, and at least as long as the receiver
 * asks (https://opentelemetry.io/docs/specs/otlp/#failures, #failures-1).
 *
 * @param failures attempts that have failed before the last one
 * @param random from 0 to below 1
 */
export function backoffMs(
  failures: number,
  maxMs: number,
  retryAfterMs: number | undefined,
  random: number,
): number {
  const jittered = random * Math.min(maxMs, FIRST_MS * 2 ** failures);
  return Math.max(jittered, askedMs(retryAfterMs));
}

/** How long the receiver wants us to wait, within reason. */
export function askedMs(retryAfterMs: number | undefined): number {
  // Whatever is not a number above 0, NaN too, asks for nothing.
  return retryAfterMs !== undefined && retryAfterMs > 0 ? Math.min(MAX_ASKED_MS, retryAfterMs) : 0;
}
