// Applications as a user gets them: copied out of the tree, with the packed package installed by npm.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRepo } from '../../support/repo-root.ts';
import type { Tarball } from './application.ts';
import { tell } from './cache.ts';
import { npmInstall } from './npm.ts';

const OWN = 'otel-access-log';
/** What npm and `next build` made there; everything else is copied anew. */
const MADE = /^(?:node_modules|\.next|.*\.tgz)$/;

export interface Copy {
  readonly name: string;
  /** Folder of its sources. */
  readonly source: string;
  /** Folder of the user's cache that it is put into. */
  readonly target: string;
  /** Its package.json, without this package. */
  readonly manifest: { readonly dependencies: Readonly<Record<string, string>> };
}

/**
 * Installs the application into a folder of the user's cache: once, and again whenever its dependencies or the packed
 * package are not the same as before. Its sources are those of the tree.
 *
 * @returns the folder
 */
export async function installCopy(
  { name, source, target, manifest }: Copy,
  tarball: Tarball,
): Promise<string> {
  const folder = join(target, `${name}-${fingerprint(manifest)}`);
  removeEarlier(target, name, folder);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (!MADE.test(file)) rmSync(join(folder, file), { recursive: true });
  }
  cpSync(source, folder, { recursive: true, filter: (path) => !MADE.test(path.slice(source.length + 1)) });

  // npm takes a file of the same name for the same package.
  const file = `${OWN}-${createHash('sha256').update(tarball.integrity).digest('hex').slice(0, 16)}.tgz`;
  const dependencies = { ...manifest.dependencies, [OWN]: `file:./${file}` };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }, undefined, 2));
  if (integrityIn(folder) === tarball.integrity) return folder;
  tell(`installing ${name}`);
  for (const earlier of readdirSync(folder)) if (earlier.endsWith('.tgz')) rmSync(join(folder, earlier));
  cpSync(tarball.path, join(folder, file));
  await npmInstall(['--omit=dev'], folder);
  if (integrityIn(folder) !== tarball.integrity)
    throw new Error(`npm installed another package in ${folder}`);
  return folder;
}

/** What decides on the packages that npm puts beside each other. */
function fingerprint(manifest: object): string {
  const { dependencies } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));
  const { platform, arch } = process;
  const text = JSON.stringify([manifest, dependencies, platform, arch]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function removeEarlier(target: string, name: string, folder: string): void {
  if (!existsSync(target)) return;
  for (const other of readdirSync(target)) {
    const path = join(target, other);
    const isEarlier = other.startsWith(`${name}-`) && /^[\da-f]{16}$/.test(other.slice(name.length + 1));
    if (isEarlier && path !== folder) rmSync(path, { recursive: true, force: true });
  }
}

/** npm's own account of what is installed, written when everything is in its place. */
function integrityIn(folder: string): string | undefined {
  const file = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).packages[`node_modules/${OWN}`]?.integrity;
}
