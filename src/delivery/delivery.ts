import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../record/receipt.ts';

/** What became of the exchanges that were kept: `kept = delivered + lost + pending`. Our own events do not count. */
export interface DeliveryCounts {
  /** Acknowledged by a receiver. */
  readonly delivered: number;
  /** Given up. */
  readonly lost: number;
  /** Neither yet. */
  readonly pending: number;
}

/** Everything between a kept record and an acknowledged one. */
export interface Delivery {
  /** Takes kept records. */
  readonly processor: LogRecordProcessor;
  counts(): DeliveryCounts;
  /** Whether the last attempt failed, so that there is little hope for the next one. */
  readonly isFailing: boolean;
  /**
   * Attempts everything now; settles when all is dealt with, when there is no hope, or at the deadline. The process does
   * not stay alive for it (that of `sdk` does, for as long as an export takes). Never rejects.
   */
  flush(timeoutMs: number): Promise<void>;
  /**
   * The time that the end of the process has is up: what is on its way is cancelled and stays pending, and nothing keeps
   * the process alive. Where it goes on all the same, so does delivery.
   */
  letGo(): void;
  /**
   * Delivers what is pending, synchronously, while the process is ending.
   *
   * @param timeoutMs how long to wait at most
   */
  deliverLast(timeoutMs: number): void;
}

export interface DeliveryListener {
  /**
   * Records were given up.
   *
   * @param errorType a short name of low cardinality: `queue_full`, `memory_limit`, a gRPC status, an HTTP status
   * @param count how many there are of this receipt
   */
  onLost(receipt: Receipt, errorType: string, count: number): void;
  /** Records were given up, in words. @param exchanges how many of them count */
  onFailure(message: string, exchanges: number): void;
  /** The receiver cannot be reached or asks to wait, in words; nothing is lost yet. */
  onWaiting(message: string): void;
  /** The receiver accepted everything and still had something to say. */
  onWarning(message: string): void;
  /** Counts have changed: some were delivered, or lost. */
  onSettled?(): void;
}
