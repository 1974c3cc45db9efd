import type { Answer, Transport } from './transport.ts';

/** Knows what keeps the process alive. */
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
  /** Exports without a response, and connections that are being made for the next one; the oldest first. */
  readonly #underWay = new Set<{ readonly sinceMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  /** Why the last exports were cancelled; cleared as soon as something else keeps the process alive. */
  #cancelled: string | undefined;

  constructor(transport: Transport, watch: ProcessWatch) {
    this.#transport = transport;
    this.#watch = watch;
  }

  async send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
    // A DNS lookup cannot be cancelled. While it holds the process, no further export may prolong that.
    if (this.#cancelled !== undefined && this.#watch.isHeldByExports()) return cancelled(this.#cancelled);
    this.#cancelled = undefined;
    return await this.#watched(this.#transport.send(parts, timeoutMs));
  }

  connect(): Promise<void> | undefined {
    if (this.#cancelled !== undefined) return undefined;
    const connecting = this.#transport.connect?.();
    return connecting && this.#watched(connecting);
  }

  relieve(): boolean {
    return this.#transport.relieve?.() === true;
  }

  cancel(why: string): void {
    this.#cancelled = why;
    this.#transport.cancel(why);
  }

  close(): void {
    this.#transport.close();
    clearTimeout(this.#timer);
  }

  async #watched<Result>(work: Promise<Result>): Promise<Result> {
    const begun = { sinceMs: performance.now() };
    this.#underWay.add(begun);
    this.#timer ??= this.#startTimer();
    try {
      return await work;
    } finally {
      this.#underWay.delete(begun);
    }
  }

  /** Not stopped by a response: with many exports it would have to be restarted for each. */
  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      const [oldest] = this.#underWay;
      this.#timer = oldest && this.#startTimer();
      const isLate = oldest !== undefined && performance.now() - oldest.sinceMs >= LOOK_MS;
      if (isLate && this.#watch.isHeldByExports()) this.#watch.onHeldByExports();
    }, LOOK_MS).unref();
  }
}

function cancelled(message: string): Answer {
  return { kind: 'refused', remedy: 'wait', errorType: 'CANCELLED', message, retryAfterMs: undefined };
}
