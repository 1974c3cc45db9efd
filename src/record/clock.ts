import type { HrTime } from '@opentelemetry/api';

const NANOS_PER_SECOND = 1_000_000_000;
/** Difference between the two clocks from which on the wall clock was set, or the machine slept. */
const REANCHOR_MS = 1_000;
/** So often the two are compared, at most: a reading of the wall clock costs as much as all the rest. */
const COMPARE_AFTER_MS = 10;

/**
 * Turns times of the monotonic clock into timestamps: nanoseconds since the epoch, strictly increasing, since Loki
 * takes lines of the same content and time for one. Anchored to the wall clock; anchored anew when the two differ
 * by more than a second. Only then may it step back.
 */
export class RecordClock {
  readonly #monotonicMs: () => number;
  readonly #wallMs: () => number;
  #anchorMonotonicMs = 0;
  #anchorWallMs = 0;
  #lastSeconds = 0;
  #lastNanos = 0;
  #comparedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param monotonicMs milliseconds of a clock that only goes forward
   * @param wallMs milliseconds since the epoch
   */
  constructor(monotonicMs: () => number, wallMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    this.#anchor();
  }

  /**
   * Timestamp of a record: later than every one before.
   *
   * @param atMs reading of the monotonic clock, not in the future
   */
  timestamp(atMs: number): HrTime {
    const time = this.wallTime(atMs);
    let seconds = time[0];
    let nanos = time[1];
    if (seconds < this.#lastSeconds || (seconds === this.#lastSeconds && nanos <= this.#lastNanos)) {
      seconds = this.#lastSeconds;
      nanos = this.#lastNanos + 1;
      if (nanos === NANOS_PER_SECOND) {
        seconds += 1;
        nanos = 0;
      }
      time[0] = seconds;
      time[1] = nanos;
    }
    this.#lastSeconds = seconds;
    this.#lastNanos = nanos;
    return time;
  }

  /**
   * Wall-clock time of `atMs`, for what is no timestamp of a record: the same moment has the same time, and timestamps
   * of records that ended before it are not pushed behind it.
   *
   * @param atMs reading of the monotonic clock, not in the future
   */
  wallTime(atMs: number): HrTime {
    if (atMs - this.#comparedMs >= COMPARE_AFTER_MS) {
      this.#comparedMs = atMs;
      // The caller has just read the monotonic clock: another reading is worth its time only where they seem to differ.
      const apartMs = this.#wallMs() - (this.#anchorWallMs + (atMs - this.#anchorMonotonicMs));
      if (Math.abs(apartMs) > REANCHOR_MS) this.#compareClocks();
    }

    const elapsedMs = atMs - this.#anchorMonotonicMs;
    const elapsedSeconds = Math.floor(elapsedMs / 1_000);
    // Kept apart: nanoseconds since the epoch do not fit into a double.
    const anchorSeconds = Math.floor(this.#anchorWallMs / 1_000);
    let nanos = Math.round(
      (elapsedMs - elapsedSeconds * 1_000 + (this.#anchorWallMs - anchorSeconds * 1_000)) * 1e6,
    );
    let seconds = anchorSeconds + elapsedSeconds;
    if (nanos >= NANOS_PER_SECOND) {
      seconds += 1;
      nanos -= NANOS_PER_SECOND;
    }
    return [seconds, nanos];
  }

  /** The timestamp of this moment. */
  now(): HrTime {
    return this.timestamp(this.#monotonicMs());
  }

  #compareClocks(): void {
    const monotonicMs = this.#monotonicMs();
    const drift = this.#wallMs() - (this.#anchorWallMs + (monotonicMs - this.#anchorMonotonicMs));
    if (Math.abs(drift) > REANCHOR_MS) this.#anchor();
  }

  #anchor(): void {
    this.#anchorMonotonicMs = this.#monotonicMs();
    this.#anchorWallMs = this.#wallMs();
    this.#lastSeconds = 0;
    this.#lastNanos = 0;
  }
}

/** The clock of this process: one for all, since the timestamps of a process must not repeat. */
export const processClock: RecordClock = new RecordClock(
  () => performance.now(),
  () => Date.now(),
);
