import { spawnSync } from 'node:child_process';

/** For `skip` of a test that needs a program: why it is skipped where the program is not installed. */
export function unlessInstalled(program: string): string | false {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return error === undefined ? false : `no ${program} on the PATH`;
}
