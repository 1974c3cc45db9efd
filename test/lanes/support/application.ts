// Fresh applications, one for each line of OpenTelemetry and each layout, into which the packed package is installed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import type { Layout } from '../lane-table.ts';
import { cacheFolder, tell } from './cache.ts';
import { type ApplicationLine, DEPENDENCIES } from './lines.ts';
import { npm } from './npm.ts';
import { PACKAGE_MANAGERS } from './package-managers.ts';

/** Written when the application is installed: without this package, and with which one of this package. */
const BASE = 'lane-base.json';
const WITH = 'lane-with.json';

/** Version of each package that npm installed by its path, `node_modules/express`. Empty for other layouts. */
export type Installed = Readonly<Record<string, string>>;

export interface Application {
  readonly folder: string;
  readonly line: ApplicationLine;
  readonly layout: Layout;
  /** Before this package came, and with it. */
  readonly before: Installed;
  readonly after: Installed;
}

export interface Tarball {
  readonly path: string;
  /** As npm writes it: `sha512-…`. */
  readonly integrity: string;
}

/** Packs the package as it lies in `dist`; gone when the test ends. @throws Error where there is no `dist` */
export async function packPackage(owner: TestOwner): Promise<Tarball> {
  if (!existsSync(inRepo('dist', 'register.js'))) {
    throw new Error('the lanes install the packed package, and there is no dist: npm run build');
  }
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-pack-'));
  owner.after(async () => rmSync(folder, { recursive: true, force: true }));
  // Not `prepack`, which would build once more under the feet of tests that run.
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], inRepo());
  const [file] = readdirSync(folder);
  assert.ok(file !== undefined, 'npm pack makes a file');
  const path = join(folder, file);
  const digest = createHash('sha512').update(readFileSync(path)).digest('base64');
  return { path, integrity: `sha512-${digest}` };
}

/**
 * The application of a line in a layout with this package. Its own packages are installed once and kept; this package
 * is installed whenever it is not the same as before.
 */
export async function installApplication(
  line: ApplicationLine,
  layout: Layout,
  tarball: Tarball,
): Promise<Application> {
  const folder = join(cacheFolder, `${line}-${layout}-${fingerprint(line)}`);
  const base = join(folder, BASE);
  if (!existsSync(base)) {
    tell(`installing the application without this package (OpenTelemetry ${line}, ${layout})`);
    removeEarlier(line, layout);
    mkdirSync(folder, { recursive: true });
    const manifest = { name: 'application', private: true, dependencies: DEPENDENCIES[line] };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    await PACKAGE_MANAGERS[layout].install(folder);
    writeFileSync(base, JSON.stringify(installedIn(folder)));
  }
  await installPackage(folder, layout, tarball);
  cpSync(inRepo('test', 'lanes', 'fixtures'), folder, { recursive: true });
  return {
    folder,
    line,
    layout,
    before: JSON.parse(readFileSync(base, 'utf8')),
    after: installedIn(folder),
  };
}

async function installPackage(folder: string, layout: Layout, { path, integrity }: Tarball): Promise<void> {
  const marker = join(folder, WITH);
  if (existsSync(marker) && JSON.parse(readFileSync(marker, 'utf8')) === integrity) return;
  rmSync(marker, { force: true });
  // A name that changes with the content: package managers take a file of the same name for the same package.
  const name = `otel-access-log-${createHash('sha256').update(integrity).digest('hex').slice(0, 16)}.tgz`;
  cpSync(path, join(folder, name));
  await PACKAGE_MANAGERS[layout].add(folder, name);
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.tgz') && file !== name) rmSync(join(folder, file));
  }
  if (layout === 'npm') assert.equal(integrityIn(folder), integrity, 'npm installed what was packed');
  writeFileSync(marker, JSON.stringify(integrity));
}

/** What decides on the packages that are put beside each other: a change of it is another application. */
function fingerprint(line: ApplicationLine): string {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));
  const { platform, arch } = process;
  const parts = [DEPENDENCIES[line], dependencies, peerDependencies, platform, arch];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** That application as it was: with other dependencies, or installed by half. */
function removeEarlier(line: ApplicationLine, layout: Layout): void {
  for (const name of readdirSync(cacheFolder)) {
    const digest = name.startsWith(`${line}-${layout}-`) ? name.slice(`${line}-${layout}-`.length) : '';
    if (/^[\da-f]{16}$/.test(digest)) rmSync(join(cacheFolder, name), { recursive: true, force: true });
  }
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
}

/** npm's own account of what is installed, written when everything is in its place. */
function lockedIn(folder: string): Readonly<Record<string, LockedPackage>> {
  const file = join(folder, 'node_modules', '.package-lock.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function installedIn(folder: string): Installed {
  return Object.fromEntries(
    Object.entries(lockedIn(folder)).map(([path, { version }]) => [path, version ?? '']),
  );
}

function integrityIn(folder: string): string | undefined {
  return lockedIn(folder)['node_modules/otel-access-log']?.integrity;
}
