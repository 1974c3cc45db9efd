import type { Answer, Transport } from './transport.ts';

/** Knows what else keeps the process alive than exports. */
export interface ProcessWatch {
  /** Whether the process is alive only because exports are on their way, as far as can be seen. */
  isHeldByExports(): boolean;
  /** Called four times a second while that is so. */
  onHeldByExports(): void;
}

const LOOK_MS = 250;

/** A transport whose exports do not keep a process alive that has nothing else to do. */
export class WatchedTransport implements Transport {
  readonly #transport: Transport;
  readonly #watch: ProcessWatch;
  /** When those were sent that have no answer, the oldest first. */
  readonly #unanswered = new Set<{ readonly sentMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  /** Why the last exports were cancelled; until the process is found to have something else to do. */
  #cancelled: string | undefined;

  constructor(transport: Transport, watch: ProcessWatch) {
    this.#transport = transport;
    this.#watch = watch;
  }

  async send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    // Not everything can be cancelled: a name that is looked up holds the process, which would send again meanwhile.
    if (this.#cancelled !== undefined && this.#watch.isHeldByExports()) return cancelled(this.#cancelled);
    this.#cancelled = undefined;
    const sent = { sentMs: performance.now() };
    this.#unanswered.add(sent);
    this.#timer ??= this.#startTimer();
    try {
      return await this.#transport.send(parts, timeoutMs);
    } finally {
      this.#unanswered.delete(sent);
    }
  }

  cancel(why: string): void {
    this.#cancelled = why;
    this.#transport.cancel(why);
  }

  close(): void {
    this.#transport.close();
    clearTimeout(this.#timer);
  }

  /** Not stopped by an answer: with many exports it would be started anew for each. */
  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      const [oldest] = this.#unanswered;
      this.#timer = oldest && this.#startTimer();
      const isLate = oldest !== undefined && performance.now() - oldest.sentMs >= LOOK_MS;
      if (isLate && this.#watch.isHeldByExports()) this.#watch.onHeldByExports();
    }, LOOK_MS).unref();
  }
}

function cancelled(message: string): Answer {
  return { kind: 'refused', remedy: 'wait', errorType: 'CANCELLED', message, retryAfterMs: undefined };
}
