// What reads manifests without a cluster: kubectl, and the published schemas, each from where its registry has it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inRepo } from '../../support/repo-root.ts';

const VALIDATE = 'kubernetes-validate';
const VERSION = '1.37.0';
const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'otel-access-log');

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: inRepo(),
    ...options,
  });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` };
}

/** All that `kubectl apply -k` would apply. */
export function kustomize(folder: string): string {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', inRepo(folder)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return stdout;
}

/** Why the tests of manifests cannot run here, or false. */
export function missingTools(): string | false {
  for (const tool of ['kubectl', 'python3'])
    if (spawnSync(tool, ['version'], { stdio: 'ignore' }).error) return `there is no \`${tool}\` on the PATH`;
  return false;
}

/** Folder with the package, for PYTHONPATH; pip fetches it once. */
function validatorFolder(): string {
  const folder = join(cacheFolder, `${VALIDATE}-${VERSION}`);
  if (existsSync(folder)) return folder;
  const scratch = `${folder}.tmp-${process.pid}`;
  mkdirSync(cacheFolder, { recursive: true });
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-compile',
    '--disable-pip-version-check',
    '--target',
    scratch,
  ];
  const { status, output } = run('python3', [...args, `${VALIDATE}==${VERSION}`]);
  if (status !== 0) throw new Error(`pip does not install ${VALIDATE}: ${output}`);
  try {
    renameSync(scratch, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(scratch, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Against the schemas of that version of Kubernetes; fields that it does not know are mistakes. */
export function validateManifests(files: readonly string[], version: string): Ended {
  const args = ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', version, ...files];
  return run('python3', args, { env: { ...process.env, PYTHONPATH: validatorFolder() } });
}

/** Folder of a Go module in the cache of modules, fetched where it is not there. @throws Error where its sum is another */
export function goModule(path: string, version: string, sum: string): string {
  const { status, stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', `${path}@${version}`], {
    encoding: 'utf8',
    // Outside of every module.
    cwd: '/',
  });
  if (status !== 0) throw new Error(`go mod download ${path}: ${stderr}${stdout}`);
  const { Dir: folder, Sum: found } = JSON.parse(stdout);
  if (found !== sum) throw new Error(`${path}@${version} is not what it was: ${found}`);
  return folder;
}
