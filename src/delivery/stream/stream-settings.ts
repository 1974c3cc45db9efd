import type { Encoder } from '../buffer/encoder.ts';
import type { PendingMessage } from '../sending/message.ts';

/** Settings of a `StreamDelivery`. */
export interface StreamSettings {
  /** Milliseconds after which a record is due (`OTEL_BLRP_SCHEDULE_DELAY`). */
  readonly scheduleDelayMs: number;
  /**
   * `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE` where it is set: so many records are due, and no export has more. Where it is
   * `undefined`, 512 records are due, 50 ms after the last export at the earliest, and only `maxExportBytes` limits an
   * export.
   */
  readonly maxExportBatchSize: number | undefined;
  /** Records that may wait; further ones are lost (`OTEL_BLRP_MAX_QUEUE_SIZE`). `undefined`: no such limit. */
  readonly maxQueueSize: number | undefined;
  /** Milliseconds that one attempt may take (`OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`). */
  readonly attemptTimeoutMs: number;
  /** Milliseconds that a flush may take where its caller sets no deadline (`OTEL_BLRP_EXPORT_TIMEOUT`). */
  readonly flushTimeoutMs: number;
  /** Bytes for encoded records, waiting and in flight, at most. Less than 64 KiB makes no sense. */
  readonly memoryLimitBytes: number;
  /** Bytes of records in one export, at most; `undefined`: as many as receivers accept by default. */
  readonly maxExportBytes: number | undefined;
  /** Exports in flight at the same time, at most. */
  readonly maxInFlight: number;
  /** Where unacknowledged records wait on disk; `undefined`: in memory only. */
  readonly spool: SpoolSettings | undefined;
}

/** Settings of the spool of one process. */
export interface SpoolSettings {
  /** Absolute path of the directory that the operator named. It may be shared, and it need not exist. */
  readonly directory: string;
  /** Bytes of records on disk, at most. */
  readonly limitBytes: number;
  /** Whether each write is flushed to the device, so that records outlive a power failure. */
  readonly fsync: boolean;
}

/** A timer that is running. */
export interface Timer {
  stop(): void;
  /** Whether the process stays alive for it. */
  hold(holdsProcess: boolean): void;
}

/** Dependencies of a `StreamDelivery` on its process. */
export interface StreamDependencies {
  readonly encoder: Encoder;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** From 0 to below 1, for the jitter of the backoff. */
  readonly random: () => number;
  /**
   * Calls back once, after `ms`; the process does not stay alive for it. Where `ms` is 0, calls back in the next turn
   * of the event loop, before which the process does not end.
   */
  readonly startTimer: (ms: number, callback: () => void) => Timer;
  /** Wall clock, milliseconds since the epoch. */
  readonly wallMs: () => number;
  /**
   * Sends messages while the process is ending, synchronously.
   *
   * @returns the messages that a receiver has accepted
   */
  readonly sendLast: (messages: readonly PendingMessage[], timeoutMs: number) => readonly PendingMessage[];
  /** Called with a bug: an error that this package should not throw. */
  readonly onError: (error: unknown) => void;
}

/** All limits in bytes. */
export interface StreamSizes {
  readonly memoryLimit: number;
  /** One chunk, its headroom included. */
  readonly chunk: number;
  /** Room before the first record of a chunk, for the prefix of a message. */
  readonly headroom: number;
  /** Records in one export; a single record may be larger. */
  readonly batch: number;
  /** One record. */
  readonly record: number;
  /** Chunks in flight. The other chunks can be given up when memory is short. */
  readonly inFlight: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** Fewer, larger exports are cheaper. gRPC receivers accept 4 MiB by default. */
const EXPORT_BYTES = 2 * MIB;

/** Derives all limits in bytes from the memory limit. */
export function sizesFor(memoryLimitBytes: number, maxExportBytes: number = Infinity): StreamSizes {
  // A full chunk is one export, in one part.
  const chunk = Math.min(EXPORT_BYTES, Math.floor(memoryLimitBytes / 8));
  return {
    memoryLimit: memoryLimitBytes,
    chunk,
    headroom: Math.min(4 * KIB, Math.floor(chunk / 8)),
    batch: Math.min(EXPORT_BYTES - 4 * KIB, maxExportBytes, Math.floor(memoryLimitBytes / 4)),
    record: Math.min(4 * MIB, Math.floor(memoryLimitBytes / 4)),
    inFlight: Math.floor(memoryLimitBytes / 2),
  };
}
