/** Indexes in the shared memory. */
const WAITING = 0;
const LINES = 1;
const HAS_WORK = 2;
const ANSWERED = 3;
const OPEN = 4;
const PLACES = 5;
/** Stored by a thread that has ended: no request waits for it. */
const ALL_ANSWERED = 0x7fffffff;

/**
 * Counts of what a serving thread has not delivered, in memory that the threads of the process share: other threads can
 * read them while this one is busy, and after it has ended.
 */
export class ThreadAccount {
  readonly shared: Int32Array;

  constructor(
    shared: Int32Array = new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)),
  ) {
    this.shared = shared;
  }

  /** Ended exchanges whose records are neither delivered nor lost, nor on disk. */
  get waiting(): number {
    return Atomics.load(this.shared, WAITING);
  }

  /** Exchanges that have not ended. */
  get open(): number {
    return Atomics.load(this.shared, OPEN);
  }

  /** Lines that are not written to standard output yet. */
  get lines(): number {
    return Atomics.load(this.shared, LINES);
  }

  /** Whether its end would have something to deliver, or to end. */
  get hasWork(): boolean {
    return Atomics.load(this.shared, HAS_WORK) === 1;
  }

  /** One more exchange has begun. */
  exchangeStarted(): void {
    this.shared[OPEN] = (this.shared[OPEN] ?? 0) + 1;
    this.shared[HAS_WORK] = 1;
  }

  /** One of the open exchanges has ended. */
  exchangeEnded(): void {
    this.shared[OPEN] = (this.shared[OPEN] ?? 0) - 1;
    this.shared[WAITING] = (this.shared[WAITING] ?? 0) + 1;
    this.shared[HAS_WORK] = 1;
  }

  show(waiting: number, lines: number): void {
    this.shared[WAITING] = waiting;
    this.shared[LINES] = lines;
  }

  /** @param request number of the request; earlier ones count as answered too */
  answer(request: number, hasWork: boolean): void {
    Atomics.store(this.shared, HAS_WORK, hasWork ? 1 : 0);
    Atomics.store(this.shared, ANSWERED, Math.max(request, Atomics.load(this.shared, ANSWERED)));
    Atomics.notify(this.shared, ANSWERED);
  }

  hasAnswered(request: number): boolean {
    return Atomics.load(this.shared, ANSWERED) >= request;
  }

  /** Blocks the calling thread until this one has answered, or the deadline has passed. */
  waitFor(request: number, deadlineMs: number): void {
    for (;;) {
      const answered = Atomics.load(this.shared, ANSWERED);
      const leftMs = deadlineMs - performance.now();
      if (answered >= request || leftMs <= 0) return;
      Atomics.wait(this.shared, ANSWERED, answered, leftMs);
    }
  }

  /** The thread ends, or has ended, and what it had not delivered was reported. */
  end(): void {
    this.show(0, 0);
    this.shared[OPEN] = 0;
    this.answer(ALL_ANSWERED, false);
  }

  get hasEnded(): boolean {
    return this.hasAnswered(ALL_ANSWERED);
  }
}
