import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRepo } from '../../support/repo-root.ts';

const FORMATS = inRepo('examples/lnav/otel-access-log.lnav.json');

export interface Lnav {
  /** The lines as they are shown. */
  show(lines: readonly string[]): string;
  /** The rows of a query on the lines. */
  query(lines: readonly string[], sql: string): Record<string, unknown>[];
}

/** The real lnav with this home, the format file installed as docs/goaccess.md says. */
export function installLnav(home: string): Lnav {
  const run = (args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('lnav', args, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home, TERM: 'dumb', TZ: 'UTC' },
    });
    // Of a file without a format it says so, and ends as if all were well.
    if (status !== 0 || stderr.includes('error:'))
      throw new Error(`lnav ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const fileOf = (lines: readonly string[]): string => {
    const file = join(home, 'access.log');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  run(['-i', FORMATS]);
  return {
    show: (lines) => run(['-n', fileOf(lines)]),
    query: (lines, sql) => JSON.parse(run(['-n', '-c', `;${sql}`, '-c', ':write-json-to -', fileOf(lines)])),
  };
}
