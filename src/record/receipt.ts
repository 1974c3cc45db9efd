/** What is remembered of a record while it waits for delivery, so that it can be counted if it is lost. */
export type Receipt = ExchangeReceipt | EventReceipt;

/** Of the record of an exchange: its key, and the count that it carries along. */
export interface ExchangeReceipt {
  readonly kind: 'exchange';
  readonly route: string | undefined;
  /** Method as received. */
  readonly method: string;
  readonly statusCode: number | undefined;
  readonly outcome: string;
  /** `access_log.suppressed_before`. */
  readonly suppressedBefore: number;
}

/** Of one of our own events, which do not count. */
export interface EventReceipt {
  readonly kind: 'event';
  /** Takes back the count that the event reports, to be reported once more. */
  readonly giveBack: () => void;
}
