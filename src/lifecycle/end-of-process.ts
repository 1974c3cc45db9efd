/**
 * The end of the process: what is pending is delivered, and then the process ends as it would have without us; never
 * earlier, and not later than the deadline. Whether it ends is certain only when it does: `beforeExit` and signals are
 * occasions to deliver.
 */

import { endingSignals } from './ending-signals.ts';

type Signal = NodeJS.Signals;

export interface EndOfProcess {
  /** Whether there is anything to deliver or to tell that was not tried before. */
  hasWork(): boolean;
  /**
   * Delivers what there is; settles at the deadline at the latest.
   *
   * @param isFinal whether the process has nothing else to do
   */
  flush(isFinal: boolean): Promise<void>;
  /** Delivers what there is as soon as possible: the process may end soon, or not at all. */
  hasten(): void;
  /** The deadline has passed: nothing of ours is to keep the process alive. */
  letGo(): void;
  /**
   * The process ends now; only synchronous work is possible. Called more than once where the end takes detours.
   *
   * @param isFlushed whether that is the end that the last flush was for, whose deadline counts
   */
  onExit(isFlushed: boolean): void;
}

/** Requests to the system that exports make. (Their sockets keep no process alive.) */
const OF_EXPORTS = new Set(['ConnectWrap', 'GetAddrInfoReqWrap', 'SimpleShutdownWrap', 'SimpleWriteWrap']);
/** Those of standard input, output and error are named whether they keep the process alive or not. */
const OF_STANDARD_STREAMS = new Set(['PipeWrap', 'TTYWrap']);

/** @returns to be called where the process has nothing to do but wait for exports, see `isHeldByExports` */
export function watchEndOfProcess(end: EndOfProcess): () => void {
  let flushing: Promise<void> | undefined;
  const flush = (isFinal: boolean): Promise<void> => {
    flushing ??= end.flush(isFinal).finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  const onIdle = (isFinal: boolean): void => {
    // A flush has a timer that keeps the process alive: there is none while nothing else does.
    void flush(isFinal).then(() => end.letGo());
  };

  const onBeforeExit = (): void => {
    const alive = process.getActiveResourcesInfo().length;
    // When all listeners have been called: if one has found work, this is not the end.
    process.nextTick(() => {
      if (process.getActiveResourcesInfo().length <= alive && end.hasWork()) onIdle(true);
    });
  };

  let isAsked = false;
  const onSignal = (signal: Signal, number?: number): void => {
    // Without its number it comes from the application, not from the system, and ends nothing. Deno gives none.
    const isOnlyEmitted = number === undefined && process.versions.deno === undefined;
    if (isOnlyEmitted || applicationHandles(signal)) {
      end.hasten();
      return;
    }
    if (process.pid === 1) {
      onSignalToInit(signal);
      return;
    }
    // Asked again: it is urgent.
    if (isAsked) {
      end.letGo();
      endBy(signal);
      return;
    }
    isAsked = true;
    const goOn = (): void => endBy(signal);
    flush(true).then(goOn, goOn);
  };

  /** The kernel drops a signal to the first process of a namespace unless it has a handler. So the process goes on. */
  const onSignalToInit = (signal: Signal): void => {
    end.hasten();
    // Signal-exit runs its callbacks when it is the only one that listens; whether the process then ends or not.
    if (signalExitListeners() > 0) raise(signal);
  };

  const endBy = (signal: Signal): void => {
    // A process that a signal ends emits no `exit`.
    end.onExit(true);
    raise(signal);
  };

  const raise = (signal: Signal): void => {
    process.removeListener(signal, onSignal);
    process.kill(process.pid, signal);
  };

  // A `once` listener that was called before us is gone by then. On Node it was removed while the signal is emitted, in
  // one turn: one that takes itself away later and raises the signal again wants it to end the process. Deno calls
  // each listener in a turn of its own.
  const afterEmit = process.versions.deno === undefined ? process.nextTick : setImmediate;
  let handledNow: string | symbol | undefined;
  const onRemoved = (event: string | symbol, listener: unknown): void => {
    if (listener === onSignal || !String(event).startsWith('SIG')) return;
    handledNow = event;
    afterEmit(() => {
      handledNow = undefined;
    });
  };

  const applicationHandles = (signal: Signal): boolean =>
    handledNow === signal ||
    process.listeners(signal).filter((listener) => listener !== onSignal).length > signalExitListeners();

  process.on('removeListener', onRemoved);
  process.prependListener('beforeExit', onBeforeExit);
  // First in line: `process.exit()` in one of the others, or an error, and no more are called.
  process.prependListener('exit', () => end.onExit(false));
  // First in line: a `once` listener of the application is gone by the time that later ones are called.
  for (const signal of endingSignals()) process.prependListener(signal, onSignal);
  return () => {
    if (end.hasWork()) onIdle(false);
    else end.letGo();
  };
}

/** Whether the process is alive only because exports are on their way, as far as can be seen. */
export function isHeldByExports(): boolean {
  // A channel to a parent process is a pipe too.
  if (process.connected) return false;
  return process
    .getActiveResourcesInfo()
    .every((name) => OF_EXPORTS.has(name) || OF_STANDARD_STREAMS.has(name));
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
