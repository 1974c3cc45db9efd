// Waits for what another process does, of which nobody tells us: asks again until it is so, or the time is up.
import { setTimeout as sleep } from 'node:timers/promises';

export interface PollOptions<T> {
  /** For the error. */
  readonly what: string;
  readonly ask: () => Promise<T>;
  readonly wanted: (found: T) => boolean;
  /** What was there instead, for the error. */
  readonly show: (found: T) => string;
  /** Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Whether waiting cannot mend this error of `ask`. Default: it always may. */
  readonly isFinal?: (error: unknown) => boolean;
}

const POLL_MS = 200;

/** @throws Error when the time is up, with what was there instead */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { what, ask, wanted, show, timeoutMs = 30_000, isFinal = () => false } = options;
  const deadline = Date.now() + timeoutMs;
  let last: string;
  do {
    try {
      const found = await ask();
      if (wanted(found)) return found;
      last = show(found);
    } catch (error) {
      if (isFinal(error)) throw error;
      last = String(error);
    }
    await sleep(POLL_MS);
  } while (Date.now() < deadline);
  throw new Error(`not seen within ${timeoutMs} ms: ${what}\n${last}`);
}
