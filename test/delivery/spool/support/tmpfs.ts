import { execFileSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../../support/owner.ts';

/** Why a test cannot mount a file system; `false` where it can. */
export const cannotMount: string | false =
  process.platform !== 'linux' || process.geteuid?.() !== 0 ? 'only root on Linux may mount' : false;

/** A directory that is a file system of its own, in memory, until the test ends. */
export async function temporaryTmpfs(owner: TestOwner, options: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tmpfs-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  owner.after(async () => {
    execFileSync('umount', ['--lazy', directory]);
    await rmdir(directory);
  });
  return directory;
}
