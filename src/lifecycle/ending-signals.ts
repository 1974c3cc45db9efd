import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Signals of terminals, supervisors and nodemon that end a process by default. (SIGUSR1 starts Node's debugger.) */
const POSIX = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
/** On Windows a process can raise only these for itself afterwards. */
const WINDOWS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The signals that end this process where the application has no listener. None where one of them is ignored (`nohup`, a
 * background job of a shell): a listener of ours would undo that, and in Deno a listener for one signal undoes it for the
 * others too. Node resets inherited dispositions when it starts, so nothing is ignored there.
 */
export function endingSignals(status: string = ownStatus()): readonly NodeJS.Signals[] {
  if (process.platform === 'win32') return WINDOWS;
  const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const isIgnored = (signal: NodeJS.Signals): boolean =>
    ((ignored >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  return POSIX.some(isIgnored) ? [] : POSIX;
}

/** Linux: the status of this process with its signal masks (proc_pid_status(5)). Empty elsewhere. */
function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
