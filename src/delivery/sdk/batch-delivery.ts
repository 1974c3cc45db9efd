import { createRequire } from 'node:module';
import type { ExportResult, ExportResultCode } from '@opentelemetry/core';
import type {
  BatchLogRecordProcessor,
  LogRecordExporter,
  LogRecordProcessor,
  ReadableLogRecord,
  ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs';
import type { OtlpProtocol } from '../../options/environment.ts';
import { MAX_TIMER_MS } from '../../options/values/values.ts';
import { receiptOf } from '../../record/receipt/receipt-of.ts';
import { REQUEST_EVENT } from '../../record/record-builder.ts';
import type { DeliveryReport } from '../../telemetry/delivery-report.ts';
import { Results } from '../../telemetry/results.ts';
import type { DeliveryCounts } from '../../telemetry/totals.ts';
import { encodeMessages } from '../at-exit/encode-messages.ts';
import type { Delivery, DeliveryListener } from '../delivery.ts';
import type { PendingMessage } from '../sending/message.ts';
import { Secrets } from '../transport/credentials/secrets.ts';
import { oneLine } from '../transport/one-line.ts';
import { hintOf } from '../transport/response/other-protocol.ts';
import { dropMeterProvider } from './drop-meter-provider.ts';
import { errorTypeOf, messageOf } from './export-error.ts';
import { SafeExporter } from './safe-exporter.ts';

const require = createRequire(import.meta.url);

const SUCCESS = 0 satisfies ExportResultCode;

/** Sends messages while the process is ending, and blocks until they have a result. @returns those that were accepted */
export type SendLast = (messages: readonly PendingMessage[], timeoutMs: number) => readonly PendingMessage[];

export interface BatchOptions {
  readonly maxExportBatchSize?: number;
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
  readonly maxQueueSize?: number;
}

export interface BatchDependencies {
  readonly sendLast?: SendLast;
  /** Must not appear in messages. */
  readonly secrets?: Secrets;
  /** Protocol of the exporter; `undefined` where there is no receiver. */
  readonly protocol?: OtlpProtocol;
}

/** Default of the specification (`OTEL_BLRP_EXPORT_TIMEOUT`). */
const EXPORT_TIMEOUT_MS = 30_000;
/** Default of the specification (`OTEL_BLRP_MAX_QUEUE_SIZE`). */
const MAX_QUEUE_SIZE = 2_048;
/** The batch processor's own time-out is this much later, since it calls the error handler of the application's SDK. */
const LATER_MS = 1_000;

/**
 * Delivery by the official parts: BatchLogRecordProcessor and an official exporter, with what they give up counted.
 *
 * Their queue drops records silently when it is full. The only sign is a metric, which is recorded during `onEmit`: so
 * the record of that call was dropped. A partial success is a success to the official exporters.
 */
export class BatchDelivery implements Delivery, LogRecordProcessor {
  readonly processor: LogRecordProcessor = this;
  readonly #batches: BatchLogRecordProcessor;
  readonly #listener: DeliveryListener;
  readonly #sendLast: SendLast;
  readonly #secrets: Secrets;
  readonly #protocol: OtlpProtocol | undefined;
  /** Accepted records that are neither delivered nor lost, our own events included. */
  readonly #waiting = new Set<ReadableLogRecord>();
  readonly #exporter: SafeExporter;
  readonly #queueLimit: number;
  readonly #notProcessed = new Results();
  readonly #exported = new Results();
  readonly #attempts = new Results();
  #settled = 0;
  #accepted = 0;
  #delivered = 0;
  #lost = 0;
  #droppedNow = false;
  #flushing: Promise<void> = Promise.resolve();
  #isFailing = false;
  /** A receiver that has accepted an export speaks the protocol: later failures have another reason. */
  #hasAccepted = false;

  /** @param createExporter called again where an export of the former exporter does not end */
  constructor(
    createExporter: () => LogRecordExporter,
    options: BatchOptions,
    listener: DeliveryListener,
    { sendLast = () => [], secrets = Secrets.none, protocol }: BatchDependencies = {},
  ) {
    this.#listener = listener;
    this.#sendLast = sendLast;
    this.#secrets = secrets;
    this.#protocol = protocol;
    const {
      BatchLogRecordProcessor,
    }: typeof import('@opentelemetry/sdk-logs') = require('@opentelemetry/sdk-logs');
    const timeoutMs = Math.min(options.exportTimeoutMillis ?? EXPORT_TIMEOUT_MS, MAX_TIMER_MS - LATER_MS);
    this.#queueLimit = options.maxQueueSize ?? MAX_QUEUE_SIZE;
    this.#exporter = new SafeExporter(createExporter, timeoutMs, (records, result) => {
      this.#settle(records, result);
    });
    this.#batches = new BatchLogRecordProcessor({
      ...options,
      exportTimeoutMillis: timeoutMs + LATER_MS,
      exporter: this.#exporter,
      selfObsMeterProvider: dropMeterProvider(() => {
        this.#droppedNow = true;
      }),
    });
  }

  onEmit(record: ReadWriteLogRecord): void {
    const counts = record.eventName === REQUEST_EVENT;
    if (counts) this.#accepted += 1;
    this.#droppedNow = false;
    this.#waiting.add(record);
    this.#batches.onEmit(record);
    if (!this.#droppedNow) return;
    this.#waiting.delete(record);
    this.#notProcessed.fail('queue_full', 1);
    if (counts) this.#lost += 1;
    this.#listener.onSettled?.();
    this.#reportLost(record, 'queue_full');
    this.#listener.onFailure(
      'the queue is full: records come faster than they are delivered',
      counts ? 1 : 0,
    );
  }

  counts(): DeliveryCounts {
    return {
      delivered: this.#delivered,
      lost: this.#lost,
      pending: this.#accepted - this.#delivered - this.#lost,
    };
  }

  report(): DeliveryReport {
    const inFlight = this.#exporter.recordsUnderWay;
    return {
      processed: { succeeded: this.#settled + inFlight, failed: this.#notProcessed.failed },
      exported: this.#exported,
      attempts: this.#attempts,
      queued: this.#waiting.size - inFlight,
      queueLimit: this.#queueLimit,
      inFlight,
      memory: undefined,
      spool: undefined,
    };
  }

  backlog(): number {
    return Math.min(1, this.#waiting.size / this.#queueLimit);
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  get stored(): number {
    return 0;
  }

  get isStoring(): boolean {
    return false;
  }

  start(): void {}

  connect(): void {}

  /** There is no spool. */
  storeLast(): number {
    return 0;
  }

  deliverLast(timeoutMs: number): void {
    const recordsOf = new Map<PendingMessage, readonly ReadableLogRecord[]>();
    for (const { records, ...message } of encodeMessages([...this.#waiting])) recordsOf.set(message, records);
    if (recordsOf.size === 0) return;
    for (const message of this.#sendLast([...recordsOf.keys()], timeoutMs)) {
      this.#settle(recordsOf.get(message) ?? [], { code: SUCCESS });
    }
  }

  /** One flush after the other: the batch processor resolves a second one at once, before the first one is done. */
  forceFlush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#batches.forceFlush());
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  /** The processor has a deadline of its own (`OTEL_BLRP_EXPORT_TIMEOUT`), for each export. */
  flush(_timeoutMs: number): Promise<void> {
    return this.forceFlush();
  }

  hasten(): void {
    void this.forceFlush().catch(() => undefined);
  }

  settled(): Promise<void> {
    return this.forceFlush().catch(() => undefined);
  }

  /** An official exporter cannot be stopped: it holds the process until its export is answered or times out. */
  letGo(): void {}

  async shutdown(): Promise<void> {
    await this.#batches.shutdown();
  }

  #settle(records: readonly ReadableLogRecord[], result: ExportResult): void {
    let exchanges = 0;
    for (const record of records) {
      this.#waiting.delete(record);
      if (record.eventName === REQUEST_EVENT) exchanges += 1;
    }
    this.#isFailing = result.code !== SUCCESS;
    if (this.#isFailing) this.#lost += exchanges;
    else this.#delivered += exchanges;
    this.#listener.onSettled?.();
    this.#settled += records.length;
    if (!this.#isFailing) {
      this.#exported.succeed(records.length);
      this.#attempts.succeed(1);
      this.#hasAccepted = true;
      return;
    }
    const errorType = errorTypeOf(result.error);
    this.#exported.fail(errorType, records.length);
    this.#attempts.fail(errorType, 1);
    for (const record of records) this.#reportLost(record, errorType);
    this.#listener.onFailure(this.#failureText(errorType, messageOf(result.error)), exchanges);
  }

  #failureText(errorType: string, words: string): string {
    const message = oneLine(words, this.#secrets);
    const hint = this.#hasAccepted ? undefined : hintOf(this.#protocol, { errorType, message });
    return hint === undefined ? message : `${message}; ${hint}`;
  }

  #reportLost(record: ReadableLogRecord, errorType: string): void {
    const receipt = receiptOf(record);
    if (receipt !== undefined) this.#listener.onLost(receipt, errorType, 1);
  }
}
