import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Line } from '../../render/line-cells.ts';
import { wantsColours } from '../../render/terminal.ts';
import { STANDARD_INPUT } from '../from-file/read-records.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { compileFilter, compileServiceFilter } from './filter.ts';
import type { TailOptions } from './options.ts';
import { pipeView } from './pipe/pipe-view.ts';
import { terminalView } from './screen/terminal-view.ts';
import { type Trouble, totalText } from './summary-line.ts';
import { type Summary, Traffic } from './traffic.ts';
import type { View } from './view.ts';

interface ShowingOptions {
  /** The bottom line of the screen. */
  readonly summary: (summary: Summary) => Line;
  readonly trouble: () => Trouble;
  /** Shown on the screen until there is a record. */
  readonly welcome: readonly string[];
}

/** Records on their way to the view, from its begin to its end. */
export interface Showing {
  readonly view: View;
  add(record: ReceivedRecord): void;
  /** Settles when it is asked to end, with the error where standard output takes no more. */
  readonly ended: Promise<NodeJS.ErrnoException | undefined>;
  /** Ends the view, and writes the totals. @returns the exit code */
  finish(failure: NodeJS.ErrnoException | undefined): number;
}

export function startShowing(options: TailOptions, { summary, trouble, welcome }: ShowingOptions): Showing {
  const traffic = new Traffic(performance.now());
  const isOurs = compileServiceFilter(options.filter) ?? (() => true);
  const isWanted = compileFilter(options.filter);
  const now = (): Summary => traffic.summary(performance.now());
  let end = (_failure?: NodeJS.ErrnoException): void => undefined;
  const ended = new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    end = resolve;
  });
  // Once: a second signal ends the process at once, without waiting for a slow reader.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end());
  process.stdout.on('error', end);
  const view = viewOf(options, { summary: () => summary(now()), welcome, onQuit: () => end() });
  return {
    view,
    add: (record) => {
      // Status, route and the like choose lines; the summary is about the traffic of the services.
      if (!isOurs(record)) return;
      traffic.add(record, performance.now());
      if (isWanted(record)) view.show(record);
    },
    ended,
    finish: (failure) => {
      // With a failure of standard output the reader is gone, and the rest cannot be shown.
      if (failure === undefined) view.end();
      if (failure?.code === 'EPIPE') return 0;
      process.stderr.write(`${failure?.message ?? totalText(now(), trouble())}\n`);
      return failure === undefined ? 0 : 1;
    },
  };
}

interface ViewOptions {
  readonly summary: () => Line;
  readonly welcome: readonly string[];
  readonly onQuit: () => void;
}

function viewOf({ format, from }: TailOptions, options: ViewOptions): View {
  const { stdout: output } = process;
  // A dumb terminal knows no cursor.
  if (output.isTTY && format === 'line' && process.env.TERM !== 'dumb') {
    return terminalView({ output, input: keyboard(from === STANDARD_INPUT), ...options });
  }
  return pipeView(output, { format, colours: wantsColours(output) });
}

/** The terminal that keys are pressed on, which is not standard input where that has the records. */
function keyboard(isStdinTaken: boolean): ReadStream | undefined {
  if (!isStdinTaken) return process.stdin.isTTY ? process.stdin : undefined;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
}
