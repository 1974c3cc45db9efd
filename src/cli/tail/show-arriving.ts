import { printable } from '../../render/terminal.ts';
import { type Receiver, startReceiver } from '../receiver/otlp-receiver.ts';
import { CLOSING_MS, cannotListen, receiverUrl } from './listening.ts';
import type { TailOptions } from './options.ts';
import { type Showing, startShowing } from './showing.ts';
import { summaryLine, type Trouble } from './summary-line.ts';

/**
 * Receives records over OTLP and shows them until it is asked to end.
 * @returns the exit code
 */
export async function showArriving(options: TailOptions): Promise<number> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let showing: Showing | undefined;
  const whenReady = async (): Promise<void> => {
    // One of the two ports listens before the other.
    await opened;
    await showing?.view.room();
  };
  let receiver: Receiver;
  try {
    receiver = await startReceiver({ ...options, onRecord: (record) => showing?.add(record), whenReady });
  } catch (error) {
    process.stderr.write(`otel-access-log tail: ${printable(cannotListen(error, options.host))}\n`);
    return 1;
  }
  const grpc = receiverUrl(options.host, receiver.grpcPort);
  const http = receiverUrl(options.host, receiver.httpPort);
  process.stderr.write(`receiving: OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} (gRPC) or ${http} (HTTP)\n`);

  const trouble = (): Trouble => ({
    unreadable: receiver.counts.invalid,
    leftOut: receiver.counts.leftOut,
  });
  showing = startShowing(options, {
    summary: (summary) => summaryLine(summary, trouble()),
    trouble,
    welcome: [`receiving: ${grpc} (gRPC) or ${http} (HTTP)`, '', ...welcome(grpc, receiver.grpcPort)],
  });
  open();
  const failure = await showing.ended;
  // Before the connections end: what is still decoded is shown no more.
  const code = showing.finish(failure);
  await receiver.close(CLOSING_MS);
  return code;
}

/** How records come here. */
function welcome(url: string, port: number): string[] {
  const endpoint = port === 4317 ? '' : `OTEL_EXPORTER_OTLP_ENDPOINT=${url} `;
  return [
    'Nothing has come yet. Start your application with the access log:',
    '',
    `  ${endpoint}node --import otel-access-log/register app.js`,
  ];
}
