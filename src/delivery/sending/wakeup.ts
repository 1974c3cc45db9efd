import type { StreamDependencies, Timer } from '../stream/stream-settings.ts';

/** Calls one function at the earliest of the requested times. At most one timer is running. */
export class Wakeup {
  readonly #dependencies: Pick<StreamDependencies, 'now' | 'startTimer' | 'onError'>;
  readonly #callback: () => void;
  #timer: Timer | undefined;
  #atMs = Infinity;
  #holdsProcess = false;
  readonly #onTimer = (): void => {
    this.stop();
    try {
      this.#callback();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  };

  constructor(
    dependencies: Pick<StreamDependencies, 'now' | 'startTimer' | 'onError'>,
    callback: () => void,
  ) {
    this.#dependencies = dependencies;
    this.#callback = callback;
  }

  /** Requests a call in the next turn of the event loop. */
  soon(): void {
    this.#set(Number.NEGATIVE_INFINITY, 0);
  }

  /** Requests a call. @param atMs monotonic milliseconds; `Infinity`: none */
  at(atMs: number): void {
    if (atMs < this.#atMs) this.#set(atMs, Math.max(0, atMs - this.#dependencies.now()));
  }

  /** @param holdsProcess whether the process stays alive for the calls to come */
  hold(holdsProcess: boolean): void {
    this.#holdsProcess = holdsProcess;
    this.#timer?.hold(holdsProcess);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#atMs = Infinity;
  }

  #set(atMs: number, delayMs: number): void {
    if (this.#atMs === Number.NEGATIVE_INFINITY) return;
    this.stop();
    this.#atMs = atMs;
    this.#timer = this.#dependencies.startTimer(Math.ceil(delayMs), this.#onTimer);
    if (this.#holdsProcess) this.#timer.hold(true);
  }
}
