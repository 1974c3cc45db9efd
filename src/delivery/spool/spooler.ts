import { nameOfThrown } from '../../record/reading/thrown.ts';
import type { Batch } from '../buffer/batch.ts';
import type { ChunkPool } from '../buffer/chunk-pool.ts';
import type { Encoder } from '../buffer/encoder.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { InFlight } from '../sending/in-flight.ts';
import type { ReceiverHealth } from '../sending/receiver-health.ts';
import type { RetryQueue } from '../sending/retry-queue.ts';
import { type BatchContent, contentOf, restoredBatch } from './batch-content.ts';
import { DiskCopy, type Stored } from './disk-copy.ts';
import type { Spool } from './spool.ts';
import type { WaitingFrame } from './waiting-frame.ts';

/**
 * Records that have no acknowledgement by this age are written. An exchange waits up to 50 ms for its record. That leaves
 * 75 ms for late timers and the disk: it is on disk 200 ms after its end.
 */
const WRITE_AFTER_MS = 75;
/** Where half of memory is in use, so much of the other half is written as soon as it is filled with fresh records. */
const EARLY_SHARE = 1 / 4;
/** Batches that are being written at the same time, at most: the others wait in memory for a slow disk. */
const MAX_WRITING = 8;
/** Batches in memory that were read from disk, at most: the rest of the exports in flight is for new records. */
const MAX_RESTORED = 2;
/** Milliseconds between two batches that are read from disk: a receiver that is back gets them beside live traffic. */
const READ_PAUSE_MS = 25;
/** A batch from disk that waits so long for a receiver is read again: it may count as late by then. */
const READ_AGAIN_MS = 10 * 60_000;

export interface SpoolerDependencies {
  readonly spool: Spool;
  readonly encoder: Encoder;
  readonly chunks: ChunkPool;
  readonly fresh: FreshRecords;
  readonly groups: ScopeGroups;
  readonly retryQueue: RetryQueue;
  readonly inFlight: InFlight;
  readonly health: ReceiverHealth;
  /** Bytes: half of memory. Batches from the disk may fill so much; beyond it records are written before they are old. */
  readonly halfBytes: number;
  readonly now: () => number;
  /** Wall clock, milliseconds since the epoch. */
  readonly wallMs: () => number;
  /** Moves all fresh records, as batches, to the end of the retry queue. */
  readonly queueFresh: () => void;
  readonly onWritten: () => void;
  /** Something has changed: to be called in the next turn of the event loop. */
  readonly wake: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Puts what waits too long for its acknowledgement on disk, lets go of it in memory while the receiver is failing, and
 * reads it again when the receiver is back.
 */
export class Spooler {
  readonly #dependencies: SpoolerDependencies;
  /** Copies of the batches in memory that were read from disk, and when; monotonic milliseconds. */
  readonly #restored = new Map<DiskCopy, number>();
  #writing = 0;
  #isReading = false;
  #nextReadMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: SpoolerDependencies) {
    this.#dependencies = dependencies;
    dependencies.spool.listen(dependencies.wake);
  }

  /** Does what is due. To be called before the next batch is chosen. */
  run(nowMs: number): void {
    this.#writeOld(nowMs);
    this.#setAsideWaiting(nowMs);
    this.#readNext(nowMs);
  }

  /** When {@link run} has something to do; monotonic milliseconds. */
  wakeMs(nowMs: number): number {
    const { spool, fresh, groups } = this.#dependencies;
    let wakeMs = this.#mayRead ? Math.max(nowMs + 1, this.#nextReadMs) : Infinity;
    if (!spool.isWritable || this.#writing >= MAX_WRITING) return wakeMs;
    if (fresh.count > 0 && !groups.arePending) wakeMs = Math.min(wakeMs, fresh.oldestMs + WRITE_AFTER_MS);
    for (const batch of this.#pending()) {
      if (batch.copy === undefined) wakeMs = Math.min(wakeMs, this.#writeMs(batch));
    }
    return wakeMs;
  }

  /** When the batch is to be on its way to the disk; monotonic milliseconds. */
  #writeMs({ isWaiting, sinceMs }: Batch): number {
    const { chunks, halfBytes } = this.#dependencies;
    // What is in flight stays in memory all the same.
    return isWaiting && chunks.heldBytes >= halfBytes ? Number.NEGATIVE_INFINITY : sinceMs + WRITE_AFTER_MS;
  }

  /** Whether fresh records have to be written at once: memory would be full before they are old. */
  get isPressed(): boolean {
    const { chunks, fresh, halfBytes, spool } = this.#dependencies;
    if (chunks.heldBytes < halfBytes || fresh.bytes < halfBytes * EARLY_SHARE) return false;
    return spool.isWritable && this.#writing < MAX_WRITING;
  }

  /** A batch is delivered or lost. */
  finished(batch: Batch): void {
    const { copy } = batch;
    if (copy === undefined) return;
    copy.finished();
    if (copy.isFinished) this.#restored.delete(copy);
  }

  /** Memory is short: lets go of what is on disk of the batches that wait. @returns whether any was */
  makeRoom(): boolean {
    const copies = this.#dependencies.retryQueue.all().filter(({ copy }) => copy?.canReplaceMemory === true);
    for (const batch of copies) this.#setAside(batch);
    return copies.length > 0;
  }

  /** The process ends: writes what is in memory only. @returns batches that are on disk now */
  writeLast(batches: readonly Batch[]): readonly Batch[] {
    const { spool } = this.#dependencies;
    return batches.filter((batch) => {
      if (batch.copy?.isWritten === true) return true;
      const stored = spool.writeNow(this.#contentOf(batch));
      if (stored === undefined) return false;
      batch.copy = new DiskCopy(stored);
      return true;
    });
  }

  #writeOld(nowMs: number): void {
    const { spool, fresh, groups, queueFresh } = this.#dependencies;
    if (!spool.isWritable) return;
    const isDue = this.isPressed || (fresh.count > 0 && fresh.oldestMs + WRITE_AFTER_MS <= nowMs);
    if (isDue && !groups.arePending) queueFresh();
    if (this.#writing >= MAX_WRITING) return;
    for (const batch of this.#pending()) {
      if (batch.copy !== undefined || this.#writeMs(batch) > nowMs) continue;
      this.#write(batch);
      // One in each turn of the event loop: that of 2 MiB takes up to a millisecond.
      return;
    }
  }

  #write(batch: Batch): void {
    const { spool, onError } = this.#dependencies;
    const copy = new DiskCopy();
    batch.copy = copy;
    // The disk reads from the chunks until then.
    for (const { chunk } of batch.runs) chunk.writing();
    this.#writing += 1;
    const { runs } = batch;
    const done = (stored: Stored | undefined): void => {
      this.#writing -= 1;
      if (stored === undefined) copy.failed();
      else {
        copy.written(stored);
        this.#dependencies.onWritten();
      }
      for (const { chunk } of runs) {
        chunk.written();
        this.#dependencies.chunks.release(chunk);
      }
      this.#dependencies.wake();
    };
    spool.write(this.#contentOf(batch)).then(done, (error: unknown) => {
      onError(error);
      done(undefined);
    });
  }

  #contentOf(batch: Batch): BatchContent {
    const { now, wallMs } = this.#dependencies;
    const newestMs = wallMs();
    const oldestMs = newestMs - Math.max(0, now() - batch.sinceMs);
    return contentOf(batch, oldestMs, newestMs);
  }

  /** What is on disk leaves memory where that is for new records, or where another process may deliver it. */
  #setAsideWaiting(nowMs: number): void {
    const { inFlight, retryQueue } = this.#dependencies;
    for (const batch of inFlight.batches()) forgetFailed(batch);
    for (const batch of [...retryQueue.all()]) {
      forgetFailed(batch);
      if (batch.copy?.canReplaceMemory === true && this.#leavesMemory(batch.copy, nowMs))
        this.#setAside(batch);
    }
  }

  #leavesMemory(copy: DiskCopy, nowMs: number): boolean {
    const { health, spool } = this.#dependencies;
    if (spool.isUncertain || copy.isTaken) return true;
    const readMs = this.#restored.get(copy);
    return readMs === undefined ? health.isFailing : nowMs - readMs > READ_AGAIN_MS;
  }

  #setAside(batch: Batch): void {
    const { retryQueue, chunks, spool } = this.#dependencies;
    const { copy } = batch;
    if (copy?.stored === undefined) return;
    this.#restored.delete(copy);
    retryQueue.remove(batch);
    batch.setAside();
    spool.setAside(copy.stored);
    for (const { chunk, from, to } of batch.runs) {
      chunk.finished(to - from);
      chunks.release(chunk);
    }
  }

  /** While the receiver is failing, one batch at a time is read, to be sent as a probe. */
  get #mayRead(): boolean {
    const { spool, chunks, fresh, health, inFlight, retryQueue, halfBytes } = this.#dependencies;
    if (this.#isReading || spool.waiting === 0 || this.#restored.size >= MAX_RESTORED) return false;
    if (chunks.heldBytes > halfBytes) return false;
    return !health.isFailing || fresh.count + retryQueue.size + inFlight.size === 0;
  }

  #readNext(nowMs: number): void {
    if (!this.#mayRead || nowMs < this.#nextReadMs) return;
    const { spool, onError } = this.#dependencies;
    this.#isReading = true;
    this.#nextReadMs = nowMs + READ_PAUSE_MS;
    spool
      .takeNext()
      .then((frame) => {
        if (frame !== undefined) this.#restore(frame);
      }, onError)
      .finally(() => {
        this.#isReading = false;
        this.#dependencies.wake();
      });
  }

  #restore({ content, events, stored }: WaitingFrame): void {
    const { chunks, encoder, now, halfBytes, retryQueue, spool, onError } = this.#dependencies;
    if (content.records.reduce((sum, { length }) => sum + length, 0) > halfBytes) {
      // A process with more memory has written it.
      spool.giveUp(stored, 'memory_limit', 'records in the spool are too many for the memory limit');
      return;
    }
    const copy = new DiskCopy(stored);
    try {
      const batch = restoredBatch(content, events, copy, chunks, encoder);
      if (batch === undefined) spool.setAside(stored);
      else {
        this.#restored.set(copy, now());
        retryQueue.add(batch);
      }
    } catch (error) {
      onError(new Error(`a batch from disk cannot be read: ${nameOfThrown(error)}`));
      spool.giveUp(stored, 'spool_damaged', 'records in the spool are damaged');
    }
  }

  *#pending(): Generator<Batch> {
    yield* this.#dependencies.inFlight.batches();
    yield* this.#dependencies.retryQueue.all();
  }
}

/** The disk has not taken the batch: it is written again. */
function forgetFailed(batch: Batch): void {
  if (batch.copy?.hasFailed === true) batch.copy = undefined;
}
