/** Why an attempt was ended from our side: its time-out, or the end of the transport. */
export class AttemptEnded extends Error {
  readonly code: 'ETIMEDOUT' | 'CANCELLED';

  constructor(code: AttemptEnded['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A timer that is so many milliseconds late fires after a freeze of the process, or a blocked event loop. */
const LATE_MS = 400;
/**
 * Milliseconds that an attempt has left after that, at most. A response that came meanwhile is read in the next turn; a
 * connection that is gone without a sign is worth no longer wait.
 */
const AFTER_FREEZE_MS = 1_000;

/**
 * One attempt to export. It ends at its time-out at the latest. Everything that it waits for can hang: the receiver, a
 * file system, and the thread pool that compresses. Not an `AbortSignal`, which costs a quarter of what posting costs.
 */
export class Attempt {
  readonly timeoutMs: number;
  /** Resolves when the attempt is ended without a response. */
  readonly ended: Promise<AttemptEnded>;
  /** Called before `ended` resolves: cancels the request, or returns the response where enough of it has arrived. */
  onEnd: ((reason: AttemptEnded) => void) | undefined;
  #deadlineMs: number;
  #timer: NodeJS.Timeout;
  #outlivedFreeze = false;
  #fulfil: (reason: AttemptEnded) => void = () => undefined;
  #reason: AttemptEnded | undefined;

  /** @param timeoutMs for the whole attempt, in milliseconds; its timer does not keep the process alive */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
    this.#deadlineMs = performance.now() + timeoutMs;
    this.ended = new Promise((resolve) => {
      this.#fulfil = resolve;
    });
    this.#timer = this.#startTimer(timeoutMs);
  }

  /** Whether its deadline passed while the process stood still, so that it was given more time. */
  get outlivedFreeze(): boolean {
    return this.#outlivedFreeze;
  }

  /** Why it was ended without a response; `undefined` where it was not. */
  get reason(): AttemptEnded | undefined {
    return this.#reason;
  }

  get leftMs(): number {
    return this.#deadlineMs - performance.now();
  }

  /** Ends the attempt without a response. */
  end(reason: AttemptEnded): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.finish();
    this.onEnd?.(reason);
    this.#fulfil(reason);
  }

  /** The attempt has its response. */
  finish(): void {
    clearTimeout(this.#timer);
  }

  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      if (!this.#outlivedFreeze && -this.leftMs > LATE_MS) {
        this.#outlivedFreeze = true;
        const moreMs = Math.min(this.timeoutMs, AFTER_FREEZE_MS);
        this.#deadlineMs = performance.now() + moreMs;
        this.#timer = this.#startTimer(moreMs);
        return;
      }
      this.end(new AttemptEnded('ETIMEDOUT', `no answer within ${Math.round(this.timeoutMs)} ms`));
    }, ms).unref();
  }
}
