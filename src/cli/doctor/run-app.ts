import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { VERSION } from '../../version.ts';
import { type ReceivedRecord, startReceiver } from '../receiver/otlp-receiver.ts';
import { AppProcess } from './app-process.ts';
import type { ProbeMessage } from './probe/messages.ts';
import { ProbeFile } from './probe-file.ts';
import type { Progress } from './progress.ts';

/** Milliseconds that the application has to answer one request, and its record to come. */
const REQUEST_MS = 5000;
const RECORD_MS = 3000;

/** Records beside that of the request that are kept. */
const MAX_RECORDS = 100;

const USER_AGENT = `otel-access-log-doctor/${VERSION}`;

type Listening = Extract<ProbeMessage, { readonly type: 'listening' }>;

/** What an application did while it was watched. */
export interface AppRun {
  readonly messages: readonly ProbeMessage[];
  /** What its access log sent: the first of it, and every heartbeat. */
  readonly records: readonly ReceivedRecord[];
  /** The record of the doctor's request. */
  readonly record: ReceivedRecord | undefined;
  readonly listening: string | undefined;
  readonly request: { readonly status: number | null; readonly error: string | null } | undefined;
  readonly startError: string | undefined;
  readonly end: { readonly code: number | null; readonly signal: string | null };
  /** Whether the doctor ended it. */
  readonly isStopped: boolean;
  readonly output: string;
  /** What its access log said on standard error. */
  readonly notices: readonly string[];
}

/**
 * Runs the application with the preload and the probe, sends one request to it as soon as it listens, waits for the
 * record of it and ends the application.
 */
export async function runApp(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
  progress: Progress,
): Promise<AppRun> {
  const records: ReceivedRecord[] = [];
  let ofRequest: ReceivedRecord | undefined;
  const receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    onRecord: (record) => {
      if (record.attributes['user_agent.original'] === USER_AGENT) ofRequest ??= record;
      // A busy application sends many; heartbeats come once a minute.
      if (records.length < MAX_RECORDS || record.attributes['access_log.event'] === 'heartbeat')
        records.push(record);
    },
  });
  const file = new ProbeFile();
  const task = { file: file.path, endpoint: `http://127.0.0.1:${receiver.httpPort}/v1/logs` };
  const app = new AppProcess(command, env, task);
  const onSignal = (signal: NodeJS.Signals): void => {
    app.kill();
    file.remove();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    progress.step(`waiting for ${command.join(' ')} to listen`);
    const listening = await inTime(timeoutMs, app.endSignal, (signal) =>
      file.until((messages) => messages.find(isListening), signal),
    );
    const url = listening && urlOf(listening);
    let request: AppRun['request'];
    const find = (): ReceivedRecord | undefined => ofRequest;
    if (listening !== undefined) {
      progress.step(`sending GET / to ${url}`);
      request = await get(listening, Math.min(REQUEST_MS, timeoutMs));
      progress.step('waiting for the record of it');
      await inTime(Math.min(RECORD_MS, timeoutMs), app.endSignal, (signal) => file.until(find, signal));
    }
    const isStopped = app.end === undefined;
    progress.step('ending the application');
    const pids = file.messages().flatMap((message) => (message.type === 'start' ? [message.pid] : []));
    await app.stop(isStopped ? pids : []);
    return {
      messages: file.messages(),
      records,
      record: find(),
      listening: url,
      request,
      startError: app.startError,
      end: app.end ?? { code: null, signal: null },
      isStopped,
      output: app.output,
      notices: app.notices,
    };
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    app.kill();
    file.remove();
    await receiver.close();
  }
}

/** Waits for something until the time is up or `end` is. */
async function inTime<T>(
  ms: number,
  end: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not `AbortSignal.any` of `AbortSignal.timeout`: on Node 20 nothing holds the latter, which may never fire.
  const over = new AbortController();
  const abort = (): void => over.abort();
  const timer = setTimeout(abort, ms);
  end.addEventListener('abort', abort);
  try {
    if (end.aborted) abort();
    return await wait(over.signal);
  } finally {
    clearTimeout(timer);
    end.removeEventListener('abort', abort);
  }
}

function isListening(message: ProbeMessage): message is Listening {
  return message.type === 'listening';
}

function urlOf({ isSecure, address }: Listening): string {
  if (typeof address === 'string') return address;
  const host = hostOf(address.address);
  return `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** An address to connect to, where the server listens on the unspecified address. */
function hostOf(address: string): string {
  return address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address;
}

/** A request of its own: what the application answers does not matter, that it does counts. */
function get({ isSecure, address }: Listening, timeoutMs: number): Promise<NonNullable<AppRun['request']>> {
  return new Promise((resolve) => {
    const where =
      typeof address === 'string'
        ? { socketPath: address }
        : { host: hostOf(address.address), port: address.port };
    const headers = { 'user-agent': USER_AGENT, connection: 'close' };
    const options = { ...where, path: '/', headers, signal: AbortSignal.timeout(timeoutMs) };
    // Whose certificate the application has is not what is looked at here.
    const request = isSecure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.on('response', (response) => {
      const settle = (): void => resolve({ status: response.statusCode ?? null, error: null });
      response.on('error', settle).on('close', settle).resume();
    });
    request.on('error', (error) => {
      const late = error.name === 'TimeoutError' || error.name === 'AbortError';
      resolve({ status: null, error: late ? `no answer within ${timeoutMs / 1000} s` : error.message });
    });
    request.end();
  });
}
