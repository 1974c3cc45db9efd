// Fresh applications, one for each line of OpenTelemetry, into which npm installs the packed package.
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
import type { TestOwner } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { cacheFolder, tell } from './cache.ts';
import type { Line } from './lane-table.ts';
import { npm, npmInstall } from './npm.ts';

const FRAMEWORKS = { express: '5.3.0', fastify: '5.12.8' };

/** What the application of a line depends on, apart from this package. */
const DEPENDENCIES: Readonly<Record<Line, Readonly<Record<string, string>>>> = {
  none: FRAMEWORKS,
  '2.x': {
    ...FRAMEWORKS,
    '@fastify/otel': '0.21.2',
    '@opentelemetry/api': '1.9.1',
    '@opentelemetry/exporter-logs-otlp-proto': '0.223.0',
    '@opentelemetry/instrumentation': '0.223.0',
    '@opentelemetry/instrumentation-express': '0.71.1',
    '@opentelemetry/instrumentation-http': '0.223.0',
    '@opentelemetry/resources': '2.12.0',
    '@opentelemetry/sdk-logs': '0.223.0',
    '@opentelemetry/sdk-node': '0.223.0',
  },
  // @fastify/otel is of the 2.x line only.
  '3.x': {
    ...FRAMEWORKS,
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/exporter-logs-otlp-proto': '0.301.0',
    '@opentelemetry/instrumentation': '0.301.0',
    '@opentelemetry/instrumentation-express': '0.72.0',
    '@opentelemetry/instrumentation-http': '0.301.0',
    '@opentelemetry/resources': '3.1.0',
    '@opentelemetry/sdk-logs': '3.1.0',
    '@opentelemetry/sdk-node': '0.301.0',
  },
};

/** Version of each installed package by its path: `node_modules/express`. */
export type Installed = Readonly<Record<string, string>>;

export interface Application {
  readonly folder: string;
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
 * The application of a line with this package. Its own packages are installed once and kept; this package is
 * installed whenever it is not the same as before.
 */
export async function installApplication(line: Line, tarball: Tarball): Promise<Application> {
  const folder = join(cacheFolder, fingerprint(line));
  const baseline = join(folder, 'before.json');
  if (!existsSync(baseline)) {
    tell(`installing the application without this package (OpenTelemetry: ${line})`);
    removeEarlier(line);
    mkdirSync(folder, { recursive: true });
    const manifest = { name: 'application', private: true, dependencies: DEPENDENCIES[line] };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    await npmInstall([], folder);
    writeFileSync(baseline, JSON.stringify(installedIn(folder)));
  }
  if (integrityIn(folder) !== tarball.integrity) await installPackage(folder, tarball);
  cpSync(inRepo('test', 'lanes', 'fixtures'), folder, { recursive: true });
  return { folder, before: JSON.parse(readFileSync(baseline, 'utf8')), after: installedIn(folder) };
}

/** A name that changes with the content: npm takes a file of the same name for the same package. */
async function installPackage(folder: string, { path, integrity }: Tarball): Promise<void> {
  for (const file of readdirSync(folder)) if (file.endsWith('.tgz')) rmSync(join(folder, file));
  const name = `otel-access-log-${createHash('sha256').update(integrity).digest('hex').slice(0, 16)}.tgz`;
  cpSync(path, join(folder, name));
  await npmInstall([`./${name}`], folder);
  assert.equal(integrityIn(folder), integrity, 'npm installed the package as it was packed');
}

/** What decides on the packages that npm puts beside each other: a change of it is another application. */
function fingerprint(line: Line): string {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(inRepo('package.json'), 'utf8'));
  const { platform, arch } = process;
  const parts = [DEPENDENCIES[line], dependencies, peerDependencies, platform, arch];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `${line}-${digest}`;
}

/** Applications of that line as they were: with other dependencies, or installed by half. */
function removeEarlier(line: Line): void {
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith(`${line}-`)) rmSync(join(cacheFolder, name), { recursive: true, force: true });
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
