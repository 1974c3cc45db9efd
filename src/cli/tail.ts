import { type ReceivedRecord, type Receiver, startReceiver } from './receiver/otlp-receiver.ts';
import { printable, wantsColours } from './render/terminal.ts';
import { compileFilter, compileServiceFilter } from './tail/filter.ts';
import { cannotListen, receiverUrl } from './tail/listening.ts';
import { HELP, parseTailArgs, type TailOptions, USAGE } from './tail/options.ts';
import { pipeView } from './tail/pipe-view.ts';
import { totalText } from './tail/summary-line.ts';
import { terminalView } from './tail/terminal-view.ts';
import { Traffic } from './tail/traffic.ts';
import type { SummaryNow, View } from './tail/view.ts';

/** For exports under way to be answered, so that applications report none that broke. */
const CLOSING_MS = 1000;

/**
 * `otel-access-log tail`: receives records over OTLP and shows them until it is asked to end.
 * @returns the exit code: 0 at the end, 1 where it cannot listen, 2 where an argument is wrong
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
  if (options?.web !== undefined) {
    const { runWeb } = await import('./web/run-web.ts');
    return runWeb({ ...options, web: options.web });
  }
  if (options !== undefined) return show(options);
  process.stdout.write(HELP);
  return 0;
}

async function show(options: TailOptions): Promise<number> {
  const traffic = new Traffic(performance.now());
  const isOurs = compileServiceFilter(options.filter) ?? (() => true);
  const isWanted = compileFilter(options.filter);
  let view: View | undefined;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const onRecord = (record: ReceivedRecord): void => {
    // Status, route and the like choose lines; the summary is about the traffic of the services.
    if (!isOurs(record)) return;
    traffic.add(record, performance.now());
    if (isWanted(record)) view?.show(record);
  };
  const whenReady = async (): Promise<void> => {
    // One of the two ports listens before the other.
    await opened;
    await view?.room();
  };

  let receiver: Receiver;
  try {
    receiver = await startReceiver({ ...options, onRecord, whenReady });
  } catch (error) {
    process.stderr.write(`otel-access-log tail: ${printable(cannotListen(error, options.host))}\n`);
    return 1;
  }
  const grpc = receiverUrl(options.host, receiver.grpcPort);
  const http = receiverUrl(options.host, receiver.httpPort);
  process.stderr.write(`receiving: OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} (gRPC) or ${http} (HTTP)\n`);

  const summary: SummaryNow = () => ({
    summary: traffic.summary(performance.now()),
    unreadable: receiver.counts.invalid,
    leftOut: receiver.counts.leftOut,
  });
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const end = (): void => resolve(undefined);
    // Once: a second signal ends the process at once, without waiting for a slow reader.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
    process.stdout.on('error', resolve);
    view = viewOf(options, summary, end);
    open();
  });
  // With a failure of standard output the reader is gone, and the rest cannot be shown.
  if (failure === undefined) view?.end();
  await receiver.close(CLOSING_MS);
  if (failure?.code === 'EPIPE') return 0;
  const now = summary();
  process.stderr.write(`${failure?.message ?? totalText(now.summary, now)}\n`);
  return failure === undefined ? 0 : 1;
}

function viewOf(options: TailOptions, summary: SummaryNow, onQuit: () => void): View {
  const { stdin: input, stdout: output } = process;
  if (output.isTTY && options.format === 'line') return terminalView({ output, input, summary, onQuit });
  return pipeView(output, { format: options.format, colours: wantsColours(output) });
}
