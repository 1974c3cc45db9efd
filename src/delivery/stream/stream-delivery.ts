import { AsyncResource } from 'node:async_hooks';
import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { Receipt } from '../../record/receipt.ts';
import { receiptOf } from '../../record/receipt-of.ts';
import { nameOfThrown } from '../../record/thrown.ts';
import type { DeliveryCounts } from '../../telemetry/totals.ts';
import type { Delivery, DeliveryListener } from '../delivery.ts';
import type { Transport } from '../transport/transport.ts';
import type { Batch } from './buffer/batch.ts';
import { ChunkPool } from './buffer/chunk-pool.ts';
import { FreshRecords } from './buffer/fresh-records.ts';
import { Intake } from './buffer/intake.ts';
import { ScopeGroups } from './buffer/scope-groups.ts';
import { DeliveryCounter } from './delivery-counter.ts';
import { messageOf } from './sending/message.ts';
import type { PendingMessage } from './sending/pending-message.ts';
import { MEMORY_LIMIT_REACHED, Sender } from './sending/sender.ts';
import { Wakeup } from './sending/wakeup.ts';
import { type StreamDependencies, type StreamSettings, sizesFor } from './stream-settings.ts';

/** What is said of records that are lost before they wait. */
const REASONS = {
  memory_limit: MEMORY_LIMIT_REACHED,
  queue_full: 'the queue is full: records come faster than they are delivered',
  nested: 'a record was emitted by what is being recorded while it was encoded',
  record_too_large: 'a record is too large to be sent',
} as const;

/**
 * Our own delivery: each record is encoded when it is emitted, into a chunk of memory; batches of what has come
 * together are sent, several at the same time, and again until the receiver has them.
 *
 * Nothing waits, nothing throws, nothing grows beyond the memory limit: when it is reached, the oldest chunk gives way.
 * `kept = delivered + lost + pending` at every moment. Starts nothing before the first record.
 */
export class StreamDelivery implements Delivery, LogRecordProcessor {
  readonly processor: LogRecordProcessor = this;
  readonly #settings: StreamSettings;
  readonly #dependencies: StreamDependencies;
  readonly #counter: DeliveryCounter;
  readonly #chunks: ChunkPool;
  readonly #sender: Sender;
  readonly #intake: Intake;
  readonly #batchOf = new WeakMap<PendingMessage, Batch>();
  #isEncoding = false;
  #shutdown: Promise<void> | undefined;

  constructor(
    settings: StreamSettings,
    transport: Transport,
    listener: DeliveryListener,
    dependencies: StreamDependencies,
  ) {
    // Not in the context of the request that happens to start a timer or a connection.
    const startup = new AsyncResource('otel-access-log.delivery');
    const scoped: StreamDependencies = {
      ...dependencies,
      startTimer: (ms, callback) => startup.runInAsyncScope(dependencies.startTimer, undefined, ms, callback),
    };
    const sizes = sizesFor(settings.memoryLimitBytes, settings.maxExportBytes);
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#counter = new DeliveryCounter(listener);
    this.#chunks = new ChunkPool(sizes);
    const chunks = this.#chunks;
    const fresh = new FreshRecords(dependencies.now);
    const wakeup = new Wakeup(scoped, () => this.#sender.run());
    const groups = new ScopeGroups(scoped, () => wakeup.soon());
    this.#sender = new Sender({
      settings,
      sizes,
      dependencies: scoped,
      transport,
      groups,
      chunks,
      fresh,
      counter: this.#counter,
      wakeup,
    });
    const { encoder } = dependencies;
    this.#intake = new Intake({ encoder, sizes, groups, chunks, fresh, sender: this.#sender });
  }

  /** Bytes that all encoded records take. */
  get heldBytes(): number {
    return this.#chunks.heldBytes;
  }

  get isFailing(): boolean {
    return this.#sender.isFailing;
  }

  counts(): DeliveryCounts {
    return this.#counter.counts();
  }

  /** Encodes the record. Never throws. After shutdown records are ignored, and not counted. */
  onEmit(record: ReadWriteLogRecord): void {
    if (this.#shutdown !== undefined) return;
    try {
      this.#keep(record);
    } catch (error) {
      this.#dependencies.onError(error);
    }
    this.#counter.tell();
  }

  /**
   * Attempts everything that was emitted before, at once. Settles when all of it is delivered or lost; when each
   * attempt has failed and the receiver has accepted nothing for 10 s; or at the deadline. What is left stays pending.
   * Never rejects.
   *
   * @param options deadline; default `flushTimeoutMs` of the settings
   */
  forceFlush(options?: ForceFlushOptions): Promise<void> {
    return this.#sender.flush(options?.timeoutMillis ?? this.#settings.flushTimeoutMs, true);
  }

  flush(timeoutMs: number): Promise<void> {
    return this.#sender.flush(timeoutMs, false);
  }

  letGo(): void {
    this.#sender.letGo();
  }

  /** Flushes, gives up what is left and closes the transport. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#sender
      .flush(this.#settings.flushTimeoutMs, true)
      .then(() => this.#sender.stop());
    return this.#shutdown;
  }

  deliverLast(timeoutMs: number): void {
    const messages = this.takePending();
    if (messages.length > 0) this.markDelivered(this.#dependencies.sendLast(messages, timeoutMs));
    this.#counter.tell();
  }

  /**
   * What is pending, encoded, for another thread to deliver while the process is ending: what is on its way, then
   * what waits. It stays pending until `markDelivered`.
   */
  takePending(): readonly PendingMessage[] {
    return this.#sender.unsettled().map((batch) => {
      const message = { parts: messageOf(batch.runs) };
      this.#batchOf.set(message, batch);
      return message;
    });
  }

  /** @param messages those of `takePending()` that a receiver has accepted */
  markDelivered(messages: readonly PendingMessage[]): void {
    for (const message of messages) {
      const batch = this.#batchOf.get(message);
      if (batch !== undefined) this.#sender.deliveredElsewhere(batch);
    }
  }

  #keep(record: ReadWriteLogRecord): void {
    const receipt = receiptOf(record);
    const counter = this.#counter;
    counter.keep(receipt);
    try {
      const { maxQueueSize } = this.#settings;
      const isFull = maxQueueSize !== undefined && this.#sender.waitingRecords >= maxQueueSize;
      const problem = isFull ? 'queue_full' : this.#add(record, receipt);
      if (problem === undefined) this.#sender.recordAdded();
      else counter.lose(receipt, problem, REASONS[problem]);
    } catch (error) {
      counter.lose(receipt, nameOfThrown(error), `a record cannot be encoded: ${String(error)}`);
    }
  }

  /** An attribute's getter may log: encoding that in the middle of the other record would spoil both. */
  #add(record: ReadWriteLogRecord, receipt: Receipt | undefined): ReturnType<Intake['add']> | 'nested' {
    if (this.#isEncoding) return 'nested';
    this.#isEncoding = true;
    try {
      return this.#intake.add(record, receipt);
    } finally {
      this.#isEncoding = false;
    }
  }
}
