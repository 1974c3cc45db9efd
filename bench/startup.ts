import { spawnSync } from 'node:child_process';
import { repoRoot } from '../test/support/repo-root.ts';
import { cleanEnv } from '../test/support/spawn-app.ts';
import type { Cores } from './support/cores.ts';
import { describeMachine, ownVersion } from './support/machine.ts';
import { spread, table } from './support/markdown.ts';
import { quartilesOf, shuffled } from './support/statistics.ts';

const NODE_SDK = new URL('./processes/node-sdk.js', import.meta.url).href;

const PRELOADS = [
  { title: '`node -e 0`', args: [] },
  {
    title: '**this package** (`--import otel-access-log/register`)',
    args: ['--import', 'otel-access-log/register'],
  },
  { title: 'NodeSDK + HttpInstrumentation, by `--import`', args: ['--import', NODE_SDK] },
] as const;

/** How long a process takes that loads the preload and does nothing, from start to end; as Markdown. */
export function measureStartUp(repetitions: number, cores: Cores): string {
  const times = PRELOADS.map((): number[] => []);
  const indices = PRELOADS.map((_, index) => index);
  // Round 0 fills the file system's caches.
  for (let round = 0; round <= repetitions; round += 1) {
    for (const index of shuffled(indices)) {
      const milliseconds = timeOf(PRELOADS[index]?.args ?? [], cores);
      if (round > 0) times[index]?.push(milliseconds);
    }
  }
  const bare = times[0] ?? [];
  const rows = PRELOADS.map(({ title }, index) => {
    const own = times[index] ?? [];
    const differences = own.map((milliseconds, round) => milliseconds - (bare[round] ?? 0));
    return [title, spread(quartilesOf(own)), index === 0 ? '–' : spread(quartilesOf(differences))];
  });
  return [
    '## Start-up',
    '',
    `${describeMachine()}; otel-access-log ${ownVersion()}. Wall time of whole processes (\`… -e 0\`) on one core, ` +
      `${repetitions} repetitions in random order, paired: median (quartiles).`,
    '',
    table(['preload', 'ms', 'Δ ms'], rows),
  ].join('\n');
}

function timeOf(preload: readonly string[], cores: Cores): number {
  const [command = process.execPath, ...args] = [...cores.server, process.execPath, ...preload, '-e', '0'];
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: repoRoot, env: cleanEnv(), encoding: 'utf8' });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`Expected ${args.join(' ')} to end with 0, got ${status}\n${stderr}`);
  return milliseconds;
}
