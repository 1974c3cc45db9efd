// A service with three open exchanges, and how it ends with and without the access log.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-record.ts';
import { deadline } from '../../support/owner.ts';
import { RawClient } from '../../support/raw-client.ts';
import { inRepo } from '../../support/repo-root.ts';
import type { ScriptedReceiver } from '../../support/scripted-receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';

export const PRELOAD = ['--import', 'otel-access-log/register'];
const APP = inRepo('test/e2e/fixtures/open-exchanges.mjs');
const IN_TIME_MS = 15_000;

export type Env = Readonly<Record<string, string>>;
export type Attributes = ReceivedRecord['attributes'];
type RunningApp = App & { readonly port: number };

/** One way to end. */
export interface End {
  /** A signal that is sent to the process, or the path of a request. */
  readonly by: string;
  readonly env?: Env;
  readonly flags?: readonly string[];
}

export type Row = readonly [name: string, end: End, exit: number | string, expected: readonly Attributes[]];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const TRACES: Readonly<Record<string, string>> = {
  '/stream': '1'.repeat(32),
  '/wait': '2'.repeat(32),
  '/queued': '3'.repeat(32),
};

export function requestOf(path: string): string {
  const trace = TRACES[path];
  const headers = trace === undefined ? '' : `traceparent: 00-${trace}-b7ad6b7169203331-01\r\n`;
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`;
}

/** Opens a stream, a request whose handler waits, and behind it one whose response is queued. */
export async function openThree(t: TestContext, app: RunningApp): Promise<void> {
  const stream = await RawClient.connect(t, app);
  await stream.send(requestOf('/stream'));
  await stream.receive(100);
  const pipelining = await RawClient.connect(t, app);
  await pipelining.pipeline([requestOf('/wait'), requestOf('/queued')]);
  await app.waitFor(/^all open$/m);
}

export async function ask(t: TestContext, app: RunningApp, path: string): Promise<void> {
  const client = await RawClient.connect(t, app);
  await client.send(requestOf(encodeURI(path)));
  await client.responses(1);
}

export function start(
  t: TestContext,
  { env, flags = [] }: End,
  preload: readonly string[],
): Promise<RunningApp> {
  return spawnApp(t, { args: [...flags, ...preload, APP], env: env ?? {} });
}

export async function endBy(t: TestContext, app: RunningApp, { by }: End): Promise<void> {
  if (by.startsWith('SIG')) app.child.kill(by as NodeJS.Signals);
  else await ask(t, app, `/${by}`);
}

export async function ended(app: RunningApp): Promise<Ended> {
  const exit = await deadline(app.exited, IN_TIME_MS, () => 'an end expected');
  // The port differs from run to run.
  const stdout = app.stdout.replace(/^listening \d+$/m, 'listening');
  // Node calls several listeners of an event from another line of its code than a single one.
  const stderr = app.stderr.replaceAll(/\(node:events:[\d:]+\)/g, '(node:events)');
  return { ...exit, stdout, stderr };
}

/** The same end without the access log. */
export async function endedWithout(t: TestContext, end: End): Promise<Ended> {
  const app = await start(t, end, []);
  await openThree(t, app);
  await endBy(t, app, end);
  return ended(app);
}

export async function endedWith(t: TestContext, end: End, receiver: ScriptedReceiver): Promise<Ended> {
  const env = { ...receiver.environment, OTEL_BLRP_SCHEDULE_DELAY: '60000', ...end.env };
  const app = await start(t, { ...end, env }, PRELOAD);
  await openThree(t, app);
  await endBy(t, app, end);
  return ended(app);
}

/** What differs from run to run: that it is there is shown, not its value. */
const VARYING = new Set([
  'http.server.request.duration',
  'access_log.time_to_headers',
  'network.peer.port',
  'server.port',
]);

function shown({ attributes, severityText, traceId }: ReceivedRecord): Attributes {
  const shownOnes = Object.entries(attributes).filter(([name]) => !VARYING.has(name));
  return { severity: severityText, traceId, ...Object.fromEntries(shownOnes) };
}

export function recordsOf({ accepted }: ScriptedReceiver): readonly ReceivedRecord[] {
  return accepted.filter(({ eventName }) => eventName === 'access_log.request');
}

/** Records of the three open exchanges. */
function cutOff(
  severity: string,
  outcome: string,
  errorType: string,
  exception: Attributes = {},
): readonly Attributes[] {
  const common = (path: string): Attributes => ({
    severity,
    traceId: TRACES[path],
    'http.request.method': 'GET',
    'access_log.outcome': outcome,
    'error.type': errorType,
    ...exception,
    'http.request.body.size': 0,
    'network.peer.address': '127.0.0.1',
    'server.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'url.scheme': 'http',
    'client.address': '127.0.0.1',
    'access_log.client_address.source': 'socket',
    'url.path': path,
  });
  const streamed = {
    'http.response.status_code': 200,
    'http.response.body.size': 9,
    'http.request.size': requestOf('/stream').length,
  };
  return [{ ...common('/stream'), ...streamed }, common('/wait'), common('/queued')];
}

/** By an exit code, by what is no Error, or by an error of another thread. */
export const crashed = (errorType: string): readonly Attributes[] => cutOff('FATAL', 'crashed', errorType);
/** By an error of the thread that had the exchanges. */
export const crashedBy = (errorType: string): readonly Attributes[] =>
  cutOff('FATAL', 'crashed', errorType, { 'exception.type': errorType });
export const aborted = (errorType: string): readonly Attributes[] => cutOff('WARN', 'aborted', errorType);

/** The records of the three, each once; the last event of the process counts them. */
export function assertRecorded(receiver: ScriptedReceiver, expected: readonly Attributes[]): void {
  const records = recordsOf(receiver);
  const three = records.filter(({ attributes }) => String(attributes['url.path']) in TRACES);
  assert.deepEqual(three.map(shown), expected);
  for (const { attributes } of three) assert.ok(Number(attributes['http.server.request.duration']) > 0);
  const { attributes } = receiver.accepted.at(-1) ?? assert.fail('a final heartbeat expected');
  assert.deepEqual(
    [
      attributes['access_log.final'],
      attributes['access_log.total.served'],
      attributes['access_log.total.kept'],
    ],
    [true, records.length, records.length],
  );
  assert.doesNotMatch(inspect(receiver.accepted, { depth: null }), /card 4111/);
}
