import { AsyncResource } from 'node:async_hooks';

/** Milliseconds between two checks of files that are replaced while the process runs. */
const POLL_MS = 5000;

/**
 * Checks files at regular times, and on request. `fs.watch` is no way to do that: it stops working after the first
 * rename or the first swap of a mounted ConfigMap. Keeps no process alive.
 */
export class Polling {
  // A timer that starts during a request would keep its context alive.
  readonly #startup = new AsyncResource('otel-access-log');
  readonly #look: () => Promise<void>;
  readonly #pollMs: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  /** @param look checks the files once; must not reject */
  constructor(look: () => Promise<void>, pollMs: number = POLL_MS) {
    this.#look = look;
    this.#pollMs = pollMs;
  }

  /** Starts the regular checks. The first one is due after the interval. */
  start(): void {
    this.#timer ??= this.#startup.runInAsyncScope(() =>
      setInterval(() => void this.now(), this.#pollMs).unref(),
    );
  }

  /** Checks now, or waits for the check that is under way. */
  now(): Promise<void> {
    this.#looking ??= this.#startup
      .runInAsyncScope(() => this.#look())
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
