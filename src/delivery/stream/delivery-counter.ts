import type { Receipt } from '../../record/receipt.ts';
import { UNKNOWN_EXCHANGE } from '../../record/receipt-of.ts';
import type { DeliveryCounts } from '../../telemetry/totals.ts';
import type { DeliveryListener } from '../delivery.ts';
import type { Run } from './buffer/batch.ts';

/**
 * Of the records that a listener emits while it is told of others, the losses that are told too; all are counted. One
 * that emits a record for each that it hears of would otherwise never come to an end.
 */
const MAX_ECHO = 1_000;

interface Loss {
  readonly receipt: Receipt;
  readonly errorType: string;
  readonly count: number;
}

/**
 * Counts exchanges, at once; and tells the listener, when asked to: it may emit records of its own, which must not
 * come in the middle of anything.
 */
export class DeliveryCounter {
  readonly #listener: DeliveryListener;
  #kept = 0;
  #delivered = 0;
  #lost = 0;
  #hasSettled = false;
  #losses: Loss[] = [];
  #words: (() => void)[] = [];
  #isTelling = false;

  constructor(listener: DeliveryListener) {
    this.#listener = listener;
  }

  counts(): DeliveryCounts {
    return {
      delivered: this.#delivered,
      lost: this.#lost,
      pending: this.#kept - this.#delivered - this.#lost,
    };
  }

  keep(receipt: Receipt | undefined): void {
    if (receipt?.kind === 'exchange') this.#kept += 1;
  }

  /** Counts one record as lost. */
  lose(receipt: Receipt | undefined, errorType: string, message: string): void {
    this.#fail(message, this.#addLoss(receipt, errorType, 1));
  }

  /** Counts records as lost. */
  loseRuns(runs: readonly Run[], errorType: string, message: string): void {
    let exchanges = 0;
    for (const { chunk, from, to } of runs) {
      for (let record = from; record < to; record += 1)
        exchanges += this.#addLoss(chunk.receipt(record), errorType, 1);
    }
    this.#fail(message, exchanges);
  }

  /**
   * Counts records as delivered.
   *
   * @param rejected so many of them were refused all the same, and nobody knows which
   * @param message what the receiver said
   */
  deliver(runs: readonly Run[], rejected = 0, message = ''): void {
    let exchanges = 0;
    for (const { chunk, from, to } of runs) {
      for (let record = from; record < to; record += 1)
        if (chunk.receipt(record)?.kind === 'exchange') exchanges += 1;
    }
    const lost = Math.min(rejected, exchanges);
    this.#delivered += exchanges - lost;
    this.#hasSettled = true;
    if (lost > 0) this.#addLoss(UNKNOWN_EXCHANGE, 'partial_success', lost);
    if (rejected > 0) {
      // No more than were sent, whatever the receiver says.
      const sent = runs.reduce((sum, { from, to }) => sum + to - from, 0);
      const count = Math.min(rejected, sent);
      this.#fail(
        `the receiver rejected ${count} ${count === 1 ? 'record' : 'records'}${message && `: ${message}`}`,
        lost,
      );
    } else if (message !== '') this.#say(() => this.#listener.onWarning(message));
  }

  wait(message: string): void {
    this.#say(() => this.#listener.onWaiting(message));
  }

  /** Tells what there is to tell. What comes up meanwhile is left for the next time. */
  tell(): void {
    if (this.#hasSettled) {
      this.#hasSettled = false;
      guard(() => this.#listener.onSettled?.());
    }
    if (this.#isTelling || (this.#losses.length === 0 && this.#words.length === 0)) return;
    const losses = this.#losses;
    const words = this.#words;
    this.#losses = [];
    this.#words = [];
    this.#isTelling = true;
    for (const { receipt, errorType, count } of losses)
      guard(() => this.#listener.onLost(receipt, errorType, count));
    for (const say of words) guard(say);
    this.#isTelling = false;
  }

  #fail(message: string, exchanges: number): void {
    this.#say(() => this.#listener.onFailure(message, exchanges));
  }

  #say(words: () => void): void {
    if (!this.#isTelling || this.#words.length < MAX_ECHO) this.#words.push(words);
  }

  /** @returns how many of them count */
  #addLoss(receipt: Receipt | undefined, errorType: string, count: number): number {
    if (receipt === undefined) return 0;
    if (!this.#isTelling || this.#losses.length < MAX_ECHO) this.#losses.push({ receipt, errorType, count });
    if (receipt.kind !== 'exchange') return 0;
    this.#lost += count;
    this.#hasSettled = true;
    return count;
  }
}

function guard(tell: () => void): void {
  try {
    tell();
  } catch {
    // Whoever listens has no part in delivery.
  }
}
