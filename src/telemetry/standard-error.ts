import { Console } from 'node:console';
import { isRedirected, PromptOutput } from './prompt-output.ts';

/**
 * Writes lines to standard error. A line is refused while its reader has no room: in the queue of `process.stderr` it
 * would keep the process alive when the reader has stopped reading.
 *
 * @param isDirect whether to write past `process.stderr`, whatever became of that
 * @returns writes a line, given with its line feed; false where it cannot now. `isLast`: it is not tried again.
 */
export function standardErrorWriter(isDirect = false): (line: string, isLast: boolean) => boolean {
  let output: PromptOutput | undefined;
  let rest = Buffer.alloc(0);
  let console: Console | undefined;
  return (line, isLast) => {
    output ??= new PromptOutput('stderr');
    if (output.mayWait || (!isDirect && isRedirected('stderr'))) {
      // It also swallows the errors that come later, such as EPIPE.
      console ??= new Console({ stdout: process.stderr, stderr: process.stderr, ignoreErrors: true });
      console.error(line.slice(0, -1));
      return true;
    }
    if (output.isInUse && !isLast) return false;
    rest = rest.subarray(rest.length === 0 ? 0 : output.write(rest));
    if (rest.length > 0) return false;
    const bytes = Buffer.from(line);
    const taken = output.write(bytes);
    rest = bytes.subarray(taken === 0 ? bytes.length : taken);
    return taken > 0;
  };
}
