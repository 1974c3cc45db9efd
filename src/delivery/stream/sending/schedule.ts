import type { Batch } from '../buffer/batch.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { StreamSettings } from '../stream-settings.ts';
import type { ExportSize } from './export-size.ts';
import { Flush } from './flush.ts';
import type { InFlight } from './in-flight.ts';
import type { ReceiverHealth } from './receiver-health.ts';
import type { RetryQueue } from './retry-queue.ts';

/** Records that are due where the user has not set another number (OTEL_BLRP_MAX_EXPORT_BATCH_SIZE). */
export const DUE_RECORDS = 512;
/**
 * Milliseconds from one export of new records to the next that is due because of their number. Under load exports grow
 * instead of becoming more: one takes 0.9 ms of the processor before a byte of it counts.
 */
const PAUSE_MS = 50;
/** Attempts on the wire while the receiver is failing. Two, since one may hang. */
const PROBES = 2;
/** So many batches in a row that fail are not the reason themselves: new records need not be tried any more. */
const SUSPECTS = 3;
/** A receiver that has accepted nothing for that long is not waited for by a flush. */
const SILENCE_MS = 10_000;

export interface ScheduleDependencies {
  readonly settings: StreamSettings;
  readonly size: ExportSize;
  readonly fresh: FreshRecords;
  readonly waiting: RetryQueue;
  readonly wire: InFlight;
  readonly health: ReceiverHealth;
  readonly groups: ScopeGroups;
}

export interface NextBatch {
  readonly batch: Batch;
  /** Sent to find out whether a failing receiver is back. */
  readonly isProbe: boolean;
}

/** Decides what goes when. */
export class Schedule {
  readonly #parts: ScheduleDependencies;
  readonly #flush = new Flush();
  /** New records of which no more can be waited for. */
  readonly #mostRecords: number;
  #lastFreshMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ScheduleDependencies) {
    this.#parts = parts;
    const { maxExportBatchSize = Infinity, maxQueueSize = Infinity } = parts.settings;
    this.#mostRecords = Math.min(maxExportBatchSize, maxQueueSize);
  }

  /** Whether somebody waits for a flush. */
  get isFlushing(): boolean {
    return this.#flush.isUnderWay;
  }

  /** When new records are due, by age or number; monotonic milliseconds. `Infinity` where there is none to send. */
  get freshDueMs(): number {
    const { fresh, groups, settings, wire } = this.#parts;
    if (fresh.count === 0 || groups.arePending) return Infinity;
    const agedMs = fresh.oldestMs + settings.scheduleDelayMs;
    // While another is on its way there is time to grow.
    if (fresh.count < DUE_RECORDS || wire.size > 0) return agedMs;
    return Math.min(agedMs, this.#lastFreshMs + PAUSE_MS);
  }

  /** Whether there are as many new records as an export takes, and nothing in its way. */
  get isFreshFull(): boolean {
    const { fresh, health, groups, size } = this.#parts;
    if (fresh.bytes < size.maxBytes && fresh.count < this.#mostRecords) return false;
    return !health.isFailing && this.#hasPlace && !groups.arePending;
  }

  /** Whether another export may be on its way. */
  get #hasPlace(): boolean {
    const { settings, size, wire } = this.#parts;
    return wire.size < (size.isLookedFor ? 1 : settings.maxInFlight);
  }

  /** Takes the batch that is to be sent now; `undefined` where there is none. */
  next(nowMs: number): NextBatch | undefined {
    const { health, waiting, wire } = this.#parts;
    this.#prepareFlush();
    if (!this.#hasPlace) return undefined;
    const { first } = waiting;
    if (this.isFlushing && first?.flush === 'due') return this.#take(first, false);
    if (!health.isFailing) {
      const ready = waiting.firstReady(nowMs);
      if (ready !== undefined) return this.#take(ready, false);
      return this.isFreshFull || this.freshDueMs <= nowMs ? this.#takeFresh(nowMs, false) : undefined;
    }
    if (wire.size >= PROBES || nowMs < health.nextProbeMs) return undefined;
    if (this.#mayProbeWithFresh()) return this.#takeFresh(nowMs, true);
    const ready = waiting.firstReady(nowMs);
    return ready && this.#take(ready, true);
  }

  /** When to ask for the next batch again, unless an answer comes or a record is added before. */
  wakeMs(nowMs: number): number {
    const { health, waiting } = this.#parts;
    let wakeMs = Infinity;
    if (this.#hasPlace) {
      if (!health.isFailing) wakeMs = Math.min(waiting.nextReadyMs(), this.freshDueMs);
      else if (this.#mayProbeWithFresh()) wakeMs = health.nextProbeMs;
      else wakeMs = Math.max(health.nextProbeMs, waiting.nextReadyMs());
    }
    // What is ready and does not go has something on the wire in its way, whose answer leads here.
    if (wakeMs <= nowMs) wakeMs = Infinity;
    if (!this.isFlushing) return wakeMs;
    const silentMs = health.acceptedMs + SILENCE_MS;
    return Math.min(wakeMs, this.#flush.deadlineMs, silentMs > nowMs ? silentMs : Infinity);
  }

  /** Puts all new records into batches that wait. */
  takeAllFresh(): void {
    const { fresh, waiting } = this.#parts;
    while (fresh.count > 0) waiting.add(this.#cut());
  }

  /**
   * A flush of everything that there is. It is over when each batch is settled; or was tried in the course of it, and
   * the receiver has accepted nothing for a while; or in the end at the deadline.
   */
  flush(deadlineMs: number): Promise<void> {
    return this.#flush.join(deadlineMs);
  }

  /** Lets go of those who wait for a flush, as far as it is over. */
  endFlush(nowMs: number): void {
    if (!this.isFlushing) return;
    this.#flush.end(this.#isFlushed(nowMs) ? Infinity : nowMs);
  }

  #prepareFlush(): void {
    if (!this.#flush.wantsFresh || this.#parts.groups.arePending) return;
    this.#flush.wantsFresh = false;
    this.takeAllFresh();
    const { waiting, wire } = this.#parts;
    for (const batch of waiting.all()) batch.requestFlush();
    for (const batch of wire.batches()) batch.requestFlush();
  }

  #isFlushed(nowMs: number): boolean {
    const { health, waiting, wire } = this.#parts;
    if (this.#flush.wantsFresh) return false;
    // Those that are due are the first ones: they came before what was tried since.
    if (waiting.first?.flush === 'due' || wire.batches().some(({ flush }) => flush !== 'none')) return false;
    return nowMs - health.acceptedMs >= SILENCE_MS || waiting.all().every(({ flush }) => flush === 'none');
  }

  /** One or two batches that always fail must not keep the others from finding a receiver that is back. */
  #mayProbeWithFresh(): boolean {
    const { fresh, groups, waiting } = this.#parts;
    if (fresh.count === 0 || groups.arePending || waiting.size >= SUSPECTS) return false;
    return waiting.all().every(({ wasRefused }) => wasRefused);
  }

  #takeFresh(nowMs: number, isProbe: boolean): NextBatch | undefined {
    const { waiting } = this.#parts;
    this.#lastFreshMs = nowMs;
    const batch = this.#cut();
    waiting.add(batch);
    return this.#take(batch, isProbe);
  }

  /** Of a batch that is too large by now, as much as goes at once. */
  #take(batch: Batch, isProbe: boolean): NextBatch | undefined {
    const { size, waiting, wire } = this.#parts;
    if (!wire.hasRoomFor(batch)) return undefined;
    waiting.remove(batch);
    let taken = batch;
    while (size.isExceededBy(taken)) {
      const [first, second] = taken.divide();
      waiting.addFirst(second);
      taken = first;
    }
    return { batch: taken, isProbe };
  }

  #cut(): Batch {
    const { fresh, settings, size } = this.#parts;
    return fresh.take(settings.maxExportBatchSize ?? Infinity, size.maxBytes);
  }
}
