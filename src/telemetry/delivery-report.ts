import type { ReadableResults } from './results.ts';

/** Bytes in use, and how many there may be. */
export interface Usage {
  readonly bytes: number;
  readonly limitBytes: number;
}

/**
 * What delivery does and holds, for metrics. It counts log records, our own events among them, while `DeliveryCounts`
 * has exchanges only.
 */
export interface DeliveryReport {
  /** Records that were taken from the queue for an export; those that were lost before, by `error.type`. */
  readonly processed: ReadableResults;
  /** Records whose export has ended, over all of its attempts. */
  readonly exported: ReadableResults;
  /** Attempts to send an export that have ended. */
  readonly attempts: ReadableResults;
  /** Records that no export has taken yet. */
  readonly queued: number;
  /** Records that the queue may have; `undefined` where only bytes are limited. */
  readonly queueLimit: number | undefined;
  /** Records in exports that were not answered for good. */
  readonly inFlight: number;
  /** Memory for pending records, in steps of a chunk; `undefined` where another part holds them. */
  readonly memory: Usage | undefined;
  /** Files of records on disk, those that other processes have left included; `undefined` without a spool. */
  readonly spool: Usage | undefined;
}
