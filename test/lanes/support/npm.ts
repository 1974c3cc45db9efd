import { type CommandResult, runCommand, succeed } from './command.ts';

/** By default npm waits for more than two minutes before it says that there is no network. */
const RETRY_SOON = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

/** npm with the settings that it has here (registry, cache), and nothing of the test runner around it. */
function npmCommand(args: readonly string[], cwd: string): Parameters<typeof succeed>[0] {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return { command: 'npm', args, cwd, env: { ...env, npm_config_update_notifier: 'false' } };
}

/** Whatever it ends with. */
export function runNpm(args: readonly string[], cwd: string): Promise<CommandResult> {
  return runCommand(npmCommand(args, cwd));
}

/** @returns what npm printed. @throws Error with npm's own words, and whether the registry was out of reach */
export function npm(args: readonly string[], cwd: string): Promise<string> {
  return succeed(npmCommand(args, cwd));
}

/** Installs into `cwd` what `packages` name, besides what its package.json says. */
export async function npmInstall(packages: readonly string[], cwd: string): Promise<void> {
  await npm(['install', '--no-audit', '--no-fund', ...RETRY_SOON, ...packages], cwd);
}
