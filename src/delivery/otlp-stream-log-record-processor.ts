import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { type AccessLogOptions, resolveOptions, resolveOtelEnvironment } from '../options/options.ts';
import type { LossListener } from '../record/receipt/loss-source.ts';
import { codeNotices } from '../telemetry/code-notices.ts';
import type { DeliveryCounts } from '../telemetry/totals.ts';
import { deliveryNotices } from './delivery-notices.ts';
import { deliverySettings } from './delivery-settings.ts';
import { LostRecordsHook } from './lost-records-hook.ts';
import { startStream } from './start-delivery.ts';
import type { StreamDelivery } from './stream/stream-delivery.ts';

/**
 * Delivers log records of any kind over OTLP. Records are encoded when they are emitted, sent in batches, several at the
 * same time, and retried as OTLP asks. What waits stays within `memoryLimitMib`: beyond it the oldest records are given
 * up, counted, and passed to `onLost`. With `spoolDir` they wait on disk, and outlive the process.
 *
 * The standard variables configure endpoint, headers, certificates, compression and timeout (`OTEL_EXPORTER_OTLP_…`), and
 * batches (`OTEL_BLRP_…`). Replaces BatchLogRecordProcessor and exporter of the 2.x or the 3.x SDK.
 *
 * @example
 * new TokenBucketLogRecordProcessor({ rate: 100 }, new OtlpStreamLogRecordProcessor())
 */
export class OtlpStreamLogRecordProcessor implements LogRecordProcessor {
  readonly #stream: StreamDelivery;
  #onLost: LossListener | undefined;

  /**
   * @param options in code before environment (`ACCESS_LOG_…`) before configuration file before default;
   *   `memoryLimitMib`, `maxInFlight`, `otlpHeadersFile`, `spoolDir`, `spoolLimitMib`, `spoolFsync` and `onLost` apply here
   * @throws {TypeError} for an option or a standard variable that is not as expected
   */
  constructor(options: AccessLogOptions = {}) {
    const resolved = resolveOptions(options);
    const environment = resolveOtelEnvironment();
    const notices = codeNotices();
    for (const [index, warning] of environment.warnings.entries())
      notices.warn(`environment.${index}`, warning);
    const hook = new LostRecordsHook(resolved.onLost, (error) =>
      notices.error('hook.onLost', `the onLost hook threw and is not called any more: ${String(error)}`),
    );
    this.#stream = startStream(deliverySettings({ ...resolved, pipeline: 'stream' }, environment), {
      onLost: (receipt, errorType, count) => {
        this.#onLost?.(receipt, errorType, count);
        if (receipt.kind === 'exchange') hook.add(receipt, errorType, count);
      },
      ...deliveryNotices(notices, environment),
      onError: (error) => notices.error('internal', `internal error: ${String(error)}`),
    });
  }

  /** Encodes the record. Never throws; does nothing after shutdown. */
  onEmit(record: ReadWriteLogRecord): void {
    this.#stream.onEmit(record);
  }

  /**
   * Sends what was emitted before, at once, and waits until it is delivered or given up. Where no receiver has responded
   * for 10 s, it waits for one attempt only. Never rejects.
   *
   * @param options `timeoutMillis`; default `OTEL_BLRP_EXPORT_TIMEOUT`
   */
  forceFlush(options?: ForceFlushOptions): Promise<void> {
    return this.#stream.forceFlush(options);
  }

  /** Flushes, leaves the rest in the spool or, where there is none, counts it as lost, and closes all connections. */
  shutdown(): Promise<void> {
    return this.#stream.shutdown();
  }

  /** What became of the records of exchanges. */
  counts(): DeliveryCounts {
    return this.#stream.counts();
  }

  /** @internal */
  backlog(): number {
    return this.#stream.backlog();
  }

  /** @internal */
  setLossListener(onLost: LossListener): void {
    this.#onLost = onLost;
  }
}
