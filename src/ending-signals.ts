import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** What ends a process by default, and comes from a terminal, a supervisor or nodemon. SIGUSR1 starts Node's debugger. */
const POSIX = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** Windows has no others that a process could send to itself afterwards. */
const WINDOWS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The signals that end this process where the application does not listen. One that is ignored (`nohup`, a shell's
 * background job) does not, and a listener of ours would end that. Node takes what is inherited back when it starts;
 * Deno does not.
 */
export function endingSignals(status: string = ownStatus()): readonly NodeJS.Signals[] {
  if (process.platform === 'win32') return WINDOWS;
  const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return POSIX.filter((signal) => ((ignored >> BigInt(constants.signals[signal] - 1)) & 1n) === 0n);
}

/** Linux: what the kernel says of this process, its signals among it. */
function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
