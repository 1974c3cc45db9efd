import { printable } from '../render/terminal.ts';
import { parseTailArgs, type TailOptions } from './tail/options.ts';
import { HELP, USAGE } from './tail/screen/help.ts';
import { showArriving } from './tail/show-arriving.ts';
import { showFile } from './tail/show-file.ts';

/**
 * `otel-access-log tail`: shows records that arrive over OTLP, or those of a file.
 * @returns the exit code: 0 at the end, 1 where it cannot listen or read, 2 where an argument is wrong
 */
export async function tail(args: readonly string[]): Promise<number> {
  let options: TailOptions | undefined;
  try {
    options = parseTailArgs(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`otel-access-log tail: ${printable(error.message)}\n${USAGE}\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.web !== undefined) {
    const { runWeb } = await import('./web/run-web.ts');
    return runWeb({ ...options, web: options.web });
  }
  return options.from === undefined ? showArriving(options) : showFile(options, options.from);
}
