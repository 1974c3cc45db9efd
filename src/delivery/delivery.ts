import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../record/receipt/receipt.ts';
import type { DeliveryReport } from '../telemetry/delivery-report.ts';
import type { DeliveryCounts } from '../telemetry/totals.ts';

/** Carries kept records to a receiver. */
export interface Delivery {
  /** Accepts kept records. */
  readonly processor: LogRecordProcessor;
  /** There will be records: opens what must be open by then. Idempotent, and cheap. */
  start(): void;
  /** A record will follow soon: opens the connection for its export, unless the receiver is failing. Cheap where it is open. */
  connect(): void;
  counts(): DeliveryCounts;
  /** For metrics: looks at every export that is under way. `undefined` where there is no receiver. */
  report(): DeliveryReport | undefined;
  /** How much of the room for records in memory is in use, 0 to 1. */
  backlog(): number;
  /** Whether the last attempt failed, so that the next one will probably fail too. */
  readonly isFailing: boolean;
  /**
   * Attempts everything now. Resolves when all of it is delivered or lost, when no receiver can be reached, or at the
   * deadline. Does not keep the process alive (that of `sdk` does, for as long as an export takes). Never rejects.
   */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Sends at once what is waiting to become an export, in this turn of the event loop where a connection is there:
   * the process may be stopped after it.
   */
  hasten(): void;
  /** Resolves when each record that waits for its first attempt is acknowledged, lost, or on disk. Never rejects. */
  settled(): Promise<void>;
  /**
   * Ends the time that delivery had at the end of the process: exports in flight are cancelled, their records stay
   * pending, and nothing keeps the process alive. Where the process goes on all the same, so does delivery.
   */
  letGo(): void;
  /**
   * Delivers pending records, synchronously, while the process is ending.
   *
   * @param timeoutMs milliseconds to wait at most
   */
  deliverLast(timeoutMs: number): void;
  /** Pending exchanges whose records are on disk: another process delivers them where this one does not. */
  readonly stored: number;
  /** Whether the end of the process loses nothing that is pending: there is a spool that can be used. */
  readonly isStoring: boolean;
  /**
   * Puts on disk, synchronously, while the process is ending, what is pending in memory.
   *
   * @returns pending exchanges that are on disk; 0 without a spool
   */
  storeLast(): number;
}

export interface DeliveryListener {
  /**
   * Records were given up: once per receipt, for counting.
   *
   * @param errorType a short name of low cardinality: `queue_full`, `memory_limit`, a gRPC status, an HTTP status
   * @param count records of this receipt
   */
  onLost(receipt: Receipt, errorType: string, count: number): void;
  /** Records were given up: a message for people. @param exchanges how many of them are records of exchanges */
  onFailure(message: string, exchanges: number): void;
  /** The receiver cannot be reached or asks to wait; nothing is lost yet. A message for people. */
  onWaiting(message: string): void;
  /** The receiver accepted everything and sent a message nevertheless (OTLP, partial success with 0 rejected). */
  onWarning(message: string): void;
  /** Something beside the receiver does not work as it should; nothing is lost by that. A message for people. */
  onTrouble?(message: string): void;
  /** The counts have changed: records were delivered or lost. */
  onSettled?(): void;
}
