import type { DeliveryCounts } from '../../telemetry/totals.ts';
import type { Receipt } from './receipt.ts';

/** Called with `count` records of one receipt that were given up. */
export type LossListener = (receipt: Receipt, errorType: string, count: number) => void;

/** A processor that delivers records itself, and so knows which were lost. */
export interface LossSource {
  counts(): DeliveryCounts;
  /** How much of the room for records is in use, 0 to 1. */
  backlog?(): number;
  /** There is one listener: the token bucket before the processor. */
  setLossListener(onLost: LossListener): void;
}

export function isLossSource<T extends object>(processor: T): processor is T & LossSource {
  return (
    'setLossListener' in processor && typeof processor.setLossListener === 'function' && 'counts' in processor
  );
}
