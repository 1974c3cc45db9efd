/** Exchanges since the process started: served = ignored + suppressed + kept. */
export interface SamplingTotals {
  readonly served: number;
  readonly ignored: number;
  readonly suppressed: number;
  readonly kept: number;
}

/** The kept exchanges since the process started: kept = delivered + lost + pending. Our own events do not count. */
export interface DeliveryCounts {
  /** Acknowledged by a receiver. */
  readonly delivered: number;
  /** Given up. */
  readonly lost: number;
  /** Neither yet. */
  readonly pending: number;
}

/** Those of delivery are absent where another processor delivers. */
export type Totals = SamplingTotals & Partial<DeliveryCounts>;
