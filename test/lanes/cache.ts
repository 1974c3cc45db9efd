// What the lanes install is kept outside the tree, in the user's cache.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestOwner } from '../support/owner.ts';

const POLL_MS = 200;
/** Between creating the lock and writing a process id into it lies nothing that takes time. */
const UNWRITTEN_IS_STALE_AFTER_MS = 5_000;

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
 * applications. Waits while another living process has it.
 */
export async function lockCache(owner: TestOwner): Promise<void> {
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, 'lock');
  for (let told = false; !tryToLock(file); told = true) {
    if (!told) tell('waiting for another process that uses the installed applications');
    await sleep(POLL_MS);
  }
  owner.after(async () => rmSync(file, { force: true }));
}

function tryToLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (isStale(file)) rmSync(file, { force: true });
  return false;
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid === 0) return Date.now() - statSync(file).mtimeMs > UNWRITTEN_IS_STALE_AFTER_MS;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
