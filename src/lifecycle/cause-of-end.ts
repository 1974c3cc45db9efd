import { constants } from 'node:os';
import type { ProcessEnd } from '../http/observed-exchange.ts';
import { classOfThrown } from '../record/reading/thrown.ts';

/** `error.type` where the process ended by an exit code, or because it had nothing more to do. */
const PROCESS_EXIT = 'process_exit';
/** What POSIX shells add to the number of a signal to make an exit code of it. */
const SIGNAL_EXIT_BASE = 128;

/** Why this thread or process ends, for the exchanges that are open then. */
export class CauseOfEnd {
  #isWatching = false;
  /** The uncaught error that Node deals with in this turn of the event loop. */
  #uncaught: { readonly error: unknown } | undefined;
  #signal: NodeJS.Signals | undefined;
  readonly #onUncaught = (error: unknown): void => {
    this.#uncaught = { error };
    // There is a next tick only where the application handles the error: then the process goes on.
    process.nextTick(() => {
      this.#uncaught = undefined;
    });
  };

  /** Watches for uncaught errors, without changing what Node does or prints. Idempotent. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    process.on('uncaughtExceptionMonitor', this.#onUncaught);
  }

  stop(): void {
    this.#isWatching = false;
    process.removeListener('uncaughtExceptionMonitor', this.#onUncaught);
  }

  /** The process has received this signal, and the application may end it. */
  signalReceived(signal: NodeJS.Signals): void {
    this.#signal = signal;
  }

  /** @param code argument of the `exit` event; Node 20 passes on a string that `process.exit()` was given */
  ofExit(code: unknown): ProcessEnd {
    if (this.#uncaught !== undefined) {
      const { error } = this.#uncaught;
      return { outcome: 'crashed', errorCode: classOfThrown(error), thrown: error };
    }
    const signal = this.#signal;
    // A handler that ends with `process.exit(143)` says that SIGTERM has ended the process.
    if (signal !== undefined && Number(code) === SIGNAL_EXIT_BASE + constants.signals[signal])
      return endBySignal(signal);
    return { outcome: Number(code) === 0 ? 'aborted' : 'crashed', errorCode: PROCESS_EXIT };
  }
}

export function endBySignal(signal: NodeJS.Signals): ProcessEnd {
  return { outcome: 'aborted', errorCode: signal };
}
