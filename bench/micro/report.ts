import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { repoRoot } from '../../test/support/repo-root.ts';
import { cleanEnv } from '../../test/support/spawn-app.ts';
import type { Cores } from '../support/cores.ts';
import { type Goal, reportGoals } from '../support/goals.ts';
import { describeMachine, versionsOf } from '../support/machine.ts';
import { table } from '../support/markdown.ts';
import { type MicroResult, REQUEST_KIB } from './protocol.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Runs the micro-benchmarks in a process of their own; as Markdown. @throws Error where it fails */
export function runMicro(cores: Cores, isQuick: boolean): string {
  const [command = process.execPath, ...args] = [...cores.server, process.execPath, '--expose-gc', MAIN];
  const { status, stdout } = spawnSync(command, [...args, ...(isQuick ? ['--quick'] : [])], {
    cwd: repoRoot,
    env: cleanEnv(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`Expected the micro-benchmarks to end with 0, got ${status}`);
  const results: readonly MicroResult[] = JSON.parse(stdout);
  const parts = results.filter(({ isRequest }) => isRequest !== true);
  return [
    '## Single parts',
    '',
    `${describeMachine()}; ${versionsOf(['mitata'])}, on one core. Tight loops with hot caches: good for comparing ` +
      'one with another, lower than what the same costs between two requests.',
    '',
    ...reportGoals(goals(results)),
    table(
      ['operation', 'ns, median (quartiles)', 'bytes allocated'],
      parts.map(({ name, lowerNanos, medianNanos, upperNanos, bytes }) => [
        name,
        `${nanos(medianNanos)} (${nanos(lowerNanos)}…${nanos(upperNanos)})`,
        bytes === undefined ? '?' : bytes.toFixed(0),
      ]),
    ),
    '',
    ...reportRequests(results.filter(({ isRequest }) => isRequest === true)),
  ].join('\n');
}

/** The dearest first: that is the request that costs most. */
function reportRequests(results: readonly MicroResult[]): readonly string[] {
  const plain = results[0]?.medianNanos ?? Number.NaN;
  return [
    `Requests of ${REQUEST_KIB} KiB, from the end of the exchange to the bytes of its record: with trusted proxies, ` +
      'rules for sensitive, ignored and noisy paths, and captured headers. What is told as of something is filled with it.',
    '',
    table(
      ['request', 'µs, median (quartiles)', 'µs per KiB', 'beside the plain one'],
      results
        .toSorted((one, other) => other.medianNanos - one.medianNanos)
        .map(({ name, lowerNanos, medianNanos, upperNanos }) => [
          name,
          `${micros(medianNanos)} (${micros(lowerNanos)}…${micros(upperNanos)})`,
          micros(medianNanos / REQUEST_KIB),
          `${(medianNanos / plain).toFixed(1)} ×`,
        ]),
    ),
  ];
}

function micros(nanos: number): string {
  return (nanos / 1000).toFixed(1);
}

function goals(results: readonly MicroResult[]): readonly Goal[] {
  return results.flatMap(({ name, medianNanos, goalNanos }) => {
    if (goalNanos === undefined) return [];
    const isReached = medianNanos <= goalNanos;
    return [{ what: name, goal: `≤ ${goalNanos} ns`, reached: `${nanos(medianNanos)} ns`, isReached }];
  });
}

function nanos(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
