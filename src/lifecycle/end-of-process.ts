/**
 * The end of the process: what is pending is delivered, and then the process ends as it would have without us; never
 * earlier, and not later than the deadline. Whether it ends is certain only when it does: `beforeExit` and signals are
 * occasions to deliver.
 */

import type { ProcessEnd } from '../http/observed-exchange.ts';
import { type CauseOfEnd, endBySignal } from './cause-of-end.ts';
import { endingSignals } from './ending-signals.ts';

type Signal = NodeJS.Signals;

export interface EndOfProcess {
  /** Whether there is anything to deliver or to report that was not tried before. */
  hasWork(): boolean;
  /**
   * Delivers what is pending; settles at the deadline at the latest.
   *
   * @param isFinal whether the process has nothing else to do
   */
  flush(isFinal: boolean): Promise<void>;
  /** Starts to deliver what is pending, without waiting: the process may end soon, or not at all. */
  hasten(): void;
  /** The deadline has passed: from here on nothing of ours may keep the process alive. */
  letGo(): void;
  /**
   * The process ends now; only synchronous work is possible. May be called more than once.
   *
   * @param isFlushed whether the last flush was for this end: then its deadline applies
   * @param end what becomes of the exchanges that are open
   */
  onExit(isFlushed: boolean, end: ProcessEnd): void;
}

/** Requests to the system that exports make. (Their sockets are unref'd.) */
const OF_EXPORTS = new Set(['ConnectWrap', 'GetAddrInfoReqWrap', 'SimpleShutdownWrap', 'SimpleWriteWrap']);
/** Handles of standard input, output and error: Node lists them even where they do not keep the process alive. */
const OF_STANDARD_STREAMS = new Set(['PipeWrap', 'TTYWrap']);

/** @returns a function to call where only exports keep the process alive, see `isHeldByExports` */
export function watchEndOfProcess(end: EndOfProcess, cause: CauseOfEnd): () => void {
  cause.watch();
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
    // After all listeners: if one of them has started work, this is not the end.
    process.nextTick(() => {
      if (process.getActiveResourcesInfo().length <= alive && end.hasWork()) onIdle(true);
    });
  };

  let isAsked = false;
  const onSignal = (signal: Signal, number?: number): void => {
    // Without a number it was emitted by the application, not sent by the system, and ends nothing. Deno passes none.
    const isOnlyEmitted = number === undefined && process.versions.deno === undefined;
    if (isOnlyEmitted || applicationHandles(signal)) {
      if (!isOnlyEmitted) cause.signalReceived(signal);
      end.hasten();
      return;
    }
    if (process.pid === 1) {
      onSignalToInit(signal);
      return;
    }
    // The second signal: the operator does not want to wait.
    if (isAsked) {
      end.letGo();
      endBy(signal);
      return;
    }
    isAsked = true;
    const goOn = (): void => endBy(signal);
    flush(true).then(goOn, goOn);
  };

  /** The kernel drops signals to PID 1 of a namespace that has no handler for them, so the process goes on. */
  const onSignalToInit = (signal: Signal): void => {
    end.hasten();
    // signal-exit runs its callbacks only when it is the only listener, even where the process then goes on.
    if (signalExitListeners() > 0) raise(signal);
  };

  const endBy = (signal: Signal): void => {
    // A process that a signal ends emits no `exit`.
    end.onExit(true, endBySignal(signal));
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
  // First in line: after `process.exit()` or an error in one listener, Node calls no further ones.
  process.prependListener('exit', (code) => end.onExit(false, cause.ofExit(code)));
  // First in line: by the time later listeners are called, a `once` listener of the application is removed.
  for (const signal of endingSignals()) process.prependListener(signal, onSignal);
  return () => {
    if (end.hasWork()) onIdle(false);
    else end.letGo();
  };
}

/** Whether only exports in flight keep the process alive, as far as Node shows it. */
export function isHeldByExports(): boolean {
  if (isHeldByChannel()) return false;
  return process
    .getActiveResourcesInfo()
    .every((name) => OF_EXPORTS.has(name) || OF_STANDARD_STREAMS.has(name));
}

/**
 * Whether the channel to a parent process keeps this one alive. Node lists its pipe where it does not, too: it does only
 * while something listens (https://nodejs.org/api/process.html#processchannelunref).
 */
function isHeldByChannel(): boolean {
  return process.connected && process.listenerCount('message') + process.listenerCount('disconnect') > 0;
}

/**
 * Listeners of the package signal-exit. It is a dependency of half of npm, and raises the signal again itself when it is
 * the only listener. It counts its copies: v3 on `process`, v4 on `globalThis`.
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
