/** What a time-out and the end of the transport are told as. */
export class AttemptEnded extends Error {
  readonly code: 'ETIMEDOUT' | 'CANCELLED';

  constructor(code: AttemptEnded['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * One attempt to export. It ends at its time-out at the latest, whatever it waits for: a receiver can withhold any
 * event of a connection, a file system any file, and the pool of threads the result of a compression. (An `AbortSignal`
 * costs a quarter of what posting costs.)
 */
export class Attempt {
  readonly timeoutMs: number;
  /** Fulfilled when it is ended without an answer. */
  readonly ended: Promise<AttemptEnded>;
  /** Called before that: lets go of what is on its way, and answers where enough of the answer is there. */
  onEnd: ((reason: AttemptEnded) => void) | undefined;
  readonly #deadlineMs: number;
  readonly #timer: NodeJS.Timeout;
  #fulfil: (reason: AttemptEnded) => void = () => undefined;
  #reason: AttemptEnded | undefined;

  /** @param timeoutMs for all of it; the process does not stay alive for it */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.#deadlineMs = performance.now() + timeoutMs;
    this.ended = new Promise((resolve) => {
      this.#fulfil = resolve;
    });
    this.#timer = setTimeout(() => {
      this.end(new AttemptEnded('ETIMEDOUT', `no answer within ${Math.round(timeoutMs)} ms`));
    }, timeoutMs).unref();
  }

  /** Why it was ended without an answer; `undefined` where it was not. */
  get reason(): AttemptEnded | undefined {
    return this.#reason;
  }

  get leftMs(): number {
    return this.#deadlineMs - performance.now();
  }

  /** Ends it without an answer. */
  end(reason: AttemptEnded): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.finish();
    this.onEnd?.(reason);
    this.#fulfil(reason);
  }

  /** It has its answer. */
  finish(): void {
    clearTimeout(this.#timer);
  }
}
