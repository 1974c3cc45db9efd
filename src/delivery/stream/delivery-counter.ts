import type { Receipt } from '../../record/receipt/receipt.ts';
import { UNKNOWN_EXCHANGE } from '../../record/receipt/receipt-of.ts';
import { type ReadableResults, Results } from '../../telemetry/results.ts';
import type { DeliveryCounts } from '../../telemetry/totals.ts';
import type { Run } from '../buffer/batch.ts';
import type { DeliveryListener } from '../delivery.ts';
import type { SpoolLoss } from '../spool/spool.ts';

/**
 * Notifications that may come up while the listener is being notified; all losses are counted, but no more are
 * notified. Without this limit a listener that emits a record for each lost one would never come to an end.
 */
const MAX_WHILE_NOTIFYING = 1_000;

interface Loss {
  readonly receipt: Receipt;
  readonly errorType: string;
  readonly count: number;
}

/**
 * Counts exchanges at once. Notifies the listener only in `notifyListener`: a listener may emit records of its own,
 * which must not happen while chunks and batches are being changed.
 */
export class DeliveryCounter {
  readonly #listener: DeliveryListener;
  readonly #notProcessed = new Results();
  readonly #exported = new Results();
  #kept = 0;
  #delivered = 0;
  #lost = 0;
  #adopted: number | undefined;
  #hasChanged = false;
  #losses: Loss[] = [];
  #messages: (() => void)[] = [];
  #isNotifying = false;

  constructor(listener: DeliveryListener) {
    this.#listener = listener;
  }

  counts(): DeliveryCounts {
    return {
      delivered: this.#delivered,
      lost: this.#lost,
      pending: this.#kept + (this.#adopted ?? 0) - this.#delivered - this.#lost,
      ...(this.#adopted === undefined ? {} : { adopted: this.#adopted }),
    };
  }

  /** Records that were lost before an export had them, our own events included. */
  get notProcessed(): ReadableResults {
    return this.#notProcessed;
  }

  /** Records whose export has ended, our own events included. */
  get exported(): ReadableResults {
    return this.#exported;
  }

  countKept(receipt: Receipt | undefined): void {
    if (receipt?.kind === 'exchange') this.#kept += 1;
  }

  /** Counts exchanges of other processes that are delivered here; negative where they are not any more. */
  countAdopted(exchanges: number): void {
    this.#adopted = (this.#adopted ?? 0) + exchanges;
    this.#hasChanged = true;
  }

  /** Counts records as lost that are on disk only. */
  countLostOnDisk({ counts, events, errorType, message }: SpoolLoss): void {
    let exchanges = 0;
    let records = events.reduce((sum, { size }) => sum + size, 0);
    for (const { receipt, count } of counts) {
      records += count;
      // A record that carries a count gives it back, each of them.
      const each = receipt.suppressedBefore > 0 ? 1 : count;
      for (let left = count; left > 0; left -= each) exchanges += this.#addLoss(receipt, errorType, each);
    }
    this.#exported.fail(errorType, records);
    for (const receipts of events)
      for (const receipt of receipts.values()) this.#addLoss(receipt, errorType, 1);
    this.#reportFailure(message, exchanges);
  }

  /** Counts one record as lost that no export had. */
  countLost(receipt: Receipt | undefined, errorType: string, message: string): void {
    this.#notProcessed.fail(errorType, 1);
    this.#reportFailure(message, this.#addLoss(receipt, errorType, 1));
  }

  /**
   * Counts records as lost.
   *
   * @param fresh one of the runs, whose records no export had
   */
  countLostRuns(runs: readonly Run[], errorType: string, message: string, fresh?: Run): void {
    let exchanges = 0;
    const notProcessed = fresh === undefined ? 0 : recordsIn([fresh]);
    this.#notProcessed.fail(errorType, notProcessed);
    this.#exported.fail(errorType, recordsIn(runs) - notProcessed);
    for (const { chunk, from, to } of runs) {
      for (let record = from; record < to; record += 1)
        exchanges += this.#addLoss(chunk.receipt(record), errorType, 1);
    }
    this.#reportFailure(message, exchanges);
  }

  /**
   * Counts records as delivered.
   *
   * @param rejected records of them that the receiver has rejected; OTLP does not reveal which
   * @param message of the receiver; may be there although no record was rejected
   */
  countDelivered(runs: readonly Run[], rejected = 0, message = ''): void {
    let exchanges = 0;
    for (const { chunk, from, to } of runs) {
      for (let record = from; record < to; record += 1)
        if (chunk.receipt(record)?.kind === 'exchange') exchanges += 1;
    }
    const lost = Math.min(rejected, exchanges);
    // A faulty receiver may report more rejected records than it was sent.
    const sent = recordsIn(runs);
    const refused = Math.min(rejected, sent);
    this.#exported.succeed(sent - refused);
    // As the semantic conventions name it where the receiver does not say why.
    this.#exported.fail('rejected', refused);
    this.#delivered += exchanges - lost;
    this.#hasChanged = true;
    if (lost > 0) this.#addLoss(UNKNOWN_EXCHANGE, 'partial_success', lost);
    if (rejected > 0) {
      this.#reportFailure(
        `the receiver rejected ${refused} ${refused === 1 ? 'record' : 'records'}${message && `: ${message}`}`,
        lost,
      );
    } else if (message !== '') this.#report(() => this.#listener.onWarning(message));
  }

  /** The spool does not do what it should. */
  reportTrouble(message: string): void {
    this.#report(() => this.#listener.onTrouble?.(message));
  }

  reportWaiting(message: string): void {
    this.#report(() => this.#listener.onWaiting(message));
  }

  /** More of what is pending is on disk. */
  storedChanged(): void {
    this.#hasChanged = true;
  }

  /** Notifies the listener of all that has happened since. What happens meanwhile is left for the next call. */
  notifyListener(): void {
    if (this.#hasChanged) {
      this.#hasChanged = false;
      ignoreErrors(() => this.#listener.onSettled?.());
    }
    if (this.#isNotifying || (this.#losses.length === 0 && this.#messages.length === 0)) return;
    const losses = this.#losses;
    const messages = this.#messages;
    this.#losses = [];
    this.#messages = [];
    this.#isNotifying = true;
    for (const { receipt, errorType, count } of losses)
      ignoreErrors(() => this.#listener.onLost(receipt, errorType, count));
    for (const report of messages) ignoreErrors(report);
    this.#isNotifying = false;
  }

  #reportFailure(message: string, exchanges: number): void {
    this.#report(() => this.#listener.onFailure(message, exchanges));
  }

  #report(message: () => void): void {
    if (!this.#isNotifying || this.#messages.length < MAX_WHILE_NOTIFYING) this.#messages.push(message);
  }

  /** @returns how many of them are exchanges */
  #addLoss(receipt: Receipt | undefined, errorType: string, count: number): number {
    if (receipt === undefined) return 0;
    if (!this.#isNotifying || this.#losses.length < MAX_WHILE_NOTIFYING)
      this.#losses.push({ receipt, errorType, count });
    if (receipt.kind !== 'exchange') return 0;
    this.#lost += count;
    this.#hasChanged = true;
    return count;
  }
}

function recordsIn(runs: readonly Run[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

function ignoreErrors(notify: () => void): void {
  try {
    notify();
  } catch {
    // An error of the listener must not stop delivery.
  }
}
