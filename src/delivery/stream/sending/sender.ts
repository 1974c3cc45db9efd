import {
  type Accepted,
  type Answer,
  type Refused,
  type Transport,
  toldRefusal,
} from '../../transport/transport.ts';
import type { Batch, Run } from '../buffer/batch.ts';
import type { ChunkPool } from '../buffer/chunk-pool.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { DeliveryCounter } from '../delivery-counter.ts';
import type { StreamDependencies, StreamSettings, StreamSizes } from '../stream-settings.ts';
import { askedMs, backoffMs, MAX_BACKOFF_MS, MAX_FLUSH_BACKOFF_MS } from './backoff.ts';
import { Bisections } from './bisection.ts';
import { ExportSize } from './export-size.ts';
import { InFlight } from './in-flight.ts';
import { ReceiverHealth } from './receiver-health.ts';
import { RetryQueue } from './retry-queue.ts';
import { DUE_RECORDS, Schedule } from './schedule.ts';
import type { Wakeup } from './wakeup.ts';

export interface SenderDependencies {
  readonly settings: StreamSettings;
  readonly sizes: StreamSizes;
  readonly dependencies: Pick<StreamDependencies, 'now' | 'random' | 'onError'>;
  readonly transport: Transport;
  readonly groups: ScopeGroups;
  readonly chunks: ChunkPool;
  readonly fresh: FreshRecords;
  readonly counter: DeliveryCounter;
  readonly wakeup: Wakeup;
}

/** Carries records from the chunks to the receiver: sends, sends again, divides, gives up. */
export class Sender {
  readonly #parts: SenderDependencies;
  readonly #waiting = new RetryQueue();
  readonly #inFlight: InFlight;
  readonly #health: ReceiverHealth;
  readonly #size: ExportSize;
  readonly #bisections = new Bisections();
  readonly #schedule: Schedule;
  #isFailing = false;

  constructor(parts: SenderDependencies) {
    const { settings, sizes, dependencies, transport, groups, fresh } = parts;
    this.#parts = parts;
    this.#inFlight = new InFlight(transport, {
      attemptTimeoutMs: settings.attemptTimeoutMs,
      maxBytes: sizes.onWire,
      onAnswer: (batch, isProbe, answer) => this.#onAnswer(batch, isProbe, answer),
      onError: dependencies.onError,
    });
    this.#health = new ReceiverHealth(dependencies.random);
    this.#size = new ExportSize(sizes.batch);
    this.#schedule = new Schedule({
      settings,
      size: this.#size,
      fresh,
      waiting: this.#waiting,
      wire: this.#inFlight,
      health: this.#health,
      groups,
    });
  }

  /** Whether the last attempt failed for a reason that concerns the next one too. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Records that are not on the wire. */
  get waitingRecords(): number {
    return this.#parts.fresh.count + this.#waiting.records;
  }

  /** To be called after each record that was added to `fresh`. */
  recordAdded(): void {
    const { fresh, wakeup } = this.#parts;
    const { count } = fresh;
    if (count === 1 || count === DUE_RECORDS) wakeup.at(this.#schedule.freshDueMs);
    if (this.#schedule.isFreshFull) wakeup.soon();
  }

  /** Sends what is to be sent now: one batch per turn of the event loop, so that none is long. */
  run(): void {
    const { dependencies, counter, wakeup } = this.#parts;
    const now = dependencies.now();
    const next = this.#schedule.next(now);
    if (next === undefined) {
      wakeup.at(this.#schedule.wakeMs(now));
    } else {
      if (next.isProbe) this.#health.probing(now);
      this.#inFlight.send(next.batch, next.isProbe);
      wakeup.soon();
    }
    this.#schedule.endFlush(now);
    if (!this.#schedule.isFlushing) wakeup.hold(false);
    counter.tell();
  }

  /** @param holdsProcess whether the process stays alive for it */
  async flush(timeoutMs: number, holdsProcess: boolean): Promise<void> {
    const { dependencies, wakeup } = this.#parts;
    if (this.waitingRecords === 0 && this.#inFlight.size === 0) return;
    const flushed = this.#schedule.flush(dependencies.now() + timeoutMs);
    if (holdsProcess) wakeup.hold(true);
    wakeup.soon();
    await flushed;
  }

  /** Ends every flush, and what is on its way, which waits again: nothing keeps the process alive any more. */
  letGo(): void {
    this.#schedule.endFlush(Infinity);
    this.#parts.wakeup.hold(false);
    this.#inFlight.cancel('no answer in the time that the end of the process has');
  }

  /** Everything that is neither delivered nor lost, in batches; the oldest first. */
  unsettled(): readonly Batch[] {
    this.#schedule.takeAllFresh();
    return [...this.#inFlight.batches().filter(({ isPending }) => isPending), ...this.#waiting.all()];
  }

  /** A batch of `unsettled()` was delivered on another way. */
  deliveredElsewhere(batch: Batch): void {
    if (!batch.isPending) return;
    if (batch.isWaiting) this.#waiting.remove(batch);
    this.#parts.counter.deliver(batch.runs);
    batch.acknowledged();
    this.#finish(batch);
  }

  /** Gives up the oldest chunk of which nothing is in flight. @returns false where there is none */
  giveUpOldestChunk(): boolean {
    const chunk = this.#parts.chunks.oldestToGiveUp();
    if (chunk === undefined) return false;
    const { runs, emptied } = this.#waiting.drop(chunk);
    const fresh = this.#parts.fresh.drop(chunk);
    const lost: readonly Run[] = fresh === undefined ? runs : [...runs, fresh];
    this.#parts.counter.loseRuns(lost, 'memory_limit', MEMORY_LIMIT_REACHED);
    for (const batch of emptied) this.#giveUp(batch);
    chunk.givenUp();
    this.#parts.chunks.close(chunk);
    return true;
  }

  /** Gives up what is left, and everything that this holds. */
  stop(): void {
    const { dependencies, counter, wakeup } = this.#parts;
    wakeup.stop();
    const left = this.unsettled();
    this.#waiting.clear();
    if (left.length > 0) {
      const runs = left.flatMap((batch) => batch.runs);
      counter.loseRuns(runs, 'shutdown', 'shut down before everything was delivered');
    }
    for (const batch of left) this.#giveUp(batch);
    this.#schedule.endFlush(Infinity);
    try {
      this.#inFlight.close();
    } catch (error) {
      dependencies.onError(error);
    }
    counter.tell();
  }

  #onAnswer(batch: Batch, isProbe: boolean, answer: Answer): void {
    if (batch.isPending) {
      if (answer.kind === 'accepted') this.#onAccepted(batch, answer);
      else this.#onRefused(batch, isProbe, answer);
    }
    for (const { chunk } of batch.runs) this.#parts.chunks.release(chunk);
    this.run();
  }

  #onAccepted(batch: Batch, { rejected, message }: Accepted): void {
    const { dependencies, counter } = this.#parts;
    this.#isFailing = false;
    this.#health.accepted(dependencies.now());
    this.#size.accepted(batch.bytes);
    this.#bisections.accepted(batch.bisection);
    counter.deliver(batch.runs, rejected, message);
    batch.acknowledged();
    this.#finish(batch);
  }

  #onRefused(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { remedy, errorType } = refusal;
    for (const { chunk } of batch.runs) chunk.refused();
    this.#isFailing = remedy === 'wait' || remedy === 'credentials' || remedy === 'none';
    if (remedy !== 'split') this.#size.answered();
    if (remedy === 'wait' || remedy === 'credentials') {
      this.#retry(batch, isProbe, refusal);
      return;
    }
    this.#health.answered();
    const now = this.#parts.dependencies.now();
    if (remedy === 'split' && this.#size.refused(batch.bytes, batch.count, now)) {
      this.#waiting.addFirst(...batch.divide());
      return;
    }
    if (remedy === 'isolate') {
      const bisection = this.#bisections.refused(batch.count, batch.bisection, now);
      if (bisection !== undefined) {
        this.#waiting.addFirst(...batch.divide(bisection));
        return;
      }
    }
    this.#parts.counter.loseRuns(
      batch.runs,
      remedy === 'split' ? 'too_large' : errorType,
      toldRefusal(refusal),
    );
    this.#giveUp(batch);
  }

  /** Where the receiver accepts others, it may be the batch, which then waits by itself. */
  #retry(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { retryAfterMs } = refusal;
    const { dependencies, counter } = this.#parts;
    const { acceptances } = this.#health;
    const now = dependencies.now();
    const maxBackoffMs = this.#schedule.isFlushing ? MAX_FLUSH_BACKOFF_MS : MAX_BACKOFF_MS;
    const delayMs = batch.refused(acceptances)
      ? backoffMs(batch.ownRefusals - 1, maxBackoffMs, retryAfterMs, dependencies.random())
      : askedMs(retryAfterMs);
    batch.retryAt(now + delayMs);
    this.#health.failed(now, isProbe, maxBackoffMs, retryAfterMs);
    this.#waiting.add(batch);
    counter.wait(toldRefusal(refusal));
  }

  #giveUp(batch: Batch): void {
    batch.givenUp();
    this.#finish(batch);
  }

  /** Its records are delivered or lost. */
  #finish(batch: Batch): void {
    this.#bisections.finished(batch.bisection, this.#parts.dependencies.now());
    for (const { chunk, from, to } of batch.runs) {
      chunk.finished(to - from);
      this.#parts.chunks.release(chunk);
    }
  }
}

/** What is said where records are lost because of it. */
export const MEMORY_LIMIT_REACHED =
  'the memory limit is reached: records come faster than they are delivered, the oldest give way';
