import { spawnSync } from 'node:child_process';

/** For `skip` of a test that needs a program: why it is skipped where the program is not installed. */
export function unlessInstalled(program: string, versionFlag = '--version'): string | false {
  const { error } = spawnSync(program, [versionFlag], { stdio: 'ignore' });
  return error === undefined ? false : `no ${program} on the PATH`;
}
