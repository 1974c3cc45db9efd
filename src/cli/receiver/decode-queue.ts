/** Exports that may wait for their turn; more are asked to come again. */
const MAX_WAITING = 256;

/** Decodes one export after the other: only one at a time takes more memory than its bytes. */
export class DecodeQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get isFull(): boolean {
    return this.#waiting >= MAX_WAITING;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
