import { AsyncResource } from 'node:async_hooks';
import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { nameOfThrown } from '../../record/reading/thrown.ts';
import type { Receipt } from '../../record/receipt/receipt.ts';
import { receiptOf } from '../../record/receipt/receipt-of.ts';
import type { DeliveryReport } from '../../telemetry/delivery-report.ts';
import type { DeliveryCounts } from '../../telemetry/totals.ts';
import type { Batch } from '../buffer/batch.ts';
import { ChunkPool, MEMORY_LIMIT_REACHED } from '../buffer/chunk-pool.ts';
import { FreshRecords } from '../buffer/fresh-records.ts';
import { Intake } from '../buffer/intake.ts';
import { ScopeGroups } from '../buffer/scope-groups.ts';
import type { Delivery, DeliveryListener } from '../delivery.ts';
import { messageOf, type PendingMessage } from '../sending/message.ts';
import { Sender } from '../sending/sender.ts';
import { Wakeup } from '../sending/wakeup.ts';
import type { Spool } from '../spool/spool.ts';
import type { Transport } from '../transport/transport.ts';
import { DeliveryCounter } from './delivery-counter.ts';
import { type StreamDependencies, type StreamSettings, sizesFor } from './stream-settings.ts';

/** Messages about records that are lost without being buffered. */
const MESSAGES = {
  memory_limit: MEMORY_LIMIT_REACHED,
  queue_full: 'the queue is full: records come faster than they are delivered',
  nested: 'a record was emitted by what is being recorded while it was encoded',
  record_too_large: 'a record is too large to be sent',
} as const;

/**
 * Our own delivery. It encodes each record when it is emitted, into a chunk of memory. Batches of these records are
 * sent, several at the same time, and retried until the receiver has accepted them.
 *
 * Emitting never blocks and never throws. Memory never exceeds its limit: when it is reached, the oldest chunk is given
 * up. `kept = delivered + lost + pending` at every moment. No timer and no connection before the first record.
 */
export class StreamDelivery implements Delivery, LogRecordProcessor {
  readonly processor: LogRecordProcessor = this;
  readonly #settings: StreamSettings;
  readonly #dependencies: StreamDependencies;
  readonly #counter: DeliveryCounter;
  readonly #chunks: ChunkPool;
  readonly #fresh: FreshRecords;
  readonly #sender: Sender;
  readonly #intake: Intake;
  readonly #batchOf = new WeakMap<PendingMessage, Batch>();
  readonly #spool: Spool | undefined;
  readonly #transport: Transport;
  #isEncoding = false;
  #shutdown: Promise<void> | undefined;

  constructor(
    settings: StreamSettings,
    transport: Transport,
    listener: DeliveryListener,
    dependencies: StreamDependencies,
    spool?: Spool,
  ) {
    // Otherwise timers and connections would run in the context of the request that happens to start them.
    const startup = new AsyncResource('otel-access-log.delivery');
    const scoped: StreamDependencies = {
      ...dependencies,
      startTimer: (ms, callback) => startup.runInAsyncScope(dependencies.startTimer, undefined, ms, callback),
    };
    spool?.attach({
      onAdopted: (exchanges) => this.#changeCounts(() => this.#counter.countAdopted(exchanges)),
      onLost: (loss) => this.#changeCounts(() => this.#counter.countLostOnDisk(loss)),
      onTrouble: (message) => this.#changeCounts(() => this.#counter.reportTrouble(message)),
    });
    const sizes = sizesFor(settings.memoryLimitBytes, settings.maxExportBytes);
    const { encoder } = scoped;
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#spool = spool;
    this.#transport = transport;
    this.#counter = new DeliveryCounter(listener);
    this.#chunks = new ChunkPool(sizes);
    const chunks = this.#chunks;
    const fresh = new FreshRecords(scoped.now);
    this.#fresh = fresh;
    const wakeup = new Wakeup(scoped, () => this.#sender.turn());
    const groups = new ScopeGroups(scoped, () => wakeup.soon());
    this.#sender = new Sender({
      ...scoped,
      settings: this.#settings,
      sizes,
      transport,
      groups,
      chunks,
      fresh,
      counter: this.#counter,
      wakeup,
      spool,
    });
    const sender = {
      giveUpOldestChunk: () => this.#sender.giveUpOldestChunk(),
      // It sends exports, which have nothing to do with the request whose record has filled the chunk.
      chunkFilled: () => startup.runInAsyncScope(this.#chunkFilled, this),
    };
    this.#intake = new Intake({ encoder, sizes, groups, chunks, fresh, sender });
  }

  /** Bytes of memory for encoded records. */
  get heldBytes(): number {
    return this.#chunks.heldBytes;
  }

  get isFailing(): boolean {
    return this.#sender.isFailing;
  }

  get stored(): number {
    // A frame counts as a whole until all of it is delivered or lost.
    return Math.min(this.#spool?.exchanges ?? 0, this.#counter.counts().pending);
  }

  get isStoring(): boolean {
    return this.#spool?.canStoreLast === true;
  }

  start(): void {
    this.#spool?.start();
  }

  connect(): void {
    if (!this.#sender.isFailing && this.#shutdown === undefined) void this.#transport.connect?.();
  }

  counts(): DeliveryCounts {
    return this.#counter.counts();
  }

  report(): DeliveryReport {
    const { memoryLimitBytes, maxQueueSize } = this.#settings;
    const { notProcessed, exported } = this.#counter;
    return {
      processed: { succeeded: this.#fresh.taken, failed: notProcessed.failed },
      exported,
      attempts: this.#sender.attempts,
      queued: this.#fresh.count,
      queueLimit: maxQueueSize,
      inFlight: this.#sender.recordsInExports,
      memory: { bytes: this.#chunks.heldBytes, limitBytes: memoryLimitBytes },
      spool: this.#spool?.usage,
    };
  }

  backlog(): number {
    const { memoryLimitBytes, maxQueueSize } = this.#settings;
    const queued = maxQueueSize === undefined ? 0 : this.#sender.waitingRecords / maxQueueSize;
    return Math.max(this.#chunks.heldBytes / memoryLimitBytes, queued);
  }

  /** Encodes the record. Never throws. After shutdown records are ignored, and not counted. */
  onEmit(record: ReadWriteLogRecord): void {
    if (this.#shutdown !== undefined) return;
    try {
      this.#accept(record);
    } catch (error) {
      this.#dependencies.onError(error);
    }
    this.#counter.notifyListener();
  }

  /**
   * Attempts at once to deliver all records that were emitted before. Resolves when all of them are delivered or lost;
   * when each attempt has failed and the receiver has accepted nothing for 10 s; or at the deadline. Other records stay
   * pending. Never rejects.
   *
   * @param options timeout in milliseconds; default `flushTimeoutMs` of the settings
   */
  forceFlush(options?: ForceFlushOptions): Promise<void> {
    return this.#sender.flush(options?.timeoutMillis ?? this.#settings.flushTimeoutMs, true);
  }

  async flush(timeoutMs: number): Promise<void> {
    // A process may end before its spool is open. What has no receiver would have no place then.
    await Promise.all([this.#sender.flush(timeoutMs, false), this.#spool?.opened()]);
  }

  hasten(): void {
    try {
      this.#sender.hasten();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  settled(): Promise<void> {
    return this.#sender.settled();
  }

  letGo(): void {
    this.#sender.letGo();
  }

  /**
   * Flushes, and closes the transport. Records that are still pending are given up, or left on disk where there is a
   * spool: they stay pending for ever then.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#sender
      .flush(this.#settings.flushTimeoutMs, true)
      .then(() => this.#spool?.opened())
      .then(() => this.#sender.stop())
      .then(() => this.#spool?.end());
    return this.#shutdown;
  }

  deliverLast(timeoutMs: number): void {
    const messages = this.takePending();
    if (messages.length > 0) this.markDelivered(this.#dependencies.sendLast(messages, timeoutMs));
    this.#counter.notifyListener();
  }

  /**
   * Puts on disk, while the process is ending, what is pending in memory.
   *
   * @returns records of exchanges that are pending, and on disk
   */
  storeLast(): number {
    if (this.#spool === undefined) return 0;
    const nowhere = exchangesIn(this.#sender.storeLast());
    // Only now: another process may be found to deliver some of them.
    const onDisk = this.#counter.counts().pending - nowhere;
    this.#spool.endNow();
    this.#changeCounts(() => this.#counter.storedChanged());
    return onDisk;
  }

  /**
   * Messages with all pending records, for another thread to deliver while the process is ending: those in flight
   * first, then those that wait. The records stay pending until `markDelivered`.
   */
  takePending(): readonly PendingMessage[] {
    return this.#sender.pendingBatches().map((batch) => {
      const message = { parts: messageOf(batch.runs) };
      this.#batchOf.set(message, batch);
      return message;
    });
  }

  /** @param messages the messages of `takePending()` that a receiver has accepted */
  markDelivered(messages: readonly PendingMessage[]): void {
    for (const message of messages) {
      const batch = this.#batchOf.get(message);
      if (batch !== undefined) this.#sender.deliveredElsewhere(batch);
    }
  }

  #chunkFilled(): void {
    try {
      this.#sender.chunkFilled();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  /** Counts change outside of what the sender does. */
  #changeCounts(change: () => void): void {
    change();
    this.#counter.notifyListener();
  }

  #accept(record: ReadWriteLogRecord): void {
    const receipt = receiptOf(record);
    const counter = this.#counter;
    counter.countKept(receipt);
    try {
      const { maxQueueSize } = this.#settings;
      const isFull = maxQueueSize !== undefined && this.#sender.waitingRecords >= maxQueueSize;
      const problem = isFull ? 'queue_full' : this.#add(record, receipt);
      if (problem === undefined) this.#sender.recordAdded();
      else counter.countLost(receipt, problem, MESSAGES[problem]);
    } catch (error) {
      counter.countLost(receipt, nameOfThrown(error), `a record cannot be encoded: ${String(error)}`);
    }
  }

  /** The getter of an attribute may emit a record. Encoding it within the other record would corrupt both. */
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

function exchangesIn(batches: readonly Batch[]): number {
  let count = 0;
  for (const { runs } of batches) {
    for (const { chunk, from, to } of runs) {
      for (let record = from; record < to; record += 1)
        if (chunk.receipt(record)?.kind === 'exchange') count += 1;
    }
  }
  return count;
}
