import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LEASE_PERIODS,
  type LeaseDependencies,
  type LeasePeriods,
} from '../../../../src/delivery/spool/directory/lease.ts';
import { SpoolDirectory } from '../../../../src/delivery/spool/directory/spool-directory.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { ManualTimers } from '../../stream/support/manual-timers.ts';

/** A directory of the file system that is removed when the test ends. */
export async function temporaryDirectory(owner: TestOwner): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'spool-')));
  owner.after(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }));
  return directory;
}

/** A spool directory in this process, whose clocks run only while the test lets time pass. */
export interface SpoolScene {
  readonly spool: SpoolDirectory;
  readonly timers: ManualTimers;
  /** Added to the wall clock. */
  wallAheadMs: number;
  /** `lost`, and messages of errors. */
  readonly told: string[];
}

export async function openSpool(
  owner: TestOwner,
  directory: string,
  periods: LeasePeriods = LEASE_PERIODS,
  given: Partial<LeaseDependencies> = {},
): Promise<SpoolScene> {
  const timers = new ManualTimers();
  const told: string[] = [];
  const scene = { timers, told, wallAheadMs: 0 };
  const dependencies: LeaseDependencies = {
    now: () => timers.nowMs,
    wallNow: () => timers.nowMs + scene.wallAheadMs,
    startTimer: timers.startTimer,
    onLost: () => told.push('lost'),
    onTrouble: (error) => told.push(error.message),
    ...given,
  };
  const spool = await SpoolDirectory.open(directory, dependencies, periods);
  owner.after(() => spool.release());
  return Object.assign(scene, { spool });
}

const OLD_MS = 60_000;

/**
 * A directory of a process that has ended, with one file in it: `lease` has run out, or was given back (`released`), or
 * there is none, since its owner ended before it was made.
 */
export async function makeDead(
  root: string,
  kind: 'lease' | 'released' | 'none',
  ageMs: number = OLD_MS,
): Promise<string> {
  const path = join(root, randomUUID());
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, 'records'), path);
  const old = new Date(Date.now() - ageMs);
  if (kind !== 'none') {
    const lease = join(path, kind === 'lease' ? 'lease-7' : 'released');
    await writeFile(lease, '');
    await utimes(lease, old, old);
  } else await utimes(path, old, old);
  return path;
}
