import { backoffMs, MAX_BACKOFF_MS } from './backoff.ts';

/** What the responses show of the receiver: whether every batch may be sent, or only a probe from time to time. */
export class ReceiverHealth {
  readonly #random: () => number;
  #isFailing = false;
  #failures = 0;
  #nextProbeMs = 0;
  #acceptances = 0;
  #acceptedMs = Number.NEGATIVE_INFINITY;

  /** @param random from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether it could not be reached, or asked to wait, and has not responded in any other way since. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Monotonic milliseconds; only while it is failing. */
  get nextProbeMs(): number {
    return this.#nextProbeMs;
  }

  /** Exports that it has accepted. */
  get acceptances(): number {
    return this.#acceptances;
  }

  /** When it last accepted an export; monotonic milliseconds. */
  get acceptedMs(): number {
    return this.#acceptedMs;
  }

  accepted(nowMs: number): void {
    this.#acceptances += 1;
    this.#acceptedMs = nowMs;
    this.#isFailing = false;
  }

  /** It has refused an export for a reason that will not go away by waiting: it can be reached and is working. */
  responded(): void {
    this.#isFailing = false;
  }

  /** A probe is being sent. The next one follows only where this one gets no response for the longest backoff. */
  probeSent(nowMs: number): void {
    this.#nextProbeMs = nowMs + MAX_BACKOFF_MS;
  }

  /** A probe came to nothing, and not because of the receiver: the next one may follow at once. */
  probeInterrupted(nowMs: number): void {
    this.#nextProbeMs = nowMs;
  }

  /**
   * It could not be reached, or asked to wait.
   *
   * @param isProbe whether the export was a probe. Of exports that were in flight together the first one counts, since
   * all of them fail for one reason; another one only makes the wait longer where the receiver asks for more.
   */
  failed(nowMs: number, isProbe: boolean, maxBackoffMs: number, retryAfterMs: number | undefined): void {
    const isNew = !this.#isFailing;
    this.#isFailing = true;
    if (isNew) this.#failures = 0;
    else if (isProbe) this.#failures += 1;
    else if (retryAfterMs === undefined) return;
    const probeMs = nowMs + backoffMs(this.#failures, maxBackoffMs, retryAfterMs, this.#random());
    this.#nextProbeMs = isNew || isProbe ? probeMs : Math.max(this.#nextProbeMs, probeMs);
  }
}
