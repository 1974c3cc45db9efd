import { spawn } from 'node:child_process';

const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/;

/** By default npm waits for more than two minutes before it says that there is no network. */
const RETRY_SOON = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

interface NpmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs npm with the settings that it has here (registry, cache), and nothing of the test runner around it. */
export function runNpm(args: readonly string[], cwd: string): Promise<NpmResult> {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd,
      env: { ...env, npm_config_update_notifier: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.once('error', (error) =>
      reject(new Error(`the lanes need npm, which does not start: ${error.message}`)),
    );
    child.once('close', (status) => resolve({ status, ...texts }));
  });
}

/** @returns what npm printed. @throws Error with npm's own words, and whether the registry was out of reach */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await runNpm(args, cwd);
  if (status === 0) return stdout;
  const why = UNREACHABLE.test(stderr)
    ? 'the lanes install real applications, and the npm registry cannot be reached'
    : `npm ended with ${status}`;
  throw new Error(`${why}: npm ${args.join(' ')} (in ${cwd})\n${stderr}${stdout}`);
}

/** Installs into `cwd` what `packages` name, besides what its package.json says. */
export async function npmInstall(packages: readonly string[], cwd: string): Promise<void> {
  await npm(['install', '--no-audit', '--no-fund', ...RETRY_SOON, ...packages], cwd);
}
