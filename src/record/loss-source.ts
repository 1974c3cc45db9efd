import type { Receipt } from './receipt.ts';

/** What became of exchanges that were kept. */
interface DeliveredCounts {
  readonly delivered: number;
  readonly lost: number;
  readonly pending: number;
}

/** A processor that delivers records itself, and so knows what became of them. */
export interface LossSource {
  counts(): DeliveredCounts;
  /** @param onLost told of `count` records of that receipt, which were given up */
  hearLosses(onLost: (receipt: Receipt, errorType: string, count: number) => void): void;
}

export function isLossSource<T extends object>(processor: T): processor is T & LossSource {
  return 'hearLosses' in processor && typeof processor.hearLosses === 'function' && 'counts' in processor;
}
