// An SDK that is set up in code with the access log as one of its instrumentations.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver, type TestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { spawnApp } from '../../support/spawn-app.ts';
import type { Application } from './application.ts';
import { assertRecords } from './expected.ts';
import { type Run, watch } from './lane-process.ts';
import type { ApplicationLine } from './lines.ts';
import { nodeBinary } from './node-binary.ts';
import { TOGETHER, withoutIds } from './traffic.ts';

const ENDED = { code: 0, signal: null };

export interface Setup {
  readonly node: string;
  readonly line: ApplicationLine;
  readonly args: readonly string[];
}

export function setupName({ node, line, args }: Setup): string {
  return `Node ${node}, OpenTelemetry ${line}, ${args.join(' ')}`;
}

/** Every exchange has its record, and nothing else is other than without the access log. */
export async function tryInCode(
  owner: TestOwner,
  setup: Setup,
  application: Application,
  cwd?: string,
): Promise<void> {
  const [control] = await runInCode(owner, setup, application, { LANE_ACCESS_LOG: 'no' }, cwd);
  const [found, receiver] = await runInCode(owner, setup, application, { LANE_ACCESS_LOG: 'yes' }, cwd);
  await assertRecords(receiver, found.exchanges, 'coded');
  assert.ok(found.exchanges.every(({ span }) => span !== undefined));
  assert.deepEqual(found.exchanges.map(withoutIds), control.exchanges.map(withoutIds));
  assert.deepEqual(found.spans, control.spans);
  assert.equal(found.stderr, control.stderr);
  assert.deepEqual([control.exit, found.exit], [ENDED, ENDED]);
}

/** What the token bucket of the setup suppresses is counted. */
export async function tryBucket(owner: TestOwner, setup: Setup, application: Application): Promise<void> {
  const env = { LANE_ACCESS_LOG: 'yes', LANE_RATE: '0.001', LANE_BURST: '3' };
  const [{ exchanges, exit }, { records }] = await runInCode(owner, setup, application, env);
  assert.deepEqual(exit, ENDED);
  const sum = (attribute: string): number =>
    records.reduce((total, { attributes }) => total + Number(attributes[attribute] ?? 0), 0);
  const kept = records.filter(({ attributes }) => attributes['access_log.outcome'] !== undefined);
  // A burst of three, and the error, which has a reserve of its own.
  assert.equal(kept.length, 4);
  const suppressed = exchanges.length - kept.length;
  assert.equal(sum('access_log.suppressed_before') + sum('access_log.count'), suppressed);
  const last = records.find(({ attributes }) => attributes['access_log.final'] === true);
  assert.deepEqual(
    ['served', 'ignored', 'suppressed', 'kept'].map((name) => last?.attributes[`access_log.total.${name}`]),
    [exchanges.length, 0, suppressed, kept.length],
  );
  assert.deepEqual(new Set(records.map(({ resource }) => resource['service.name'])), new Set(['coded']));
}

/** TypeScript finds nothing wrong with the file as a module of either kind. */
export function checkTypes({ folder }: Application, file: string, skipLibCheck = false): void {
  const files = ['.mts', '.cts'].map((extension) => file.replace('.mjs', extension));
  for (const copy of files) copyFileSync(join(folder, file), join(folder, copy));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    exactOptionalPropertyTypes: true,
    allowJs: true,
    noEmit: true,
    skipLibCheck,
    types: ['node'],
    typeRoots: [inRepo('node_modules', '@types')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const compiler = inRepo('node_modules', 'typescript', 'bin', 'tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(stdout + stderr, '');
}

/** @param cwd default: the application's folder */
export async function runInCode(
  owner: TestOwner,
  { node, line, args }: Setup,
  application: Application,
  env: Readonly<Record<string, string>>,
  cwd: string = application.folder,
): Promise<[Run, TestReceiver]> {
  const receiver = await startTestReceiver(owner);
  const app = await spawnApp(owner, {
    node: await nodeBinary(node),
    cwd,
    args,
    env: {
      LANE_LINE: line,
      LANE_RATE: '1000',
      LANE_BURST: '1000',
      LANE_TOGETHER: String(TOGETHER),
      OTEL_LOG_LEVEL: 'warn',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
      ...env,
    },
  });
  return [await watch(app), receiver];
}
