import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** What ends a process by default, and comes from a terminal, a supervisor or nodemon. SIGUSR1 starts Node's debugger. */
const POSIX = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** Windows has no others that a process could send to itself afterwards. */
const WINDOWS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The signals that end this process where the application does not listen. None where one of them is ignored (`nohup`,
 * a shell's background job): a listener of ours would end that, and Deno's handling of one takes back what is ignored of
 * the others. Node takes back what it inherits when it starts, so that nothing is ignored there.
 */
export function endingSignals(status: string = ownStatus()): readonly NodeJS.Signals[] {
  if (process.platform === 'win32') return WINDOWS;
  const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const isIgnored = (signal: NodeJS.Signals): boolean =>
    ((ignored >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  return POSIX.some(isIgnored) ? [] : POSIX;
}

/** Linux: what the kernel says of this process, its signals among it. */
function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
