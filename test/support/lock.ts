import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const SIGN_OF_LIFE_EVERY_MS = 15_000;
const STALE_AFTER_MS = 60_000;
/** Between creating the file and writing a process id into it lies nothing that takes time. */
const UNWRITTEN_IS_STALE_AFTER_MS = 5_000;

/**
 * Takes the lock for this process, and waits as long as another living process has it. A process that is gone, or has
 * given no sign of life for a minute, has it no longer.
 *
 * @param file what stands for the lock; its folder is made where there is none
 * @param onWait called once where there is something to wait for
 * @returns gives the lock back
 */
export async function takeLock(file: string, onWait: () => void): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  for (let hasWaited = false; !tryToTake(file); hasWaited = true) {
    if (!hasWaited) onWait();
    await sleep(POLL_MS);
  }
  const signOfLife = setInterval(() => {
    if (isOurs(file)) utimesSync(file, new Date(), new Date());
  }, SIGN_OF_LIFE_EVERY_MS);
  signOfLife.unref();
  return () => {
    clearInterval(signOfLife);
    if (isOurs(file)) rmSync(file);
  };
}

/** False where this process gave no sign of life for too long (the machine slept), and another has the lock. */
function isOurs(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') === String(process.pid);
  } catch {
    return false;
  }
}

function tryToTake(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Not taken at once: whoever takes it over is one of those that wait, each at its own pace.
  if (isStale(file)) rmSync(file, { force: true });
  return false;
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    const ageMs = Date.now() - statSync(file).mtimeMs;
    if (ageMs > (pid === 0 ? UNWRITTEN_IS_STALE_AFTER_MS : STALE_AFTER_MS)) return true;
    if (pid !== 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
