import type { Batch } from '../buffer/batch.ts';
import type { ChunkPool } from '../buffer/chunk-pool.ts';
import type { DeliveryCounter } from '../stream/delivery-counter.ts';
import { type Accepted, type Answer, type Refused, toldRefusal } from '../transport/transport.ts';
import { backoffMs, boundedRetryAfterMs, MAX_BACKOFF_MS, MAX_FLUSH_BACKOFF_MS } from './backoff.ts';
import { Bisections } from './bisection.ts';
import type { ExportSize } from './export-size.ts';
import type { ReceiverHealth } from './receiver-health.ts';
import type { RetryQueue } from './retry-queue.ts';
import type { Thaws } from './thaws.ts';

export interface AnswersDependencies {
  readonly now: () => number;
  readonly random: () => number;
  readonly chunks: ChunkPool;
  readonly counter: DeliveryCounter;
  readonly health: ReceiverHealth;
  readonly size: ExportSize;
  readonly retryQueue: RetryQueue;
  readonly thaws: Thaws;
  readonly schedule: { readonly isFlushing: boolean };
  /** Called with each batch that is delivered or lost. */
  readonly onFinished: (batch: Batch) => void;
}

/** Decides what becomes of a batch by the answer to its export: delivered, retried, divided or given up. */
export class Answers {
  readonly #dependencies: AnswersDependencies;
  readonly #bisections = new Bisections();
  #isFailing = false;

  constructor(dependencies: AnswersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether the last attempt failed for a reason that will probably make the next one fail too. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** @param batch pending, and in flight until now */
  answered(batch: Batch, isProbe: boolean, answer: Answer): void {
    if (answer.kind === 'accepted') this.#onAccepted(batch, answer);
    else this.#onRefused(batch, isProbe, answer);
  }

  /** Its records are lost; the caller counts them. */
  giveUp(batch: Batch): void {
    batch.givenUp();
    this.#finish(batch);
  }

  /** A receiver has accepted it. */
  delivered(batch: Batch, rejected?: number, message?: string): void {
    this.#dependencies.counter.countDelivered(batch.runs, rejected, message);
    batch.acknowledged();
    this.#finish(batch);
  }

  #onAccepted(batch: Batch, { rejected, message }: Accepted): void {
    const { now, health, size } = this.#dependencies;
    this.#isFailing = false;
    health.accepted(now());
    size.accepted(batch.bytes);
    this.#bisections.accepted(batch.bisection);
    this.delivered(batch, rejected, message);
  }

  #onRefused(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { now, size, health, retryQueue, counter } = this.#dependencies;
    const { remedy, errorType } = refusal;
    for (const { chunk } of batch.runs) chunk.refused();
    if (this.#isInterrupted(batch, refusal)) {
      this.#sendAgain(batch, isProbe);
      return;
    }
    this.#isFailing = remedy === 'wait' || remedy === 'credentials' || remedy === 'none';
    if (remedy !== 'split') size.refusedForAnotherReason();
    if (remedy === 'wait' || remedy === 'credentials') {
      this.#retry(batch, isProbe, refusal);
      return;
    }
    health.responded();
    const nowMs = now();
    if (remedy === 'split' && size.refused(batch.bytes, batch.count, nowMs)) {
      retryQueue.addFirst(...batch.divide());
      return;
    }
    if (remedy === 'isolate') {
      const bisection = this.#bisections.refused(batch.count, batch.bisection, nowMs);
      if (bisection !== undefined) {
        retryQueue.addFirst(...batch.divide(bisection));
        return;
      }
    }
    counter.countLostRuns(batch.runs, remedy === 'split' ? 'too_large' : errorType, toldRefusal(refusal));
    this.giveUp(batch);
  }

  /** Whether the attempt failed because the process was frozen meanwhile: the receiver has closed, or time ran out. */
  #isInterrupted(batch: Batch, { remedy, errorType, retryAfterMs }: Refused): boolean {
    if (remedy !== 'wait' || retryAfterMs !== undefined || errorType === 'CANCELLED') return false;
    return this.#dependencies.thaws.wasFrozenSince(batch.sentMs);
  }

  /** Puts the batch where it is sent next, without a backoff: the failure was not the receiver's. */
  #sendAgain(batch: Batch, isProbe: boolean): void {
    const { now, health, retryQueue } = this.#dependencies;
    batch.interrupted();
    if (isProbe) health.probeInterrupted(now());
    retryQueue.addFirst(batch);
  }

  /**
   * Puts the batch into the retry queue. Where the receiver accepts others, the batch may be the reason: then it has
   * a backoff of its own. Otherwise the backoff of the receiver's probes is enough.
   */
  #retry(batch: Batch, isProbe: boolean, refusal: Refused): void {
    const { retryAfterMs } = refusal;
    const { now, random, counter, health, retryQueue, schedule } = this.#dependencies;
    const nowMs = now();
    const maxBackoffMs = schedule.isFlushing ? MAX_FLUSH_BACKOFF_MS : MAX_BACKOFF_MS;
    const delayMs = batch.refused(health.acceptances)
      ? backoffMs(batch.ownRefusals - 1, maxBackoffMs, retryAfterMs, random())
      : boundedRetryAfterMs(retryAfterMs);
    batch.retryAt(nowMs + delayMs);
    health.failed(nowMs, isProbe, maxBackoffMs, retryAfterMs);
    retryQueue.add(batch);
    counter.reportWaiting(toldRefusal(refusal));
  }

  #finish(batch: Batch): void {
    const { chunks, now, onFinished } = this.#dependencies;
    this.#bisections.finished(batch.bisection, now());
    onFinished(batch);
    for (const { chunk, from, to } of batch.runs) {
      chunk.finished(to - from);
      chunks.release(chunk);
    }
  }
}
