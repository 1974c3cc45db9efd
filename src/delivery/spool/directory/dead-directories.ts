import { lstat, opendir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Lease } from './lease.ts';
import { isGone, isLease, isReleased } from './lease-file.ts';
import type { SpoolRoot } from './spool-root.ts';

/** A directory whose owner has ended. */
export interface DeadDirectory {
  readonly path: string;
  /** Leases that have run out, or one that was given back. Where there is none, the owner ended while it made it. */
  readonly leases: readonly string[];
  /** When its owner was last heard of, by the clock of the file system. */
  readonly sinceNs: bigint;
}

const OWN_NAME = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Directories that one search looks at; those of live processes among them. */
const MAX_DIRECTORIES = 4_096;
const NS_PER_MS = 1_000_000n;

/**
 * Directories below the root that may be taken over, the oldest first. Times are compared with that of a lease that was
 * renewed just now, since only the clock of the file system is the same for all.
 */
export async function findDeadDirectories(
  root: SpoolRoot,
  own: Lease,
  expiryMs: number,
): Promise<readonly DeadDirectory[]> {
  const dead: DeadDirectory[] = [];
  let looked = 0;
  for await (const { name } of await opendir(root.path)) {
    if (!OWN_NAME.test(name) || name === basename(own.directory)) continue;
    if (++looked > MAX_DIRECTORIES) break;
    const path = join(root.path, name);
    // Another process has taken it, its owner has renewed the lease, or it cannot be read: it must not hide the others.
    const found = await examine(path, root, own.fileTimeNs, expiryMs).catch(() => undefined);
    if (found !== undefined) dead.push(found);
  }
  return dead.sort((a, b) => (a.sinceNs < b.sinceNs ? -1 : 1));
}

async function examine(
  path: string,
  { uid }: SpoolRoot,
  nowNs: bigint,
  expiryMs: number,
): Promise<DeadDirectory | undefined> {
  const found = await lstat(path, { bigint: true });
  // What others have put there is left alone.
  if (!found.isDirectory() || found.uid !== uid) return undefined;
  const leases = (await readdir(path)).filter((name) => isLease(name) || isReleased(name));
  // Its time is read after its contents: a lease that was renamed meanwhile may be missing there, and then it is new.
  let sinceNs = leases.length === 0 ? (await lstat(path, { bigint: true })).mtimeNs : 0n;
  for (const name of leases) {
    const { mtimeNs } = await lstat(join(path, name), { bigint: true });
    if (mtimeNs > sinceNs) sinceNs = mtimeNs;
  }
  const isGivenBack = leases.length > 0 && leases.every(isReleased);
  // A time that lies far ahead is that of a clock which was wrong.
  const ageNs = nowNs < sinceNs ? sinceNs - nowNs : nowNs - sinceNs;
  return isGivenBack || ageNs >= BigInt(expiryMs) * NS_PER_MS ? { path, leases, sinceNs } : undefined;
}

/**
 * Moves a directory with all that is in it. Of several processes only one succeeds; none does where the owner has
 * renewed its lease. A directory that is empty is removed instead.
 *
 * @returns whether it is at `target` now
 * @throws Error as `node:fs/promises` does, but for a directory that another process has taken
 */
export async function takeDirectory({ path, leases }: DeadDirectory, target: string): Promise<boolean> {
  try {
    for (const name of leases) await unlink(join(path, name));
    if (await removeIfEmpty(path)) return false;
    await rename(path, target);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** @returns whether the directory is not there any more. Never rejects: one that cannot be removed is left. */
export async function removeIfEmpty(path: string): Promise<boolean> {
  return rmdir(path).then(() => true, isGone);
}
