import type { Batch } from '../buffer/batch.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { StreamSettings } from '../stream/stream-settings.ts';
import type { ExportSize } from './export-size.ts';
import type { InFlight } from './in-flight.ts';
import type { ReceiverHealth } from './receiver-health.ts';
import type { RetryQueue } from './retry-queue.ts';

/** Fresh records that are due where the user has set no other number (OTEL_BLRP_MAX_EXPORT_BATCH_SIZE). */
export const DUE_RECORDS = 512;
/**
 * Milliseconds between two exports of fresh records that are due because of their number. Under load exports grow
 * instead of becoming more: each costs 0.9 ms of processor time before its first byte.
 */
const PAUSE_MS = 50;
/** Exports in flight while the receiver is failing. Two, since one may get no response. */
const PROBES = 2;
/**
 * After this many failed batches in a row the receiver is to blame, not the batch: fresh records need not be tried as
 * a probe any more.
 */
const SUSPECTS = 3;
/** A flush does not wait for a receiver that has accepted nothing for this long. */
const SILENCE_MS = 10_000;

export interface ScheduleDependencies {
  readonly settings: StreamSettings;
  readonly size: ExportSize;
  readonly fresh: FreshRecords;
  readonly retryQueue: RetryQueue;
  readonly inFlight: InFlight;
  readonly health: ReceiverHealth;
  readonly groups: ScopeGroups;
}

export interface NextBatch {
  readonly batch: Batch;
  /** Sent to find out whether a failing receiver is back. */
  readonly isProbe: boolean;
}

/** Decides which batch is sent when. */
export class Schedule {
  readonly #dependencies: ScheduleDependencies;
  readonly #flush = new Flush();
  /** So many fresh records fill an export, or the queue. */
  readonly #maxRecords: number;
  #lastFreshMs = Number.NEGATIVE_INFINITY;
  /** Fresh records are due whatever their age and number. */
  #isHastened = false;

  constructor(dependencies: ScheduleDependencies) {
    this.#dependencies = dependencies;
    const { maxExportBatchSize = Infinity, maxQueueSize = Infinity } = dependencies.settings;
    this.#maxRecords = Math.min(maxExportBatchSize, maxQueueSize);
  }

  get isFlushing(): boolean {
    return this.#flush.isUnderWay;
  }

  /** When fresh records are due, by age or number; monotonic milliseconds. `Infinity` where none can be sent. */
  get freshDueMs(): number {
    const { fresh, groups, settings, inFlight } = this.#dependencies;
    if (fresh.count === 0 || groups.arePending) return Infinity;
    if (this.#isHastened) return Number.NEGATIVE_INFINITY;
    const agedMs = fresh.oldestMs + settings.scheduleDelayMs;
    // While an export is in flight, the next one has time to grow.
    if (fresh.count < DUE_RECORDS || inFlight.size > 0) return agedMs;
    return Math.min(agedMs, this.#lastFreshMs + PAUSE_MS);
  }

  /** The records that are fresh now are due. */
  hasten(): void {
    this.#isHastened = this.#dependencies.fresh.count > 0;
  }

  /** Whether there are as many fresh records as an export can have, and nothing prevents sending them. */
  get isFreshFull(): boolean {
    const { fresh, health, groups, size } = this.#dependencies;
    if (fresh.bytes < size.maxBytes && fresh.count < this.#maxRecords) return false;
    return !health.isFailing && this.#hasSlot && !groups.arePending;
  }

  /** Whether another export may be in flight. */
  get #hasSlot(): boolean {
    const { settings, size, inFlight } = this.#dependencies;
    return inFlight.size < (size.isSearching ? 1 : settings.maxInFlight);
  }

  /** Removes the batch that is due from where it waits; `undefined` where none is due. */
  next(nowMs: number): NextBatch | undefined {
    const { health, retryQueue, inFlight } = this.#dependencies;
    this.#prepareFlush();
    if (!this.#hasSlot) return undefined;
    const { first } = retryQueue;
    if (this.isFlushing && first?.flush === 'due') return this.#take(first, false);
    if (!health.isFailing) {
      const ready = retryQueue.firstReady(nowMs);
      if (ready !== undefined) return this.#take(ready, false);
      return this.isFreshFull || this.freshDueMs <= nowMs ? this.#takeFresh(nowMs, false) : undefined;
    }
    if (inFlight.size >= PROBES || nowMs < health.nextProbeMs) return undefined;
    if (this.#mayProbeWithFresh()) return this.#takeFresh(nowMs, true);
    const ready = retryQueue.firstReady(nowMs);
    return ready && this.#take(ready, true);
  }

  /** When to call `next` again, unless a response arrives or a record is added before. */
  wakeMs(nowMs: number): number {
    const { health, retryQueue } = this.#dependencies;
    let wakeMs = Infinity;
    if (this.#hasSlot) {
      if (!health.isFailing) wakeMs = Math.min(retryQueue.nextReadyMs(), this.freshDueMs);
      else if (this.#mayProbeWithFresh()) wakeMs = health.nextProbeMs;
      else wakeMs = Math.max(health.nextProbeMs, retryQueue.nextReadyMs());
    }
    // A batch that is due and was not sent has to wait for an export in flight, whose response leads here.
    if (wakeMs <= nowMs) wakeMs = Infinity;
    if (!this.isFlushing) return wakeMs;
    const silentMs = health.acceptedMs + SILENCE_MS;
    return Math.min(wakeMs, this.#flush.deadlineMs, silentMs > nowMs ? silentMs : Infinity);
  }

  /** Moves all fresh records, as batches, to the end of the retry queue. */
  queueFresh(): void {
    const { fresh, retryQueue } = this.#dependencies;
    while (fresh.count > 0) retryQueue.add(this.#cutBatch());
  }

  /**
   * Flushes all records that there are. Resolves when each batch is delivered or lost; when each was attempted and the
   * receiver has accepted nothing for `SILENCE_MS`; or at the deadline.
   */
  flush(deadlineMs: number): Promise<void> {
    return this.#flush.join(deadlineMs);
  }

  /** Resolves every flush where all is done; otherwise those whose deadline is over. */
  endFlush(nowMs: number): void {
    if (!this.isFlushing) return;
    this.#flush.end(this.#isFlushed(nowMs) ? Infinity : nowMs);
  }

  #prepareFlush(): void {
    if (!this.#flush.needsFresh || this.#dependencies.groups.arePending) return;
    this.#flush.freshQueued();
    this.queueFresh();
    const { retryQueue, inFlight } = this.#dependencies;
    for (const batch of retryQueue.all()) batch.requestFlush();
    for (const batch of inFlight.batches()) batch.requestFlush();
  }

  #isFlushed(nowMs: number): boolean {
    const { health, retryQueue, inFlight } = this.#dependencies;
    if (this.#flush.needsFresh) return false;
    // Due batches are at the front: they are older than anything that was retried.
    if (retryQueue.first?.flush === 'due') return false;
    if (inFlight.batches().some(({ flush }) => flush !== 'none')) return false;
    return nowMs - health.acceptedMs >= SILENCE_MS || retryQueue.all().every(({ flush }) => flush === 'none');
  }

  /** One or two batches that are always refused must not prevent the others from finding a receiver that is back. */
  #mayProbeWithFresh(): boolean {
    const { fresh, groups, retryQueue } = this.#dependencies;
    if (fresh.count === 0 || groups.arePending || retryQueue.size >= SUSPECTS) return false;
    return retryQueue.all().every(({ wasRefused }) => wasRefused);
  }

  #takeFresh(nowMs: number, isProbe: boolean): NextBatch | undefined {
    const { retryQueue } = this.#dependencies;
    this.#lastFreshMs = nowMs;
    const batch = this.#cutBatch();
    retryQueue.add(batch);
    return this.#take(batch, isProbe);
  }

  /** Where an export may have fewer bytes by now than when the batch was cut, the first part of it. */
  #take(batch: Batch, isProbe: boolean): NextBatch | undefined {
    const { size, retryQueue, inFlight } = this.#dependencies;
    if (!inFlight.hasRoomFor(batch)) return undefined;
    retryQueue.remove(batch);
    let part = batch;
    while (size.isExceededBy(part)) {
      const [first, second] = part.divide();
      retryQueue.addFirst(second);
      part = first;
    }
    return { batch: part, isProbe };
  }

  #cutBatch(): Batch {
    const { fresh, settings, size } = this.#dependencies;
    const batch = fresh.take(settings.maxExportBatchSize ?? Infinity, size.maxBytes);
    if (fresh.count === 0) this.#isHastened = false;
    return batch;
  }
}

interface FlushCall {
  readonly deadlineMs: number;
  readonly resolve: () => void;
}

/** The flush that is under way, for all its callers. A later caller extends the wait for everyone. */
class Flush {
  #calls: FlushCall[] = [];
  #needsFresh = false;

  get isUnderWay(): boolean {
    return this.#calls.length > 0;
  }

  /** Whether fresh records may belong to it that are not in a batch yet. */
  get needsFresh(): boolean {
    return this.#needsFresh;
  }

  /** The first deadline of a caller; monotonic milliseconds. */
  get deadlineMs(): number {
    return this.#calls.reduce((least, { deadlineMs }) => Math.min(least, deadlineMs), Infinity);
  }

  join(deadlineMs: number): Promise<void> {
    this.#needsFresh = true;
    return new Promise((resolve) => {
      this.#calls.push({ deadlineMs, resolve });
    });
  }

  /** All fresh records are in batches. */
  freshQueued(): void {
    this.#needsFresh = false;
  }

  /** Resolves the calls whose deadline is over at that time. */
  end(nowMs: number): void {
    const calls = this.#calls;
    this.#calls = calls.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { deadlineMs, resolve } of calls) if (deadlineMs <= nowMs) resolve();
    if (!this.isUnderWay) this.#needsFresh = false;
  }
}
