import type { Batch, Run } from '../buffer/batch.ts';
import { type ChunkPool, MEMORY_LIMIT_REACHED } from '../buffer/chunk-pool.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { Spool } from '../spool/spool.ts';
import { Spooler } from '../spool/spooler.ts';
import type { DeliveryCounter } from '../stream/delivery-counter.ts';
import type { StreamDependencies, StreamSettings, StreamSizes } from '../stream/stream-settings.ts';
import {
  type Accepted,
  type Answer,
  type Refused,
  type Transport,
  toldRefusal,
} from '../transport/transport.ts';
import { backoffMs, boundedRetryAfterMs, MAX_BACKOFF_MS, MAX_FLUSH_BACKOFF_MS } from './backoff.ts';
import { Bisections } from './bisection.ts';
import { ExportSize } from './export-size.ts';
import { InFlight } from './in-flight.ts';
import { ReceiverHealth } from './receiver-health.ts';
import { RetryQueue } from './retry-queue.ts';
import { DUE_RECORDS, Schedule } from './schedule.ts';
import { Thaws } from './thaws.ts';
import type { Wakeup } from './wakeup.ts';

export interface SenderDependencies
  extends Pick<StreamDependencies, 'now' | 'random' | 'onError' | 'encoder' | 'wallMs' | 'startTimer'> {
  readonly settings: StreamSettings;
  readonly sizes: StreamSizes;
  readonly transport: Transport;
  readonly groups: ScopeGroups;
  readonly chunks: ChunkPool;
  readonly fresh: FreshRecords;
  readonly counter: DeliveryCounter;
  readonly wakeup: Wakeup;
  /** Where batches go that are not acknowledged in time; `undefined`: nowhere. */
  readonly spool: Spool | undefined;
}

/** Carries records from the chunks to the receiver: sends batches, and retries, divides or gives up refused ones. */
export class Sender {
  readonly #dependencies: SenderDependencies;
  readonly #retryQueue = new RetryQueue();
  readonly #inFlight: InFlight;
  readonly #health: ReceiverHealth;
  readonly #size: ExportSize;
  readonly #bisections = new Bisections();
  readonly #schedule: Schedule;
  readonly #spooler: Spooler | undefined;
  readonly #thaws: Thaws;
  #isFailing = false;

  constructor(dependencies: SenderDependencies) {
    const { settings, sizes, transport, random, onError } = dependencies;
    this.#dependencies = dependencies;
    this.#inFlight = new InFlight(transport, {
      attemptTimeoutMs: settings.attemptTimeoutMs,
      maxBytes: sizes.inFlight,
      onResponse: (batch, isProbe, response) => this.#onResponse(batch, isProbe, response),
      onError,
    });
    this.#thaws = new Thaws(dependencies);
    this.#health = new ReceiverHealth(random);
    this.#size = new ExportSize(sizes.batch);
    this.#schedule = new Schedule({
      ...dependencies,
      size: this.#size,
      retryQueue: this.#retryQueue,
      inFlight: this.#inFlight,
      health: this.#health,
    });
    this.#spooler = this.#createSpooler(dependencies);
  }

  /** Whether the last attempt failed for a reason that will probably make the next one fail too. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Records that are not in flight. */
  get waitingRecords(): number {
    return this.#dependencies.fresh.count + this.#retryQueue.records;
  }

  /** To be called after each record that was added to `fresh`. */
  recordAdded(): void {
    const { fresh, spool, wakeup } = this.#dependencies;
    const { count } = fresh;
    if (count === 1) spool?.start();
    if (count === 1 || count === DUE_RECORDS) wakeup.at(this.#schedule.freshDueMs);
    if (this.#schedule.isFreshFull || this.#spooler?.isPressed === true) wakeup.soon();
  }

  /** Sends the batch that is due, if any. One per turn of the event loop, so that no turn takes long. */
  run(): void {
    const { now, counter, wakeup } = this.#dependencies;
    const nowMs = now();
    this.#spooler?.run(nowMs);
    const next = this.#schedule.next(nowMs);
    if (next === undefined) {
      const spoolMs = this.#spooler?.wakeMs(nowMs) ?? Infinity;
      wakeup.at(Math.min(this.#schedule.wakeMs(nowMs), spoolMs));
    } else {
      if (next.isProbe) this.#health.probeSent(nowMs);
      this.#thaws.exportSent();
      this.#inFlight.send(next.batch, next.isProbe, nowMs);
      wakeup.soon();
    }
    this.#schedule.endFlush(nowMs);
    if (!this.#schedule.isFlushing) wakeup.hold(false);
    counter.notifyListener();
  }

  /** Sends fresh records now, not when they are due. */
  hasten(): void {
    this.#schedule.hasten();
    this.run();
  }

  settled(): Promise<void> {
    return this.#dependencies.fresh.settled();
  }

  /** @param holdsProcess whether the process stays alive for it */
  async flush(timeoutMs: number, holdsProcess: boolean): Promise<void> {
    const { now, wakeup } = this.#dependencies;
    if (this.waitingRecords === 0 && this.#inFlight.size === 0) return;
    const flushed = this.#schedule.flush(now() + timeoutMs);
    if (holdsProcess) wakeup.hold(true);
    wakeup.soon();
    await flushed;
  }

  /** Ends every flush and every attempt, so that nothing keeps the process alive. The records stay pending. */
  letGo(): void {
    this.#schedule.endFlush(Infinity);
    this.#dependencies.wakeup.hold(false);
    this.#inFlight.cancel('no answer in the time that the end of the process has');
  }

  /** All pending records in batches: those in flight first, then the retry queue, then fresh ones. */
  pendingBatches(): readonly Batch[] {
    this.#schedule.queueFresh();
    return [...this.#inFlight.batches().filter(({ isPending }) => isPending), ...this.#retryQueue.all()];
  }

  /** Another thread has delivered a batch of `pendingBatches()`. */
  deliveredElsewhere(batch: Batch): void {
    if (!batch.isPending) return;
    if (batch.isWaiting) this.#retryQueue.remove(batch);
    this.#dependencies.counter.countDelivered(batch.runs);
    batch.acknowledged();
    this.#finish(batch);
  }

  /** Gives up the oldest chunk that is not in flight. @returns false where there is none */
  giveUpOldestChunk(): boolean {
    const { chunks, counter, fresh } = this.#dependencies;
    if (this.#spooler?.makeRoom() === true) return true;
    const chunk = chunks.oldestToGiveUp();
    if (chunk === undefined) return false;
    const { runs, emptied } = this.#retryQueue.drop(chunk);
    const freshRun = fresh.drop(chunk);
    const lost: readonly Run[] = freshRun === undefined ? runs : [...runs, freshRun];
    counter.countLostRuns(lost, 'memory_limit', MEMORY_LIMIT_REACHED);
    for (const batch of emptied) this.#giveUp(batch);
    chunk.givenUp();
    chunks.release(chunk);
    return true;
  }

  /**
   * The process ends: puts on disk what is pending in memory.
   *
   * @returns batches that are pending, and on no disk
   */
  storeLast(): readonly Batch[] {
    const batches = this.pendingBatches();
    const stored = new Set(this.#spooler?.writeLast(batches));
    return batches.filter((batch) => !stored.has(batch));
  }

  /** Gives up all pending records that are on no disk, and closes the transport. */
  stop(): void {
    const { counter, onError, wakeup } = this.#dependencies;
    wakeup.stop();
    this.#thaws.stop();
    const batches = this.storeLast();
    this.#retryQueue.clear();
    if (batches.length > 0) {
      const runs = batches.flatMap((batch) => batch.runs);
      counter.countLostRuns(runs, 'shutdown', 'shut down before everything was delivered');
    }
    for (const batch of batches) this.#giveUp(batch);
    this.#schedule.endFlush(Infinity);
    try {
      this.#inFlight.close();
    } catch (error) {
      onError(error);
    }
    counter.notifyListener();
  }

  #createSpooler({ spool, ...dependencies }: SenderDependencies): Spooler | undefined {
    if (spool === undefined) return undefined;
    return new Spooler({
      ...dependencies,
      spool,
      retryQueue: this.#retryQueue,
      inFlight: this.#inFlight,
      health: this.#health,
      halfBytes: dependencies.sizes.memoryLimit / 2,
      queueFresh: () => this.#schedule.queueFresh(),
      wake: () => dependencies.wakeup.soon(),
    });
  }

  #onResponse(batch: Batch, isProbe: boolean, response: Answer): void {
    // Not pending: another thread has delivered it meanwhile, or it was given up at shutdown.
    if (batch.isPending) {
      if (response.kind === 'accepted') this.#onAccepted(batch, response);
      else this.#onRefused(batch, isProbe, response);
    }
    for (const { chunk } of batch.runs) this.#dependencies.chunks.release(chunk);
    if (this.#inFlight.size === 0) this.#thaws.stop();
    this.run();
  }

  #onAccepted(batch: Batch, { rejected, message }: Accepted): void {
    const { now, counter } = this.#dependencies;
    this.#isFailing = false;
    this.#health.accepted(now());
    this.#size.accepted(batch.bytes);
    this.#bisections.accepted(batch.bisection);
    counter.countDelivered(batch.runs, rejected, message);
    batch.acknowledged();
    this.#finish(batch);
  }

  #onRefused(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { remedy, errorType } = refusal;
    for (const { chunk } of batch.runs) chunk.refused();
    if (this.#isInterrupted(batch, refusal)) {
      this.#sendAgain(batch, isProbe);
      return;
    }
    this.#isFailing = remedy === 'wait' || remedy === 'credentials' || remedy === 'none';
    if (remedy !== 'split') this.#size.refusedForAnotherReason();
    if (remedy === 'wait' || remedy === 'credentials') {
      this.#retry(batch, isProbe, refusal);
      return;
    }
    this.#health.responded();
    const nowMs = this.#dependencies.now();
    if (remedy === 'split' && this.#size.refused(batch.bytes, batch.count, nowMs)) {
      this.#retryQueue.addFirst(...batch.divide());
      return;
    }
    if (remedy === 'isolate') {
      const bisection = this.#bisections.refused(batch.count, batch.bisection, nowMs);
      if (bisection !== undefined) {
        this.#retryQueue.addFirst(...batch.divide(bisection));
        return;
      }
    }
    this.#dependencies.counter.countLostRuns(
      batch.runs,
      remedy === 'split' ? 'too_large' : errorType,
      toldRefusal(refusal),
    );
    this.#giveUp(batch);
  }

  /** Whether the attempt failed because the process was frozen meanwhile: the receiver has closed, or time ran out. */
  #isInterrupted(batch: Batch, { remedy, errorType, retryAfterMs }: Refused): boolean {
    if (remedy !== 'wait' || retryAfterMs !== undefined || errorType === 'CANCELLED') return false;
    return this.#thaws.wasFrozenSince(batch.sentMs);
  }

  /** Puts the batch where it is sent next, without a backoff: the failure was not the receiver's. */
  #sendAgain(batch: Batch, isProbe: boolean): void {
    batch.interrupted();
    if (isProbe) this.#health.probeInterrupted(this.#dependencies.now());
    this.#retryQueue.addFirst(batch);
  }

  /**
   * Puts the batch into the retry queue. Where the receiver accepts others, the batch may be the reason: then it has
   * a backoff of its own. Otherwise the backoff of the receiver's probes is enough.
   */
  #retry(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { retryAfterMs } = refusal;
    const { now, random, counter } = this.#dependencies;
    const nowMs = now();
    const maxBackoffMs = this.#schedule.isFlushing ? MAX_FLUSH_BACKOFF_MS : MAX_BACKOFF_MS;
    const delayMs = batch.refused(this.#health.acceptances)
      ? backoffMs(batch.ownRefusals - 1, maxBackoffMs, retryAfterMs, random())
      : boundedRetryAfterMs(retryAfterMs);
    batch.retryAt(nowMs + delayMs);
    this.#health.failed(nowMs, isProbe, maxBackoffMs, retryAfterMs);
    this.#retryQueue.add(batch);
    counter.reportWaiting(toldRefusal(refusal));
  }

  #giveUp(batch: Batch): void {
    batch.givenUp();
    this.#finish(batch);
  }

  /** Its records are delivered or lost. */
  #finish(batch: Batch): void {
    const { chunks, now } = this.#dependencies;
    this.#bisections.finished(batch.bisection, now());
    this.#spooler?.finished(batch);
    for (const { chunk, from, to } of batch.runs) {
      chunk.finished(to - from);
      chunks.release(chunk);
    }
  }
}
