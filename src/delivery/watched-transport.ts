import type { Answer, Transport } from './transport/transport.ts';

const LOOK_MS = 250;

/** A transport that tells, four times a second, that there are exports without an answer for so long. */
export class WatchedTransport implements Transport {
  readonly #transport: Transport;
  readonly #onUnanswered: () => void;
  /** When they were sent, the oldest first. */
  readonly #unanswered = new Set<{ readonly sentMs: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(transport: Transport, onUnanswered: () => void) {
    this.#transport = transport;
    this.#onUnanswered = onUnanswered;
  }

  async send(parts: readonly Uint8Array[], timeoutMs: number): Promise<Answer> {
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
      if (oldest !== undefined && performance.now() - oldest.sentMs >= LOOK_MS) this.#onUnanswered();
    }, LOOK_MS).unref();
  }
}
