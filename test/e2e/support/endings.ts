import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { lostInWords, type Protocol } from '../../faults/support/service.ts';
import { Changes } from '../../support/changes.ts';
import { listen } from '../../support/listen.ts';
import { deadline, type TestOwner } from '../../support/owner.ts';
import { polled } from '../../support/polled.ts';
import { inRepo } from '../../support/repo-root.ts';
import { hang, type ScriptedReceiver, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { WAYS, type WayOfEnding } from './ways-of-ending.ts';

const RECEIVERS = ['up', 'refusing', 'hanging', 'half-open'] as const;

interface Cell {
  readonly way: WayOfEnding;
  readonly receiver: (typeof RECEIVERS)[number];
  readonly protocol: Protocol;
  readonly hasSpool: boolean;
}

const FIXTURE = inRepo('test/e2e/fixtures/ways-of-ending.mjs');
const PRELOAD = ['--import', 'otel-access-log/register'];
const SHUTDOWN_TIMEOUT_MS = 1_000;
/** What a loaded machine may take in addition. Far below the time-out of an export, which is a minute here. */
const SLACK_MS = 8_000;
/** Later than any time-out of a lease. */
const LONG_AGO = new Date(Date.now() - 3_600_000);

type Env = Readonly<Record<string, string>>;
type RunningApp = App & { readonly port: number };

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly durationMs: number;
}

const without = new Map<string, Promise<End>>();

/** A test for each cell. */
export function describeEndings(protocol: Protocol): void {
  describe(`the end of a process, over ${protocol}`, { concurrency: 4 }, () => {
    for (const way of WAYS) {
      for (const receiver of RECEIVERS) {
        for (const hasSpool of [false, true]) {
          test(`${way.name}; receiver ${receiver}${hasSpool ? '; with a spool' : ''}`, (t) =>
            checkEnding(t, { way, receiver, hasSpool, protocol }));
        }
      }
    }
  });
}

/** The first exchange of a process is its last: its spool is not open by then. */
export async function checkFirstIsLast(owner: TestContext, app: string): Promise<void> {
  const receiver = await startScriptedReceiver(owner, { protocol: 'grpc' });
  await receiver.down();
  const directory = folderFor(owner);
  const running = await spawnApp(owner, {
    args: [...PRELOAD, FIXTURE],
    env: { ...receiver.environment, APP_END: app, ACCESS_LOG_SPOOL_DIR: directory },
  });
  await get(running.port, '/end');
  await deadline(running.exited, 40_000, () => `an end expected, got\n${running.stderr}`);
  assert.equal(lostInWords(running.stderr), 0, running.stderr);
  await adopt(owner, 'grpc', directory, ['/end']);
}

/** Runs one cell: the process ends as it does without the access log, and each of its exchanges is accounted for. */
async function checkEnding(owner: TestContext, cell: Cell): Promise<void> {
  const { way, hasSpool } = cell;
  const expected = await endWithout(owner, way);
  const { environment, received, isReached } = await receiverFor(owner, cell);
  const directory = hasSpool ? folderFor(owner) : undefined;
  const app = await spawnApp(owner, {
    args: [...PRELOAD, FIXTURE],
    env: {
      ...environment,
      APP_END: way.app,
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS),
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      // Long before the end for the first exchange, and after it for the others.
      OTEL_BLRP_SCHEDULE_DELAY: '500',
      ...(directory !== undefined && { ACCESS_LOG_SPOOL_DIR: directory }),
    },
  });
  const paths = ['/first'];
  await get(app.port, '/first');
  await isReached(app);
  for (const path of ['/second', '/third']) {
    paths.push(path);
    await get(app.port, path);
  }
  const isKilled = way.signals?.[0] === 'SIGKILL';
  if (directory !== undefined && isKilled && cell.receiver !== 'up') await written(directory, paths);
  const { durationMs, ...end } = await endBy(app, way);
  if (way.signals === undefined) paths.push('/end');

  assert.deepEqual(end, { code: expected.code, signal: expected.signal }, app.stderr);
  const allowedMs = expected.durationMs + SHUTDOWN_TIMEOUT_MS + SLACK_MS;
  assert.ok(durationMs < allowedMs, `${durationMs} ms, ${expected.durationMs} ms without the access log`);
  await account(owner, cell, app, received(), paths, directory);
}

async function account(
  owner: TestOwner,
  { way, receiver, protocol, hasSpool }: Cell,
  app: App,
  received: readonly string[],
  paths: readonly string[],
  directory: string | undefined,
): Promise<void> {
  const lost = lostInWords(app.stderr);
  const fate = receiver === 'up' ? way.up : hasSpool ? way.spooled : way.down;
  switch (fate) {
    case 'delivered':
      // An export in flight at that moment is sent again: on a loaded machine that of the second and the third.
      if (way.name.includes('process.exit()'))
        assert.deepEqual([new Set(received), lost], [new Set(paths), 0], app.stderr);
      else assert.deepEqual([received, lost], [paths, 0], app.stderr);
      break;
    case 'counted':
      assert.deepEqual([received, lost], [[], paths.length], app.stderr);
      break;
    case 'on disk':
      assert.deepEqual([received, lost], [[], 0], app.stderr);
      assert.ok(directory);
      await adopt(owner, protocol, directory, paths);
      break;
    case 'lost':
      assert.equal(lost, 0);
  }
}

/** A next process with the same directory delivers what is there: kept + adopted = delivered + lost + pending. */
async function adopt(
  owner: TestOwner,
  protocol: Protocol,
  directory: string,
  paths: readonly string[],
): Promise<void> {
  expireLeases(directory);
  const receiver = await startScriptedReceiver(owner, { protocol });
  const app = await spawnApp(owner, {
    args: [...PRELOAD, FIXTURE],
    env: { ...receiver.environment, ACCESS_LOG_SPOOL_DIR: directory },
  });
  await get(app.port, '/next');
  const all = [...paths, '/next'].sort();
  await receiver.until(() => (pathsOf(receiver).length >= all.length ? true : undefined), `${all}`);
  await app.stop('SIGTERM');
  assert.deepEqual(pathsOf(receiver), all);
  // Heartbeats of the process before are among what it has adopted.
  const heartbeats = receiver.accepted.filter(({ attributes }) => 'access_log.total.adopted' in attributes);
  const totals = heartbeats.at(-1)?.attributes ?? {};
  const total = (name: string): number => Number(totals[`access_log.total.${name}`]);
  // The last acknowledgement may come after this heartbeat was made.
  assert.equal(total('delivered') + total('pending'), all.length, JSON.stringify(totals));
  assert.deepEqual([total('kept'), total('adopted'), total('lost')], [1, paths.length, 0]);
}

/** The same without the access log, once for all cells that end so. */
function endWithout(owner: TestOwner, way: WayOfEnding): Promise<End> {
  const known = without.get(way.name);
  if (known !== undefined) return known;
  const run = async (): Promise<End> => {
    const app = await spawnApp(owner, { args: [FIXTURE], env: { APP_END: way.app } });
    await get(app.port, '/first');
    return endBy(app, way);
  };
  const end = run();
  without.set(way.name, end);
  return end;
}

async function endBy(app: RunningApp, { signals }: WayOfEnding): Promise<End> {
  let startMs = performance.now();
  if (signals === undefined) await get(app.port, '/end');
  for (const signal of signals ?? []) {
    startMs = performance.now();
    app.child.kill(signal);
    if (signal === 'SIGSTOP') await untilStopped(app);
  }
  const end = await deadline(app.exited, 40_000, () => `an end expected, got\n${app.stderr}`);
  return { ...end, durationMs: performance.now() - startMs };
}

/** Linux: the state in proc_pid_stat(5). Elsewhere a signal that follows comes after the stop anyway. */
async function untilStopped({ child }: App): Promise<void> {
  if (process.platform !== 'linux') return;
  const isStopped = (): boolean => / T \d/.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'));
  while (!isStopped()) await new Promise((resolve) => setTimeout(resolve, 5));
}

interface ReceiverInState {
  readonly environment: Env;
  /** Paths of the exchanges whose records it has acknowledged, sorted as they came. */
  readonly received: () => readonly string[];
  /** Resolves when the first export is on its way, or has failed. */
  readonly isReached: (app: App) => Promise<unknown>;
}

async function receiverFor(owner: TestOwner, { receiver, protocol }: Cell): Promise<ReceiverInState> {
  if (receiver === 'half-open') return halfOpen(owner, protocol);
  const scripted = await startScriptedReceiver(owner, { protocol });
  if (receiver === 'hanging') scripted.always(hang());
  if (receiver === 'refusing') await scripted.down();
  const requested = () =>
    scripted.until(() => (scripted.requests.length > 0 ? true : undefined), 'an export', 20_000);
  const { environment } = scripted;
  return {
    environment,
    received: () => scripted.accepted.filter(isExchange).map(pathOf),
    isReached: receiver === 'refusing' ? (app) => app.waitFor(/cannot deliver/, 20_000) : requested,
  };
}

/** Takes connections, reads nothing and answers nothing. */
async function halfOpen(owner: TestOwner, protocol: Protocol): Promise<ReceiverInState> {
  const changes = new Changes();
  let connections = 0;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    connections += 1;
    changes.notify();
  });
  const address = await listen(owner, server);
  return {
    environment: {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
    },
    received: () => [],
    isReached: () =>
      changes.until(
        () => (connections > 0 ? true : undefined),
        20_000,
        () => 'a connection expected',
      ),
  };
}

/** Waits until these paths are in the files of the spool. */
export function written(directory: string, paths: readonly string[]): Promise<void> {
  const isWritten = (): boolean => {
    const all = filesIn(directory).filter((file) => file.endsWith('.spool'));
    const text = all.map((file) => readFileSync(file, 'latin1')).join('');
    return paths.every((path) => text.includes(path));
  };
  return polled(isWritten, `${paths} on disk`);
}

/** As if the process had not renewed them for long. */
function expireLeases(directory: string): void {
  for (const file of filesIn(directory))
    if (/\/lease-[^/]*$/.test(file)) utimesSync(file, LONG_AGO, LONG_AGO);
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

function folderFor(owner: TestOwner): string {
  const folder = mkdtempSync(join(tmpdir(), 'endings-'));
  owner.after(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function get(port: number, path: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  await answer.text();
}

type Received = ScriptedReceiver['accepted'][number];

const isExchange = ({ eventName }: Received): boolean => eventName === 'access_log.request';
const pathOf = ({ attributes }: Received): string => String(attributes['url.path']);
const pathsOf = ({ accepted }: ScriptedReceiver): readonly string[] =>
  accepted.filter(isExchange).map(pathOf).sort();
