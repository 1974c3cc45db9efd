import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';

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
   * Delivers what is pending, synchronously, while the process is ending.
   *
   * @param timeoutMs how long to wait at most
   */
  deliverLast(timeoutMs: number): void;
}

/** Why an export failed, as far as the exporter knows. */
export interface ExportError extends Error {
  /** A gRPC status (0 to 16), an HTTP status, or Node's error code. */
  readonly code?: number | string;
  /** What the receiver answered. */
  readonly data?: string;
}

export interface DeliveryListener {
  /**
   * A record was given up.
   *
   * @param errorType a short name of low cardinality: `queue_full`, or that of the error of the export
   */
  onLost(record: ReadableLogRecord, errorType: string): void;
  /** An export failed. @param exchanges how many exchanges were given up with it. */
  onFailure(error: ExportError | undefined, exchanges: number): void;
}

/** Only exchanges are counted: other records that pass through are our own events. */
export function isExchange(record: Pick<ReadableLogRecord, 'eventName'>): boolean {
  return record.eventName === 'access_log.request';
}
