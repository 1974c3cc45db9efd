import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;
const WITHIN_MS = 60_000;

/**
 * Looks again and again until it is so: for files and other state that sends no event when it changes.
 *
 * @throws Error after a minute, which names `what`
 */
export async function polled(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedMs > WITHIN_MS) throw new Error(`${what} expected within ${WITHIN_MS} ms`);
    await sleep(EVERY_MS);
  }
}
