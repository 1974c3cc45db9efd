// How each package manager installs an application, and this package into it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnv } from '../../support/spawn-app.ts';
import type { Layout } from '../lane-table.ts';
import { cacheFolder } from './cache.ts';
import { succeed } from './command.ts';
import { npm, npmInstall } from './npm.ts';
import { toolFile } from './tools.ts';

interface PackageManager {
  /** Installs what the package.json in the folder says. */
  install(folder: string): Promise<void>;
  /** Adds the packed package: a file in the folder. */
  add(folder: string, file: string): Promise<void>;
}

// npm and pnpm only warn of a package that wants another Node, as one of Fastify's does on 20.
const YARN_1 = ['--non-interactive', '--ignore-engines', '--cache-folder', join(cacheFolder, 'yarn1-cache')];

export const PACKAGE_MANAGERS: Readonly<Record<Layout, PackageManager>> = {
  npm: {
    install: (folder) => npmInstall([], folder),
    add: (folder, file) => npmInstall([`./${file}`], folder),
  },
  pnpm: {
    install: (folder) => pnpm(['install', '--no-frozen-lockfile'], folder),
    add: (folder, file) => pnpm(['add', `./${file}`], folder),
  },
  yarn1: {
    install: (folder) => yarn1(['install', ...YARN_1], folder),
    add: (folder, file) => yarn1(['add', ...YARN_1, `file:./${file}`], folder),
  },
  'yarn-nm': yarn4('node-modules'),
  'yarn-pnp': yarn4('pnp'),
};

/** Flags for every Node process of a Plug'n'Play application, the same as `yarn node` gives it. */
export const PLUG_N_PLAY: readonly string[] = [
  '--require',
  './.pnp.cjs',
  '--experimental-loader',
  './.pnp.loader.mjs',
];

async function pnpm(args: readonly string[], cwd: string): Promise<void> {
  const settings = ['--store-dir', join(cacheFolder, 'pnpm-store'), '--registry', await registry()];
  await node([await toolFile('pnpm'), ...args, ...settings], cwd);
}

async function yarn1(args: readonly string[], cwd: string): Promise<void> {
  await node([await toolFile('yarn1'), ...args, '--registry', await registry()], cwd);
}

function yarn4(nodeLinker: string): PackageManager {
  const yarn = async (args: readonly string[], cwd: string): Promise<void> => {
    const settings = {
      nodeLinker,
      npmRegistryServer: await registry(),
      globalFolder: join(cacheFolder, 'yarn4'),
      enableTelemetry: false,
    };
    // JSON is YAML.
    writeFileSync(join(cwd, '.yarnrc.yml'), JSON.stringify(settings));
    await node([await toolFile('yarn4'), ...args], cwd);
  };
  return {
    install: async (folder) => {
      // Without one it looks for a project in the folders above.
      writeFileSync(join(folder, 'yarn.lock'), '');
      await yarn(['install'], folder);
    },
    add: (folder, file) => yarn(['add', `otel-access-log@file:./${file}`], folder),
  };
}

async function node(args: readonly string[], cwd: string): Promise<void> {
  await succeed({ command: process.execPath, args, cwd, env: cleanEnv() });
}

/** The registry that npm uses here. */
async function registry(): Promise<string> {
  return (await npm(['config', 'get', 'registry'], cacheFolder)).trim();
}
