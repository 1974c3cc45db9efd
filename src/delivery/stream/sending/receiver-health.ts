import { backoffMs, MAX_BACKOFF_MS } from './backoff.ts';

/** What the answers say of the receiver: whether all may be sent, or only a probe from time to time. */
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

  /** Whether it could not be reached, or asked to wait, and has not answered anything else since. */
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

  /** It has refused something, but not because it could not take it at the moment. */
  answered(): void {
    this.#isFailing = false;
  }

  /** A probe is about to be sent. A second one goes only where the first one hangs. */
  probing(nowMs: number): void {
    this.#nextProbeMs = nowMs + MAX_BACKOFF_MS;
  }

  /** @param isProbe whether the attempt was one; of many that were on their way together, only one counts */
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
