import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository: the nearest one above this file that holds `tsconfig.build.json`. */
export const repoRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of something in the repository. */
export function inRepo(...segments: readonly string[]): string {
  return join(repoRoot, ...segments);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.build.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('tsconfig.build.json expected in a folder above the tests');
  return findRoot(parent);
}
