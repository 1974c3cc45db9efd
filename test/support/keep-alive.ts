import type { TestOwner } from './owner.ts';

/** Longer than any test takes. */
const INTERVAL_MS = 60_000;

/** Until the test ends: what is tested does not keep the process alive. */
export function keepAlive(owner: TestOwner): void {
  const alive = setInterval(() => undefined, INTERVAL_MS);
  owner.after(async () => clearInterval(alive));
}
