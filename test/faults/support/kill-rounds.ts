import assert from 'node:assert/strict';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_ADMITTED } from '../../support/all-admitted.ts';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import {
  accept,
  hang,
  lostAnswer,
  refuse,
  type ScriptedAnswer,
  type ScriptedReceiver,
  slow,
  startScriptedReceiver,
} from '../../support/scripted-receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { testSeconds } from '../../support/test-seconds.ts';
import { randomFrom } from './random.ts';
import { request } from './requests.ts';
import { settledAt } from './totals.ts';

const APP = ['--import', 'otel-access-log/register', inRepo('test/faults/fixtures/app.mjs')];
/** A record is on disk so many milliseconds after its exchange. */
const ON_DISK_MS = 200;
/** An answer takes so long at most where the process gets a processor at once. */
const PROMPT_MS = 20;
/** What was acknowledged so many milliseconds before the kill is known to be finished, on disk too. */
const FINISHED_MS = 400;
const AT_ONCE = 4;
/** Of an idle machine, at most: nearly all is the start of the process. */
const SECONDS_PER_ROUND = 3;
const DELIVERED_WITHIN_MS = 60_000;

/** The moods of a receiver, and whether an acknowledgement may be lost. */
const MOODS: readonly (readonly [name: string, answer: () => ScriptedAnswer])[] = [
  ['up', () => accept()],
  ['refusing', () => refuse(14)],
  ['hanging', () => hang()],
  ['slow', () => slow(150)],
  ['losing its answers', () => lostAnswer()],
];

export interface SpoolingApp extends App {
  readonly port: number;
}

/** A directory for spools that is removed when the test ends. */
export async function spoolDirectory(owner: TestOwner): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spool-faults-'));
  owner.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function startApp(
  owner: TestOwner,
  receiver: ScriptedReceiver,
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<SpoolingApp> {
  return spawnApp(owner, {
    args: APP,
    env: {
      ...receiver.environment,
      ...ALL_ADMITTED,
      ACCESS_LOG_SPOOL_DIR: directory,
      ...env,
    },
  });
}

/** Ages the leases of killed processes, so that the test need not wait 30 s until they run out. */
export function expireLeases(directory: string): void {
  const long = new Date(Date.now() - 120_000);
  const root = join(directory, 'otel-access-log');
  for (const owner of readdirSync(root)) {
    const path = join(root, owner);
    for (const name of readdirSync(path))
      if (name.startsWith('lease-')) utimesSync(join(path, name), long, long);
    utimesSync(path, long, long);
  }
}

/** How often the record of each path has arrived. */
export function arrivals({ accepted }: ScriptedReceiver, from = 0): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { eventName, attributes } of accepted.slice(from)) {
    if (eventName !== 'access_log.request') continue;
    const path = String(attributes['url.path']);
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

/**
 * Kills one process after the other at a random moment under requests; all share one spool directory.
 *
 * @param otherwise seconds that it takes on an idle machine, unless `TEST_SECONDS` is set
 */
export function killRounds(otherwise: number): void {
  const rounds = Math.ceil(testSeconds(otherwise) / SECONDS_PER_ROUND);
  test(
    `${rounds} processes that are killed under requests: what was answered 200 ms before is delivered, once`,
    {
      timeout: rounds * SECONDS_PER_ROUND * 2_000 + DELIVERED_WITHIN_MS,
    },
    (t) => kill(t, rounds),
  );
}

async function kill(t: TestContext, rounds: number): Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
  const directory = await spoolDirectory(t);
  /** Paths of records that must arrive, with how long before the kill they were answered, milliseconds. */
  const safe = new Map<string, number>();
  /** Records whose acknowledgement may not have reached the process, or not the disk. */
  const mayRepeat = new Set<string>();
  const stalled: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [mood = 'up', answer = accept] = MOODS[Math.floor(random() * MOODS.length)] ?? [];
    receiver.always(answer());
    const owners = ownersIn(directory);
    const app = await startApp(t, receiver, directory);
    const prefix = `/${round}-${mood.replaceAll(' ', '_')}`;
    const confirmed = await loadUntilKilled({ app, receiver, directory, owners }, prefix, random);
    for (const [path, earlyMs] of confirmed.safe) safe.set(path, earlyMs);
    if (confirmed.stalledMs > 0) stalled.push(Math.round(confirmed.stalledMs));
    if (mood === 'losing its answers')
      for (const path of arrivals(receiver, confirmed.before).keys()) mayRepeat.add(path);
    for (const path of arrivals(receiver, confirmed.known).keys()) mayRepeat.add(path);
    expireLeases(directory);
  }
  receiver.always(accept());
  const last = await startApp(t, receiver, directory);
  await request(last.port, ['/last']);
  const missing = (): readonly unknown[] => {
    const counts = arrivals(receiver);
    return [...safe].filter(([path]) => !counts.has(path));
  };
  try {
    await receiver.until(() => missing().length === 0 || undefined, 'all records', DELIVERED_WITHIN_MS);
  } catch {
    const left = readdirSync(directory, { recursive: true });
    assert.deepEqual({ missing: missing(), left }, { missing: [], left: [] });
  }
  const repeated = [...arrivals(receiver)].filter(([path, count]) => count > 1 && !mayRepeat.has(path));
  assert.deepEqual(repeated, []);
  assert.equal((await settledAt(receiver, last, 1)).lost, 0);
  await last.stop('SIGINT');
  assert.doesNotMatch(last.stderr, /records? lost/);
  t.diagnostic(`${safe.size} records of ${rounds} processes`);
  t.diagnostic(`${stalled.length} processes stood still for ${stalled.join(', ')} ms`);
}

interface Confirmed {
  /** Paths of requests that were answered early enough before the kill, and how early. */
  readonly safe: readonly (readonly [path: string, earlyMs: number])[];
  /** Milliseconds that the process got no processor for, about. */
  readonly stalledMs: number;
  /** Records that had arrived before this round. */
  readonly before: number;
  /** Records that had arrived when everything before was certainly finished. */
  readonly known: number;
}

interface Round {
  readonly app: SpoolingApp;
  readonly receiver: ScriptedReceiver;
  readonly directory: string;
  /** Names of spools that were there before. */
  readonly owners: ReadonlySet<string>;
}

async function loadUntilKilled(
  { app, receiver, directory, owners }: Round,
  prefix: string,
  random: () => number,
): Promise<Confirmed> {
  const before = receiver.accepted.length;
  let slowestMs = 0;
  let askedMs = performance.now();
  const answered: { readonly path: string; readonly atMs: number }[] = [];
  const seen: { readonly count: number; readonly atMs: number }[] = [];
  let isKilled = false;
  const load = (async (): Promise<void> => {
    for (let group = 0; !isKilled; group += 1) {
      const paths = Array.from({ length: AT_ONCE }, (_, index) => `${prefix}-${group}-${index}`);
      askedMs = performance.now();
      await request(app.port, paths);
      const atMs = performance.now();
      // The first one also loads code.
      if (group > 0) slowestMs = Math.max(slowestMs, atMs - askedMs);
      for (const path of paths) answered.push({ path, atMs });
      seen.push({ count: receiver.accepted.length, atMs });
      await sleep(10);
    }
  })().catch(() => undefined);
  const kill = sleep(250 + random() * 600).then(() => performance.now());
  const openedMs = await whenOpened(directory, owners, kill);
  const killedMs = await kill;
  isKilled = true;
  // A process that gets no processor answers late, and writes as late.
  const stalledMs = Math.max(0, Math.max(slowestMs, killedMs - askedMs) - PROMPT_MS);
  await app.stop('SIGKILL');
  await load;
  return {
    safe: answered
      .map(({ path, atMs }) => [path, killedMs - Math.max(atMs, openedMs)] as const)
      .filter(([, earlyMs]) => earlyMs >= ON_DISK_MS + stalledMs),
    stalledMs,
    before,
    known: seen.findLast(({ atMs }) => atMs <= killedMs - FINISHED_MS)?.count ?? before,
  };
}

/** When the process has a spool, which it opens at its first exchange; not later than the kill. */
async function whenOpened(
  directory: string,
  before: ReadonlySet<string>,
  killed: Promise<number>,
): Promise<number> {
  let isKilled = false;
  void killed.then(() => {
    isKilled = true;
  });
  while (!isKilled && ![...ownersIn(directory)].some((name) => !before.has(name))) await sleep(5);
  return performance.now();
}

/** Names of spools that have a lease. */
function ownersIn(directory: string): ReadonlySet<string> {
  const root = join(directory, 'otel-access-log');
  const hasLease = (name: string): boolean => {
    try {
      return readdirSync(join(root, name)).some((file) => file.startsWith('lease-'));
    } catch {
      // Another process takes it over meanwhile.
      return false;
    }
  };
  return new Set(existsSync(root) ? readdirSync(root).filter(hasLease) : []);
}
