// What the lanes need that is no dependency of this repository: other package managers, and a bundler.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, tell } from './cache.ts';
import { npmInstall } from './npm.ts';

/** All run on every Node that the tests run on. */
export const TOOLS = { esbuild: '0.28.2', pnpm: '10.34.9', yarn: '1.22.22', '@yarnpkg/cli-dist': '4.18.1' };

const FILES = {
  esbuild: ['.bin', 'esbuild'],
  pnpm: ['pnpm', 'bin', 'pnpm.cjs'],
  yarn1: ['yarn', 'bin', 'yarn.js'],
  yarn4: ['@yarnpkg', 'cli-dist', 'bin', 'yarn.js'],
} as const;

let installing: Promise<string> | undefined;

/** Path of the file that starts the tool; npm installs it into the cache where it is not there yet. */
export async function toolFile(tool: keyof typeof FILES): Promise<string> {
  installing ??= installTools();
  return join(await installing, 'node_modules', ...FILES[tool]);
}

/** @returns the folder */
async function installTools(): Promise<string> {
  const { platform, arch } = process;
  const versions = JSON.stringify([TOOLS, platform, arch]);
  const name = `tools-${createHash('sha256').update(versions).digest('hex').slice(0, 16)}`;
  const folder = join(cacheFolder, name);
  // npm writes this file when everything else is in its place.
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return folder;
  tell('installing pnpm, yarn and esbuild');
  for (const other of readdirSync(cacheFolder)) {
    if (other.startsWith('tools-')) rmSync(join(cacheFolder, other), { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: TOOLS }));
  await npmInstall([], folder);
  return folder;
}
