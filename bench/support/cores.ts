import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Which core does what. */
export interface Cores {
  /** What to put before a command so that it runs on the core of the server; empty where it cannot be told to. */
  readonly server: readonly string[];
  /** The same for everything else: load generator and receiver. */
  readonly others: readonly string[];
  /** For the report. */
  readonly description: string;
}

/** The first two cores that this process may use, by `taskset`; without it, or with one core, no pinning. */
export function chooseCores(): Cores {
  const nowhere = { server: [], others: [] };
  if (spawnSync('taskset', ['--version']).error !== undefined) {
    return { ...nowhere, description: 'no core pinned: there is no `taskset`' };
  }
  const [server, others] = allowedCores();
  if (server === undefined || others === undefined) {
    return { ...nowhere, description: 'no core pinned: there is only one' };
  }
  return {
    server: ['taskset', '-c', String(server)],
    others: ['taskset', '-c', String(others)],
    description: `server on core ${server}, load generator and receiver on core ${others}`,
  };
}

function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (list === undefined) return Array.from({ length: availableParallelism() }, (_, core) => core);
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
