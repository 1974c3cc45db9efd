import type { Usage } from '../../telemetry/delivery-report.ts';
import type { EventReceipts } from './batch-content.ts';
import type { LogQueue } from './log-queue.ts';
import type { StoredFrame } from './segments/frame-table.ts';
import { Turns } from './segments/turns.ts';
import type { SpoolLoss } from './spool.ts';

/** Gives up the oldest segments where there would be more on disk than may be. */
export class SpoolLimit {
  readonly #limitBytes: number;
  readonly #queues: () => readonly LogQueue[];
  readonly #onLost: (loss: SpoolLoss) => void;
  readonly #turns = new Turns();
  /** Bytes that are being written. */
  #reserved = 0;

  constructor(limitBytes: number, queues: () => readonly LogQueue[], onLost: (loss: SpoolLoss) => void) {
    this.#limitBytes = limitBytes;
    this.#queues = queues;
    this.#onLost = onLost;
  }

  /** What is written, without what is being written. */
  get usage(): Usage {
    return { bytes: this.#bytes, limitBytes: this.#limitBytes };
  }

  /**
   * Makes room for a write, and does it. Never gives up what is in memory too.
   *
   * @returns `undefined` where there is no room
   * @throws what `write` throws
   */
  async write<Result>(bytes: number, write: () => Promise<Result>): Promise<Result | undefined> {
    this.#reserved += bytes;
    try {
      if (!(await this.keep())) return undefined;
      return await write();
    } finally {
      this.#reserved -= bytes;
    }
  }

  /** @returns whether the limit is kept. Never rejects */
  async keep(): Promise<boolean> {
    if (this.#isKept) return true;
    return await this.#turns.take(() => this.#dropOldest());
  }

  async #dropOldest(): Promise<boolean> {
    for (const queue of this.#queues()) {
      while (!this.#isKept && !queue.isTaken && (await this.#dropOldestOf(queue)));
    }
    return this.#isKept;
  }

  async #dropOldestOf(queue: LogQueue): Promise<boolean> {
    const events: EventReceipts[] = [];
    const mayDrop = (frame: StoredFrame): boolean => !queue.isTaken && !queue.isInMemory(frame);
    const counts = await queue.log.dropOldest(mayDrop, (frame) => {
      const receipts = queue.forget(frame);
      if (receipts !== undefined) events.push(receipts);
    });
    if (counts === undefined) return false;
    this.#onLost({
      counts,
      events,
      errorType: 'spool_limit',
      message: 'the limit of the spool is reached: the oldest records give way',
    });
    return true;
  }

  get #isKept(): boolean {
    return this.#bytes + this.#reserved <= this.#limitBytes;
  }

  get #bytes(): number {
    return this.#queues().reduce((sum, { log }) => sum + log.bytes, 0);
  }
}
