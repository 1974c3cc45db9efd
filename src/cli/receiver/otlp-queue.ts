/** Bytes of exports that are held before they are decoded. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What each takes beside its bytes. */
const BYTES_EACH = 16 * 1024;

/** Exports that wait for their turn. */
const MAX_WAITING = 256;

/** The memory that exports on their way into the receiver may take, over all connections. */
export class InFlight {
  #bytes = 0;

  /** `undefined` where there is no room for another one. */
  begin(): Held | undefined {
    const held = new Held(this);
    return held.add(BYTES_EACH) ? held : undefined;
  }

  /** Whether there is room for so many bytes, which count from now on. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > MAX_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The share of one export. */
export class Held {
  readonly #inFlight: InFlight;
  #bytes = 0;

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** Whether there is room for so many more. */
  add(bytes: number): boolean {
    if (!this.#inFlight.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  release(): void {
    this.#inFlight.give(this.#bytes);
    this.#bytes = 0;
  }
}

/** Does one thing after the other, so that only one export at a time is more than its bytes. */
export class Turns {
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
