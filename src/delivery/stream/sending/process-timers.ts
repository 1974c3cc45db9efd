import type { Timer } from '../stream-settings.ts';

/** `startTimer` of the process. */
export function startProcessTimer(ms: number, callback: () => void): Timer {
  if (ms <= 0) {
    // Not unref'd: an immediate that is waits for whatever wakes the event loop next.
    const immediate = setImmediate(callback);
    return { stop: () => clearImmediate(immediate), hold() {} };
  }
  const timeout = setTimeout(callback, ms).unref();
  return {
    stop: () => clearTimeout(timeout),
    hold: (holdsProcess) => void (holdsProcess ? timeout.ref() : timeout.unref()),
  };
}
