import * as fs from 'node:fs';
import { lstat, mkdir, open, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BothWays, call } from './both-ways.ts';

/** The subdirectory of ours in the directory that the operator named: a mounted volume itself is often open to all. */
const NAME = 'otel-access-log';

const ALL_MAY_WRITE = 0o002n;
const OTHERS_MAY_WRITE = 0o022n;
const STICKY = 0o1000n;
const SET_GROUP_ID = 0o2000n;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const DIRECTORY_ITSELF = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/** A directory that was examined. */
export interface SpoolRoot {
  readonly path: string;
  readonly identity: Identity;
  /** The user who owns the directory. */
  readonly uid: bigint;
}

/** Tells a directory or a file from another one that has taken its path. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Whether a path still leads to the file or directory that was examined. */
export function* isInPlace(path: string, identity: Identity): BothWays<boolean> {
  return isSame(yield* statusOf(path), identity);
}

/**
 * Makes `<directory>/otel-access-log` where it is not there, and examines it. Records hold addresses of clients, and
 * records that others put there would be delivered as ours.
 *
 * @throws Error that says why records cannot be kept there
 */
export function* openSpoolRoot(directory: string): BothWays<SpoolRoot> {
  yield* made(directory, { recursive: true, mode: 0o755 });
  // Resolved once: a symbolic link that is changed later must not move the spool.
  const parent = yield* call(
    () => realpath(directory),
    () => fs.realpathSync(directory),
  );
  yield* checkParent(parent);
  const path = join(parent, NAME);
  try {
    yield* made(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stats = yield* closedToGroup(path, yield* statusOf(path));
  const reason = whyRefused(stats);
  if (reason !== undefined) throw new Error(`${path} ${reason}`);
  return { path, identity: stats, uid: stats.uid };
}

function made(path: string, options: fs.MakeDirectoryOptions): BothWays<unknown> {
  return call<unknown>(
    () => mkdir(path, options),
    () => fs.mkdirSync(path, options),
  );
}

/** Does not follow a symbolic link. */
export function statusOf(path: string): BothWays<fs.BigIntStats> {
  return call(
    () => lstat(path, { bigint: true }),
    () => fs.lstatSync(path, { bigint: true }),
  );
}

/**
 * Without the sticky bit every user may replace what is in a directory that all may write to. A volume is often mounted
 * like that, and only the containers that mount it can reach it.
 */
function* checkParent(parent: string): BothWays<void> {
  if (process.geteuid === undefined) return;
  const { mode, dev } = yield* followed(parent);
  if ((mode & ALL_MAY_WRITE) === 0n || (mode & STICKY) !== 0n) return;
  const above = yield* followed(dirname(parent));
  if (above.dev !== dev) return;
  throw new Error(`${parent} is writable by all users and has no sticky bit (chmod +t)`);
}

function followed(path: string): BothWays<fs.BigIntStats> {
  return call(
    () => stat(path, { bigint: true }),
    () => fs.statSync(path, { bigint: true }),
  );
}

/**
 * The kubelet opens each directory of a volume to the group `fsGroup` when a pod starts (mode 2770), and so undoes what
 * we made. Members of that group are the containers of the pod.
 */
function* closedToGroup(path: string, stats: fs.BigIntStats): BothWays<fs.BigIntStats> {
  const ownGroups = process.getgroups?.() ?? [];
  const isByFsGroup =
    (stats.mode & OTHERS_MAY_WRITE) === 0o020n &&
    (stats.mode & SET_GROUP_ID) !== 0n &&
    ownGroups.includes(Number(stats.gid)) &&
    stats.isDirectory() &&
    isOwn(stats);
  if (!isByFsGroup) return stats;
  yield* call(
    () => closeToGroup(path),
    () => closeToGroupSync(path),
  );
  return yield* statusOf(path);
}

async function closeToGroup(path: string): Promise<void> {
  const handle = await open(path, DIRECTORY_ITSELF);
  try {
    await handle.chmod(0o700);
  } finally {
    await handle.close();
  }
}

function closeToGroupSync(path: string): void {
  const fd = fs.openSync(path, DIRECTORY_ITSELF);
  try {
    fs.fchmodSync(fd, 0o700);
  } finally {
    fs.closeSync(fd);
  }
}

function whyRefused(stats: fs.BigIntStats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (!stats.isDirectory()) return 'is not a directory';
  // Windows has neither: uid is 0 there, and mode is made up.
  if (process.geteuid === undefined) return undefined;
  if (!isOwn(stats)) return `is owned by user ${stats.uid}, and this process is user ${process.geteuid()}`;
  if ((stats.mode & OTHERS_MAY_WRITE) !== 0n) {
    return `is writable by others than its owner (mode ${(stats.mode & 0o7777n).toString(8)})`;
  }
  return undefined;
}

function isOwn({ uid }: fs.BigIntStats): boolean {
  return process.geteuid !== undefined && uid === BigInt(process.geteuid());
}
