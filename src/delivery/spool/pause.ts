import type { StreamDependencies, Timer } from '../stream/stream-settings.ts';

/** Timers that end together. */
export class Timers {
  readonly #startTimer: StreamDependencies['startTimer'];
  readonly #running = new Set<Timer>();
  #isStopped = false;

  constructor(startTimer: StreamDependencies['startTimer']) {
    this.#startTimer = startTimer;
  }

  /** Calls back once, unless all are stopped before. */
  after(ms: number, callback: () => void): void {
    if (this.#isStopped) return;
    const timer = this.#startTimer(ms, () => {
      this.#running.delete(timer);
      callback();
    });
    this.#running.add(timer);
  }

  /** No timer runs any more, nor is one started. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#running) timer.stop();
    this.#running.clear();
  }
}

/** Whether a kind of work waits, after it has failed. */
export class Pause {
  readonly #timers: Timers;
  readonly #onOver: () => void;
  #isOn = false;

  constructor(timers: Timers, onOver: () => void) {
    this.#timers = timers;
    this.#onOver = onOver;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  begin(ms: number): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#timers.after(ms, () => {
      this.#isOn = false;
      this.#onOver();
    });
  }
}
