/** As in the official exporter. */
const FIRST_MS = 1_000;
/** Longest backoff. Short enough to find out quickly that the receiver is back. */
export const MAX_BACKOFF_MS = 5_000;
/** Longest backoff during a flush, whose caller is waiting. */
export const MAX_FLUSH_BACKOFF_MS = 500;
/** Longest wait that a receiver can ask for: a mistaken `Retry-After` of a day must not stop delivery for a day. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * How long to wait before the next attempt: exponential backoff with full jitter, and at least as long as the receiver
 * asks (https://opentelemetry.io/docs/specs/otlp/#failures, #failures-1).
 *
 * @param failures attempts that failed before the last one
 * @param maxMs `MAX_BACKOFF_MS` or `MAX_FLUSH_BACKOFF_MS`
 * @param retryAfterMs what the receiver asks for
 * @param random from 0 to below 1
 */
export function backoffMs(
  failures: number,
  maxMs: number,
  retryAfterMs: number | undefined,
  random: number,
): number {
  const jittered = random * Math.min(maxMs, FIRST_MS * 2 ** failures);
  return Math.max(jittered, boundedRetryAfterMs(retryAfterMs));
}

/** What the receiver asks for, from 0 to `MAX_RETRY_AFTER_MS`; 0 where it asks for nothing or nonsense (NaN, -1). */
export function boundedRetryAfterMs(retryAfterMs: number | undefined): number {
  return retryAfterMs !== undefined && retryAfterMs > 0 ? Math.min(MAX_RETRY_AFTER_MS, retryAfterMs) : 0;
}
