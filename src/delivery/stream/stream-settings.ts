import type { Encoder } from './buffer/encoder.ts';
import type { PendingMessage } from './sending/pending-message.ts';

/** What a `StreamDelivery` is told once. */
export interface StreamSettings {
  /** Milliseconds that a record waits at most before it is sent (`OTEL_BLRP_SCHEDULE_DELAY`). */
  readonly scheduleDelayMs: number;
  /**
   * `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE` where it is set: that many records are due, and no export has more. Where it is
   * `undefined`, 512 are due where the export before is a while ago, and an export has as many as there are.
   */
  readonly maxExportBatchSize: number | undefined;
  /** Records that wait at most; what comes beyond is lost (`OTEL_BLRP_MAX_QUEUE_SIZE`). `undefined`: no such limit. */
  readonly maxQueueSize: number | undefined;
  /** Milliseconds that one attempt may take (`OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`). */
  readonly attemptTimeoutMs: number;
  /** Milliseconds that a flush may take where its caller does not say (`OTEL_BLRP_EXPORT_TIMEOUT`). */
  readonly flushTimeoutMs: number;
  /** Bytes of encoded records that are held at most, on their way or waiting; at least 64 KiB make sense. */
  readonly memoryLimitBytes: number;
  /** Bytes of records in one export, at most; `undefined`: as many as receivers take. */
  readonly maxExportBytes: number | undefined;
  /** Exports on their way at the same time, at most. */
  readonly maxInFlight: number;
}

/** A timer that is running. */
export interface Timer {
  stop(): void;
  /** Whether the process stays alive for it. */
  hold(holdsProcess: boolean): void;
}

/** What a `StreamDelivery` needs of its process. */
export interface StreamDependencies {
  readonly encoder: Encoder;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** From 0 to below 1, for the jitter of the backoff. */
  readonly random: () => number;
  /**
   * Calls back once, after `ms`; the process does not stay alive for it. 0 is the next turn of the event loop, before
   * which the process does not end.
   */
  readonly startTimer: (ms: number, callback: () => void) => Timer;
  /**
   * Sends messages while the process is ending, and waits for it.
   *
   * @returns those that a receiver has accepted
   */
  readonly sendLast: (messages: readonly PendingMessage[], timeoutMs: number) => readonly PendingMessage[];
  /** Takes what must not happen: an error of this package. */
  readonly onError: (error: unknown) => void;
}

/** Everything that is measured in bytes. */
export interface StreamSizes {
  readonly memoryLimit: number;
  /** One chunk, its headroom included. */
  readonly chunk: number;
  /** Room in front of the first record of a chunk, for what stands before the records in a message. */
  readonly headroom: number;
  /** Records in one export, apart from a record that is larger. */
  readonly batch: number;
  /** One record. */
  readonly record: number;
  /** Chunks that have something on the wire. The others can give way when memory is short. */
  readonly onWire: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** An export. Receivers take 4 MiB of gRPC unless they are told otherwise, and fewer exports are cheaper. */
const EXPORT_BYTES = 2 * MIB;

/** Everything in bytes that follows from the memory limit. */
export function sizesFor(memoryLimitBytes: number, maxExportBytes: number = Infinity): StreamSizes {
  // A full one is an export, in one piece.
  const chunk = Math.min(EXPORT_BYTES, Math.floor(memoryLimitBytes / 8));
  return {
    memoryLimit: memoryLimitBytes,
    chunk,
    headroom: Math.min(4 * KIB, Math.floor(chunk / 8)),
    batch: Math.min(EXPORT_BYTES - 4 * KIB, maxExportBytes, Math.floor(memoryLimitBytes / 4)),
    record: Math.min(4 * MIB, Math.floor(memoryLimitBytes / 4)),
    onWire: Math.floor(memoryLimitBytes / 2),
  };
}
