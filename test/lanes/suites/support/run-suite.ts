import { readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRepo } from '../../../support/repo-root.ts';
import { cleanEnv } from '../../../support/spawn-app.ts';
import { runCommand } from '../../support/command.ts';
import type { Suite } from '../table.ts';

/** One line of `fixtures/reporter.mjs`. */
interface Line {
  readonly notice?: string;
  readonly result?: 'passed' | 'failed' | 'skipped';
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly error?: string;
}

export interface SuiteRun {
  /** Every test with its result, sorted: `passed 404s.test.js:12:1 name`. */
  readonly results: readonly string[];
  /** Those that are meant to see the package; they are not among the results. */
  readonly seen: readonly string[];
  /** Those that failed, with the first line of their error. */
  readonly failures: readonly string[];
  /** What the package said on standard error. */
  readonly notices: readonly string[];
}

export interface SuiteProcess {
  /** Where npm installed the packages. */
  readonly folder: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Files of a suite below its folder `test`. */
export function testFiles(folder: string, { name, isTest }: Suite): readonly string[] {
  return readdirSync(join(folder, 'node_modules', name, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(isTest)
    .sort();
}

/** Runs those files of a suite as the project does: in its own folder, by Node's test runner. */
export async function runSuite(
  { folder, node, env }: SuiteProcess,
  { name, flags = [], sees = {} }: Suite,
  files: readonly string[],
): Promise<SuiteRun> {
  const cwd = join(folder, 'node_modules', name);
  removeSockets(join(cwd, 'test'));
  const reporter = pathToFileURL(inRepo('test', 'lanes', 'suites', 'fixtures', 'reporter.mjs')).href;
  const { stdout, stderr } = await runCommand({
    command: node,
    args: [
      '--test',
      `--test-concurrency=${availableParallelism()}`,
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...flags,
      ...files.map((file) => join('test', file)),
    ],
    cwd,
    env: { ...cleanEnv(), ...env },
  });
  const lines = stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text): Line => JSON.parse(text));
  if (lines.length === 0) throw new Error(`the tests of ${name} did not run:\n${stderr}`);
  const placeOf = ({ file, line, column, name: test }: Line): string =>
    `${file === undefined ? '' : relative(join(cwd, 'test'), file)}:${line}:${column} ${test}`;
  const results = lines.filter(({ result }) => result !== undefined);
  const toldOf = (line: Line): string => `${line.result} ${placeOf(line)}`;
  return {
    results: results
      .filter((line) => !(line.name in sees))
      .map(toldOf)
      .sort(),
    seen: results.filter((line) => line.name in sees).map(toldOf),
    failures: lines
      .filter(({ result }) => result === 'failed')
      .map((line) => `${placeOf(line)}: ${(line.error ?? '').split('\n')[0]}`),
    notices: lines.flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
  };
}

/**
 * Some tests listen on a Unix socket beside them, and remove it by a name that is longer than that of a socket may be:
 * the next run would find the address in use.
 */
function removeSockets(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSocket()) rmSync(join(entry.parentPath, entry.name));
  }
}

/** Files in which a test has another result in one run than in the other, or is in one only. */
export function differentFiles(one: SuiteRun, other: SuiteRun): readonly string[] {
  const [left, right] = [byFile(one), byFile(other)];
  return [...new Set([...left.keys(), ...right.keys()])].filter(
    (file) => left.get(file)?.join('\n') !== right.get(file)?.join('\n'),
  );
}

function byFile({ results }: SuiteRun): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const result of results) {
    const file = /^\w+ (.*?):\d+:/.exec(result)?.[1] ?? '';
    files.set(file, [...(files.get(file) ?? []), result]);
  }
  return files;
}
