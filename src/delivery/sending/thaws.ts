import type { StreamDependencies, Timer } from '../stream/stream-settings.ts';

/** Milliseconds between two looks at the clock, while exports are in flight. */
const LOOK_MS = 100;
/** A look that is so many milliseconds late comes after a freeze. A blocked event loop looks the same: it reads no response either. */
const LATE_MS = 400;

/**
 * Finds out whether the process stood still while exports were in flight: a platform froze it, SIGSTOP stopped it, or
 * the computer slept. Looks at both clocks, since the monotonic one may stand still meanwhile.
 */
export class Thaws {
  readonly #dependencies: Pick<StreamDependencies, 'now' | 'wallMs' | 'startTimer'>;
  #timer: Timer | undefined;
  #lookedMs = 0;
  #lookedWallMs = 0;
  #thawedMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: Pick<StreamDependencies, 'now' | 'wallMs' | 'startTimer'>) {
    this.#dependencies = dependencies;
  }

  /** To be called when an export is sent. */
  exportSent(): void {
    if (this.#timer !== undefined) return;
    this.#readClocks();
    this.#start();
  }

  /** To be called when no export is in flight any more. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** @param sentMs when an export was sent that is still in flight; monotonic milliseconds */
  wasFrozenSince(sentMs: number): boolean {
    // After a thaw the event loop may read sockets before it runs the timer that looks.
    if (this.#timer !== undefined) this.#look();
    return this.#thawedMs > sentMs;
  }

  #start(): void {
    this.#timer = this.#dependencies.startTimer(LOOK_MS, () => {
      this.#look();
      this.#start();
    });
  }

  #look(): void {
    const beforeMs = this.#lookedMs;
    const beforeWallMs = this.#lookedWallMs;
    this.#readClocks();
    const passedMs = Math.max(this.#lookedMs - beforeMs, this.#lookedWallMs - beforeWallMs);
    if (passedMs > LOOK_MS + LATE_MS) this.#thawedMs = this.#lookedMs;
  }

  #readClocks(): void {
    const { now, wallMs } = this.#dependencies;
    this.#lookedMs = now();
    this.#lookedWallMs = wallMs();
  }
}
