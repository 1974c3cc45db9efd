import type { ExchangeKey } from './exchange-key.ts';

/** What delivery holds of a record after it was encoded, so that a lost record can be counted. */
export type Receipt = ExchangeReceipt | EventReceipt;

/** Receipt of the record of an exchange. */
export interface ExchangeReceipt extends ExchangeKey {
  readonly kind: 'exchange';
  /** `access_log.suppressed_before`. */
  readonly suppressedBefore: number;
}

/** Receipt of one of our own events, which are not counted themselves. */
export interface EventReceipt {
  readonly kind: 'event';
  /** Returns the count that the event reports to its ledger, so that another event reports it. */
  readonly giveBack: () => void;
}
