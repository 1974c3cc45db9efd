// What the lanes install is kept outside the tree, in the user's cache.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../support/lock.ts';
import type { TestOwner } from '../../support/owner.ts';

/** `$XDG_CACHE_HOME/otel-access-log/lanes`, or `~/.cache/otel-access-log/lanes`. */
export const cacheFolder: string = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'otel-access-log',
  'lanes',
);

/** Tells what takes long. */
export function tell(line: string): void {
  process.stderr.write(`lanes: ${line}\n`);
}

/**
 * Takes the cache for this process until the test ends: two of them would install different packages into the same
 * applications.
 */
export async function lockCache(owner: TestOwner): Promise<void> {
  const giveBack = await takeLock(join(cacheFolder, 'lock'), () =>
    tell('waiting for another process that uses the installed applications'),
  );
  owner.after(async () => giveBack());
}
