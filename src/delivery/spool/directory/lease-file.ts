import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type BothWays, call } from './both-ways.ts';
import type { Identity } from './spool-root.ts';

const LEASE = /^lease-\d+$/;
/** What a lease is called once its owner has given it back. */
export const RELEASED = 'released';
// Windows has no such flag, and symbolic links there need a privilege.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** @param number how often the lease was renewed */
export function leaseName(number: number): string {
  return `lease-${number}`;
}

export function isLease(name: string): boolean {
  return LEASE.test(name);
}

export function isReleased(name: string): boolean {
  return name === RELEASED;
}

/** The path, or a part of it, does not exist any more. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}

/** What the file system says about a lease that was just touched. */
export interface LeaseFile {
  readonly identity: Identity;
  readonly timeNs: bigint;
}

/** @throws Error as `node:fs` does */
export function createLease(path: string): BothWays<LeaseFile> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  return call(
    async () => {
      const handle = await open(path, flags, 0o600);
      try {
        const stats = await handle.stat({ bigint: true });
        return { identity: stats, timeNs: stats.mtimeNs };
      } finally {
        await handle.close();
      }
    },
    () => {
      const fd = openSync(path, flags, 0o600);
      try {
        const stats = fstatSync(fd, { bigint: true });
        return { identity: stats, timeNs: stats.mtimeNs };
      } finally {
        closeSync(fd);
      }
    },
  );
}

/**
 * Has the file system set the modification time, by its own clock: machines that share a volume differ. A change of
 * size does it on every file system, and needs no space, so a lease can be renewed on a disk that is full.
 *
 * @throws Error as `node:fs` does
 */
export function touchLease(path: string): BothWays<LeaseFile> {
  const flags = constants.O_WRONLY | NO_FOLLOW;
  return call(
    async () => {
      const handle = await open(path, flags);
      try {
        const { size } = await handle.stat();
        await handle.truncate(size === 0 ? 1 : 0);
        const stats = await handle.stat({ bigint: true });
        return { identity: stats, timeNs: stats.mtimeNs };
      } finally {
        await handle.close();
      }
    },
    () => {
      const fd = openSync(path, flags);
      try {
        const { size } = fstatSync(fd);
        ftruncateSync(fd, size === 0 ? 1 : 0);
        const stats = fstatSync(fd, { bigint: true });
        return { identity: stats, timeNs: stats.mtimeNs };
      } finally {
        closeSync(fd);
      }
    },
  );
}
