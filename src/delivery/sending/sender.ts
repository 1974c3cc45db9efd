import type { ReadableResults } from '../../telemetry/results.ts';
import type { Batch, Run } from '../buffer/batch.ts';
import { MEMORY_LIMIT_REACHED } from '../buffer/chunk-pool.ts';
import { Spooler } from '../spool/spooler.ts';
import type { Answer } from '../transport/transport.ts';
import { Answers } from './answers.ts';
import { ExportSize } from './export-size.ts';
import { InFlight } from './in-flight.ts';
import { ReceiverHealth } from './receiver-health.ts';
import { RetryQueue } from './retry-queue.ts';
import { DUE_RECORDS, Schedule } from './schedule.ts';
import type { SenderDependencies } from './sender-dependencies.ts';
import { Thaws } from './thaws.ts';

/** Carries records from the chunks to the receiver, batch by batch. What becomes of each decide its `Answers`. */
export class Sender {
  readonly #dependencies: SenderDependencies;
  readonly #retryQueue = new RetryQueue();
  readonly #inFlight: InFlight;
  readonly #health: ReceiverHealth;
  readonly #size: ExportSize;
  readonly #schedule: Schedule;
  readonly #spooler: Spooler | undefined;
  readonly #thaws: Thaws;
  readonly #answers: Answers;
  /** Chunks that were filled since the event loop has last turned. */
  #filled = 0;
  #isSending = false;

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
    const shared = {
      ...dependencies,
      size: this.#size,
      retryQueue: this.#retryQueue,
      inFlight: this.#inFlight,
      health: this.#health,
      thaws: this.#thaws,
    };
    this.#schedule = new Schedule(shared);
    this.#spooler = this.#createSpooler(dependencies);
    this.#answers = new Answers({
      ...shared,
      schedule: this.#schedule,
      onFinished: (batch) => this.#spooler?.finished(batch),
    });
  }

  /** Whether the last attempt failed for a reason that will probably make the next one fail too. */
  get isFailing(): boolean {
    return this.#answers.isFailing;
  }

  /** Records that are not in flight. */
  get waitingRecords(): number {
    return this.#dependencies.fresh.count + this.#retryQueue.records;
  }

  /** Attempts that have ended. */
  get attempts(): ReadableResults {
    return this.#inFlight.attempts;
  }

  /** Records in batches that are in flight, or wait to be sent. Looks at every batch in flight. */
  get recordsInExports(): number {
    return this.#inFlight.records + this.#retryQueue.records;
  }

  /** To be called after each record that was added to `fresh`. */
  recordAdded(): void {
    const { fresh, spool, wakeup } = this.#dependencies;
    const { count } = fresh;
    if (count === 1) spool?.start();
    if (count === 1 || count === DUE_RECORDS) wakeup.at(this.#schedule.freshDueMs);
    if (this.#schedule.isFreshFull || this.#spooler?.isPressed === true) wakeup.soon();
  }

  /**
   * To be called when a chunk is full: it has as much as an export. The first one that a turn of the event loop fills is
   * sent in the next turn. Where the same turn fills another one, memory may be full before the turn is over: a
   * transport that does not depend on the turns sends within it.
   */
  chunkFilled(): void {
    const { transport, wakeup, now } = this.#dependencies;
    this.#filled += 1;
    wakeup.soon();
    if (this.#filled === 1 || this.#isSending || transport.relieve?.() !== true) return;
    // One more than the chunk needs, of those that wait.
    this.#sendDue(now(), this.#exportsIn(1) + 1);
  }

  /** To be called in a turn of its own, by `wakeup`. Sends as many exports as the turns before have filled. */
  turn(): void {
    const filled = this.#filled;
    this.#filled = 0;
    this.#run(Math.max(1, this.#exportsIn(filled)));
  }

  /** Sends fresh records now, not when they are due. */
  hasten(): void {
    this.#schedule.hasten();
    this.#run(1);
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
    this.#answers.delivered(batch);
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
    counter.countLostRuns(lost, 'memory_limit', MEMORY_LIMIT_REACHED, freshRun);
    for (const batch of emptied) this.#answers.giveUp(batch);
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
    for (const batch of batches) this.#answers.giveUp(batch);
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
      onWritten: () => dependencies.counter.storedChanged(),
      wake: () => dependencies.wakeup.soon(),
    });
  }

  /** Does what is due. @param most exports that are sent at once: no turn gets longer than needed */
  #run(most: number): void {
    const { now, counter, wakeup } = this.#dependencies;
    const nowMs = now();
    this.#spooler?.run(nowMs);
    if (this.#sendDue(nowMs, most)) wakeup.soon();
    else wakeup.at(Math.min(this.#schedule.wakeMs(nowMs), this.#spooler?.wakeMs(nowMs) ?? Infinity));
    this.#schedule.endFlush(nowMs);
    if (!this.#schedule.isFlushing) wakeup.hold(false);
    counter.notifyListener();
  }

  #exportsIn(chunks: number): number {
    return Math.ceil((chunks * this.#dependencies.sizes.chunk) / this.#size.maxBytes);
  }

  /** @returns whether there were so many batches */
  #sendDue(nowMs: number, most: number): boolean {
    this.#isSending = true;
    try {
      for (let sent = 0; sent < most; sent += 1) {
        const next = this.#schedule.next(nowMs);
        if (next === undefined) return false;
        if (next.isProbe) this.#health.probeSent(nowMs);
        this.#thaws.exportSent();
        this.#inFlight.send(next.batch, next.isProbe, nowMs);
      }
      return true;
    } finally {
      this.#isSending = false;
    }
  }

  #onResponse(batch: Batch, isProbe: boolean, answer: Answer): void {
    // Not pending: another thread has delivered it meanwhile, or it was given up at shutdown.
    if (batch.isPending) this.#answers.answered(batch, isProbe, answer);
    for (const { chunk } of batch.runs) this.#dependencies.chunks.release(chunk);
    if (this.#inFlight.size === 0) this.#thaws.stop();
    this.#run(1);
  }
}
