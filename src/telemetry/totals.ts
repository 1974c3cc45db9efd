/** Exchanges since the process started: served = ignored + suppressed + kept. */
export interface SamplingTotals {
  readonly served: number;
  readonly ignored: number;
  readonly suppressed: number;
  readonly kept: number;
}

/** The kept exchanges since the process started: kept + adopted = delivered + lost + pending. Our own events do not count. */
export interface DeliveryCounts {
  /** Acknowledged by a receiver. */
  readonly delivered: number;
  /** Given up. */
  readonly lost: number;
  /** Neither yet. */
  readonly pending: number;
  /** Exchanges of other processes, which those have left in a spool and this one delivers; absent without a spool. */
  readonly adopted?: number;
}

/** What was turned away or dropped since the process started: no exchanges, so no part of any sum. */
export interface DroppedCounts {
  /** Connections beyond `server.maxConnections`. */
  readonly connections: number;
  /** Requests beyond `server.maxRequestsPerSocket`; each is also an exchange that Node answers with 503. */
  readonly requests: number;
  /** Values of fields, and notes, that could not be kept. */
  readonly fields: number;
}

/** Values that masking could not show since the process started. */
export interface MaskingTotals {
  /** Masking threw. */
  readonly failed: number;
  /** The time for patterns was used up. */
  readonly notScanned: number;
}

/** What would have become of exchanges that `shadow` left out, since the process started. */
export interface ShadowCounts {
  readonly kept: number;
  readonly suppressed: number;
  /** Of the records that would have been kept, encoded; 0 where they are not encoded here. */
  readonly bytes: number;
}

/** Those of delivery are absent where another processor delivers. */
export type Totals = SamplingTotals &
  Partial<DeliveryCounts> & {
    readonly dropped?: DroppedCounts;
    readonly masking?: MaskingTotals;
    readonly shadow?: ShadowCounts;
  };
