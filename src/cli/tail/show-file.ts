import { printable } from '../../render/terminal.ts';
import { type FileCounts, readRecords, STANDARD_INPUT } from '../from-file/read-records.ts';
import type { TailOptions } from './options.ts';
import { startShowing } from './showing.ts';
import { fileSummaryLine } from './summary-line.ts';

/**
 * Shows the records of a file: in a terminal until it is asked to end, else to the end of the file.
 * @returns the exit code
 */
export async function showFile(options: TailOptions, path: string): Promise<number> {
  if (path === STANDARD_INPUT && process.stdin.isTTY) {
    process.stderr.write(
      'otel-access-log tail: --from -: expected records, but standard input is a terminal\n',
    );
    return 2;
  }
  const counts: FileCounts = { records: 0, unreadable: 0, leftOut: 0 };
  let isRead = false;
  const showing = startShowing(options, {
    summary: (summary) => fileSummaryLine(summary, counts, isRead),
    trouble: () => counts,
    welcome: [],
  });
  const { view, ended } = showing;
  const stop = new AbortController();
  void ended.then(() => stop.abort());
  try {
    for await (const record of readRecords(path, counts, stop.signal)) {
      showing.add(record);
      await view.room();
    }
    isRead = true;
  } catch (error) {
    if (!stop.signal.aborted) {
      view.end();
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`otel-access-log tail: --from: ${printable(message)}\n`);
      return 1;
    }
  }
  return showing.finish(isRead && !view.hasKeys ? undefined : await ended);
}
