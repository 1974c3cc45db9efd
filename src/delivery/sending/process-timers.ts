import type { Timer } from '../stream/stream-settings.ts';

/** `startTimer` with the timers of the process. */
export function startProcessTimer(ms: number, callback: () => void): Timer {
  if (ms <= 0) {
    // Without unref: an unref'd immediate does not run before something else wakes the event loop.
    const immediate = setImmediate(callback);
    return { stop: () => clearImmediate(immediate), hold() {} };
  }
  const timeout = setTimeout(callback, ms).unref();
  return {
    stop: () => clearTimeout(timeout),
    hold: (holdsProcess) => void (holdsProcess ? timeout.ref() : timeout.unref()),
  };
}
