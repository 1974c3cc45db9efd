/**
 * The end of the process: what is pending is delivered, and then the process ends as it would have without us.
 */

type Signal = NodeJS.Signals;

export interface EndOfProcess {
  /** Whether there is anything to deliver or to tell. */
  readonly hasWork: () => boolean;
  /** Exchanges that have ended so far. */
  readonly served: () => number;
  /** Delivers what there is; settles at the deadline at the latest. @returns false if the deadline cut it off. */
  readonly flush: () => Promise<boolean>;
  /** The application deals with the signal itself; it may end soon, or not at all. */
  readonly onHandledSignal: () => void;
  /** The process ends now; only synchronous work is possible. Called more than once where the end takes detours. */
  readonly onExit: () => void;
}

/** @returns a function that takes the listeners away again. */
export function watchEndOfProcess(end: EndOfProcess): () => void {
  let flushing: Promise<boolean> | undefined;
  const flush = (): Promise<boolean> => {
    flushing ??= end.flush().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  let servedAtFlush = -1;
  const onBeforeExit = (): void => {
    // What a flush has left, the next one would leave as well, and `beforeExit` come again and again.
    if (flushing !== undefined || !end.hasWork() || end.served() === servedAtFlush) return;
    servedAtFlush = end.served();
    void flush().then((complete) => {
      // The event loop was empty: an export that hangs must not hold up a process that had nothing else to do.
      if (!complete) process.exit();
    });
  };

  let asked = false;
  const onSignal = (signal: Signal): void => {
    if (applicationHandles(signal)) {
      end.onHandledSignal();
      return;
    }
    // Asked again: somebody is in a hurry.
    if (asked) {
      endBy(signal);
      return;
    }
    asked = true;
    const goOn = (): void => endBy(signal);
    flush().then(goOn, goOn);
  };

  const endBy = (signal: Signal): void => {
    // A process that a signal ends emits no `exit`.
    end.onExit();
    process.removeListener(signal, onSignal);
    process.kill(process.pid, signal);
  };

  // Who was called before us, by `once`, is gone: Deno calls listeners of a signal in the order in which they came.
  let handledNow: string | symbol | undefined;
  const onRemoved = (event: string | symbol): void => {
    if (!String(event).startsWith('SIG')) return;
    handledNow = event;
    setImmediate(() => {
      handledNow = undefined;
    });
  };

  const applicationHandles = (signal: Signal): boolean =>
    handledNow === signal ||
    process.listeners(signal).filter((listener) => listener !== onSignal).length > signalExitListeners();

  process.on('removeListener', onRemoved);
  process.on('beforeExit', onBeforeExit);
  process.on('exit', end.onExit);
  // First in line: a `once` listener of the application is gone by the time that later ones are called.
  process.prependListener('SIGTERM', onSignal);
  process.prependListener('SIGINT', onSignal);
  return () => {
    process.removeListener('removeListener', onRemoved);
    process.removeListener('beforeExit', onBeforeExit);
    process.removeListener('exit', end.onExit);
    process.removeListener('SIGTERM', onSignal);
    process.removeListener('SIGINT', onSignal);
  };
}

/**
 * The package signal-exit (in half of npm) listens too, but raises the signal again itself as soon as nobody else
 * listens. It counts its copies per signal: v3 on `process`, v4 on `globalThis`.
 */
function signalExitListeners(): number {
  return (
    countOf(Reflect.get(process, '__signal_exit_emitter__')) +
    countOf(Reflect.get(globalThis, Symbol.for('signal-exit emitter')))
  );
}

function countOf(emitter: { count?: unknown } | undefined): number {
  return typeof emitter?.count === 'number' ? emitter.count : 0;
}
