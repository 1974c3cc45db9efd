import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../../support/owner.ts';

/** Why a test cannot mount a file system; `false` where it can. Tried once: root in a container may lack the right. */
export const cannotMount: string | false = mayMount()
  ? false
  : 'this process may not mount a file system (root on Linux with CAP_SYS_ADMIN may)';

/** A directory that is a file system of its own, in memory, until the test ends. @param options of `mount` */
export function temporaryTmpfs(owner: TestOwner, options: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'tmpfs-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  owner.after(async () => {
    execFileSync('umount', ['--lazy', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Has the file system refuse writes from now on. */
export function makeReadOnly(directory: string): void {
  execFileSync('mount', ['-o', 'remount,ro', directory]);
}

function mayMount(): boolean {
  if (process.platform !== 'linux') return false;
  const directory = mkdtempSync(join(tmpdir(), 'tmpfs-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]).status === 0;
  if (isMounted) spawnSync('umount', ['--lazy', directory]);
  rmdirSync(directory);
  return isMounted;
}
