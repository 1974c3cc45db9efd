// Other runtimes than Node, from npm.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, tell } from './cache.ts';
import { npmInstall } from './npm.ts';

export const RUNTIMES = {
  deno: { version: '2.9.6', scope: '@deno', binary: ['deno'] },
  bun: { version: '1.4.5', scope: '@oven', binary: ['bin', 'bun'] },
} as const;

/** Path of that runtime, in the version above; npm fetches it once. */
export async function runtimeBinary(name: keyof typeof RUNTIMES): Promise<string> {
  const { version, scope, binary } = RUNTIMES[name];
  const folder = join(cacheFolder, `${name}-${version}`);
  const modules = join(folder, 'node_modules');
  // npm writes this file when everything else is in its place.
  if (!existsSync(join(modules, '.package-lock.json'))) {
    tell(`fetching ${name} ${version}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    // Scripts would take the binary out of the package of its platform.
    await npmInstall(['--ignore-scripts', `${name}@${version}`], folder);
  }
  // The package installs those of its platform, the most common one first.
  const [platform] = readdirSync(join(modules, scope)).sort();
  if (platform === undefined) throw new Error(`npm has no ${name} for this platform`);
  return join(modules, scope, platform, ...binary);
}
