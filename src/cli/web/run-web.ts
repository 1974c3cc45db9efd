import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { printable } from '../../render/terminal.ts';
import { VERSION } from '../../version.ts';
import { type FileCounts, readRecords, STANDARD_INPUT } from '../from-file/read-records.ts';
import {
  type ReceivedRecord,
  type Receiver,
  type ReceiverOptions,
  startReceiver,
} from '../receiver/otlp-receiver.ts';
import { compileFilter, compileServiceFilter, type FilterOptions } from '../tail/filter.ts';
import { CLOSING_MS, cannotListen, receiverUrl } from '../tail/listening.ts';
import { pageWith, readPage } from './page-document.ts';
import { type Page, servePage } from './page-server.ts';
import { ReportBuilder } from './report.ts';
import type { WebOptions } from './web-options.ts';

export interface RunOptions
  extends Required<Pick<ReceiverOptions, 'host' | 'grpcPort' | 'httpPort' | 'allowedHosts'>> {
  readonly filter: FilterOptions;
  readonly web: WebOptions;
  readonly from?: string | undefined;
}

/** Shows records on a page, or writes them into one; returns the exit code. */
export async function runWeb(options: RunOptions): Promise<number> {
  const { from, web, host } = options;
  const page = readPage();
  try {
    if (from !== undefined && !web.isServed) return await writeReport(from, page, options);
    return await serve(page, options);
  } catch (error) {
    process.stderr.write(`otel-access-log tail: ${printable(cannotListen(error, host))}\n`);
    return 1;
  }
}

async function writeReport(from: string, page: string, { filter, web }: RunOptions): Promise<number> {
  const isOurs = compileServiceFilter(filter) ?? (() => true);
  const isListed = compileFilter(filter);
  const counts = noCounts();
  const builder = new ReportBuilder();
  for await (const record of readRecords(from, counts)) {
    if (isOurs(record)) builder.add(record, isListed(record));
  }
  const settings = { source: nameOf(from), isLive: false, traceUrl: web.traceUrl, version: VERSION };
  const report = web.report ?? '';
  const text = pageWith(page, settings, builder.data(counts));
  if (report === '-') process.stdout.write(text);
  else await writeFile(report, text);
  process.stderr.write(`${printable(report)}: ${countsText(counts)}\n`);
  return 0;
}

async function serve(page: string, options: RunOptions): Promise<number> {
  const { filter, from, web } = options;
  const isOurs = compileServiceFilter(filter) ?? (() => true);
  const counts = noCounts();
  let receiver: Receiver | undefined;
  let served: Page | undefined;
  const onRecord = (record: ReceivedRecord): void => {
    if (isOurs(record)) served?.add(record);
  };
  if (from === undefined) {
    receiver = await startReceiver({ ...options, onRecord });
    const grpc = receiverUrl(options.host, receiver.grpcPort);
    const http = receiverUrl(options.host, receiver.httpPort);
    process.stderr.write(`receiving: OTEL_EXPORTER_OTLP_ENDPOINT=${grpc} (gRPC) or ${http} (HTTP)\n`);
  }
  try {
    served = await servePage({
      page,
      port: web.port,
      isListed: compileFilter(filter),
      settings: {
        source: from === undefined ? `${options.host}:${receiver?.grpcPort}` : nameOf(from),
        isLive: from === undefined,
        traceUrl: web.traceUrl,
        version: VERSION,
      },
      trouble: () =>
        receiver === undefined
          ? counts
          : { unreadable: receiver.counts.invalid, leftOut: receiver.counts.leftOut },
    });
    process.stdout.write(`page: ${served.url}\n`);
    const ended = asked();
    if (from !== undefined) {
      for await (const record of readRecords(from, counts, ended)) onRecord(record);
      process.stderr.write(`${countsText(counts)}; Ctrl-C ends it\n`);
    }
    if (!ended.aborted) await once(ended, 'abort');
    return 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return 0;
    throw error;
  } finally {
    await Promise.all([receiver?.close(CLOSING_MS), served?.close()]);
  }
}

/** Aborted when the process is asked to end; asked a second time, it ends at once. */
function asked(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => controller.abort());
  return controller.signal;
}

function noCounts(): FileCounts {
  return { records: 0, unreadable: 0, leftOut: 0 };
}

function nameOf(from: string): string {
  return from === STANDARD_INPUT ? 'standard input' : basename(from);
}

function countsText({ records, unreadable, leftOut }: FileCounts): string {
  const lines = unreadable === 0 ? '' : `, ${unreadable} lines that hold none`;
  return `${records} records${lines}${leftOut === 0 ? '' : `, ${leftOut} values left out`}`;
}
