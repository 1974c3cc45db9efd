const PACKAGE = 'otel-access-log';

/** `--import NAME`, `--import=NAME`, `-r NAME` and `--require NAME`, as arguments or in the text of `NODE_OPTIONS`. */
const PRELOADED = /(?:^|\s)(?:--import|--require|-r)(?:=|\s+)["']?([^\s"']+)/g;

/**
 * Whether Node was told to preload the package itself, which starts nothing, and not `otel-access-log/register`.
 *
 * @param execArgv the arguments of Node itself
 */
export function preloadsPackageOnly(
  execArgv: readonly string[] = process.execArgv,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const text = `${execArgv.join(' ')} ${env.NODE_OPTIONS ?? ''}`;
  const names = [...text.matchAll(PRELOADED)].map(([, name = '']) => name);
  return names.includes(PACKAGE) && !names.some((name) => name.startsWith(`${PACKAGE}/register`));
}
