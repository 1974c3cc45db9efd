import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../../support/owner.ts';

interface SmallDisk {
  readonly path: string;
  makeReadOnly(): void;
}

/** A file system of that size in memory, until the test ends; `undefined` where this process may mount none. */
export function smallDisk(owner: TestOwner, bytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'spool-'));
  const mount = (...args: readonly string[]): boolean => spawnSync('mount', [...args]).status === 0;
  const isMounted = mount('-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'spool-test', path);
  owner.after(async () => {
    if (isMounted) spawnSync('umount', ['-l', path]);
    rmSync(path, { recursive: true, force: true });
  });
  if (!isMounted) return undefined;
  return {
    path,
    makeReadOnly: () => {
      if (!mount('-o', 'remount,ro', path)) throw new Error(`${path} cannot be made read-only`);
    },
  };
}
