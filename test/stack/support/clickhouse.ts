// ClickHouse's engine, installed once from PyPI into the user's cache, and its answers to queries in SQL.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../support/lock.ts';
import { inRepo } from '../../support/repo-root.ts';
import { cacheFolder } from '../build.ts';
import { Daemon, removeAtExit, withFreePorts } from './daemon.ts';
import { poll } from './poll.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface ClickHouse {
  /** Of its HTTP interface. */
  readonly url: string;
  /** Asks until there are as many rows as that. */
  query(sql: string, rows?: number): Promise<Row[]>;
  stop(): Promise<void>;
}

const REQUIREMENTS = inRepo('test/stack/clickhouse/requirements.txt');

/** Why ClickHouse's engine cannot be installed here; undefined where it can. */
export function clickHouseMissing(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'chDB is installed with Python, and there is no `python3` with venv here';
}

export async function startClickHouse(): Promise<ClickHouse> {
  const command = await installed();
  const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-clickhouse-'));
  removeAtExit(folder);
  return withFreePorts(1, async ([port]) => {
    const url = `http://127.0.0.1:${port}`;
    const daemon = new Daemon({
      name: 'clickhouse',
      command,
      args: [inRepo('test/stack/clickhouse/server.py'), String(port), join(folder, 'data')],
      env: {},
      folder,
      readyUrl: url,
    });
    await daemon.start();
    const ask = async (sql: string): Promise<Row[]> => {
      const answer = await fetch(url, { method: 'POST', body: sql });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`ClickHouse answered ${answer.status}: ${text}`);
      const lines = text.split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Row);
    };
    return {
      url,
      query: (sql, rows = 0) =>
        poll({
          what: sql,
          ask: () => ask(sql),
          wanted: ({ length }) => length >= rows,
          show: (found) => JSON.stringify(found, undefined, 1),
        }),
      stop: async () => {
        await daemon.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}

/** The Python of an environment that has chDB. */
async function installed(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const entry = join(cacheFolder(), `clickhouse-${hash}`);
  const python = join(entry, 'bin', 'python3');
  // An environment cannot be renamed, so a file tells that it is complete.
  const complete = join(entry, 'complete');
  if (existsSync(complete)) return python;
  const unlock = await takeLock(`${entry}.lock`, () => undefined);
  try {
    if (existsSync(complete)) return python;
    rmSync(entry, { recursive: true, force: true });
    run('python3', '-m', 'venv', entry);
    run(python, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-cache-dir', '-r', REQUIREMENTS);
    writeFileSync(complete, '');
    return python;
  } finally {
    unlock();
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
}
