import type { Stored } from './disk-copy.ts';
import type { LogQueue } from './log-queue.ts';
import type { StoredFrame } from './segments/frame-table.ts';

/** A frame of a log, as the place of a batch. */
export class StoredInLog implements Stored {
  readonly queue: LogQueue;
  readonly frame: StoredFrame;
  readonly #onFinished: (queue: LogQueue) => void;

  constructor(queue: LogQueue, frame: StoredFrame, onFinished: (queue: LogQueue) => void) {
    this.queue = queue;
    this.frame = frame;
    this.#onFinished = onFinished;
  }

  get isTaken(): boolean {
    return this.queue.isTaken;
  }

  finish(): void {
    this.queue.finish(this.frame);
    this.#onFinished(this.queue);
  }
}
