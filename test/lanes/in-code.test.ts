import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { assertRecords } from './expected.ts';
import { type Run, watch } from './lane-process.ts';
import { nodeBinary } from './node-binary.ts';
import { useApplications } from './suite.ts';
import { withoutIds } from './traffic.ts';

const LINES = ['2.x', '3.x'] as const;
const ENDED = { code: 0, signal: null };

interface Setup {
  readonly node: string;
  readonly line: (typeof LINES)[number];
  readonly args: readonly string[];
}

const SETUPS: readonly Setup[] = [
  { node: '20.20.2', line: '2.x', args: ['--import', './sdk-in-code.mjs', 'express.mjs'] },
  { node: '24.21.0', line: '2.x', args: ['--require', './sdk-in-code.mjs', 'express.cjs'] },
  { node: '22.23.3', line: '3.x', args: ['--require', './sdk-in-code.mjs', 'express.cjs'] },
  { node: '24.21.0', line: '3.x', args: ['--import', './sdk-in-code.mjs', 'express.mjs'] },
];

describe('HttpAccessLogInstrumentation and TokenBucketLogRecordProcessor in a NodeSDK', {
  concurrency: 2,
}, () => {
  const applicationOf = useApplications(
    LINES,
    SETUPS.map(({ node }) => node),
  );

  for (const setup of SETUPS) {
    const { node, line, args } = setup;
    const name = `Node ${node}, OpenTelemetry ${line}, ${args.join(' ')}`;

    test(`${name}: every exchange, and nothing else changes`, async (t) => {
      const [control] = await run(t, setup, { LANE_ACCESS_LOG: 'no' });
      const [found, receiver] = await run(t, setup, { LANE_ACCESS_LOG: 'yes' });
      await assertRecords(receiver, found.exchanges, 'coded');
      assert.ok(found.exchanges.every(({ span }) => span !== undefined));
      assert.deepEqual(found.exchanges.map(withoutIds), control.exchanges.map(withoutIds));
      assert.deepEqual(found.spans, control.spans);
      assert.equal(found.stderr, control.stderr);
      assert.deepEqual([control.exit, found.exit], [ENDED, ENDED]);
    });

    test(`${name}: the token bucket`, async (t) => {
      const [{ exchanges, exit }, receiver] = await run(t, setup, {
        LANE_ACCESS_LOG: 'yes',
        LANE_RATE: '0.001',
        LANE_BURST: '3',
      });
      assert.deepEqual(exit, ENDED);
      const { records } = receiver;
      const sum = (attribute: string): number =>
        records.reduce((total, { attributes }) => total + Number(attributes[attribute] ?? 0), 0);
      const kept = records.filter(({ attributes }) => attributes['access_log.outcome'] !== undefined);
      // A burst of three, and the error, which has a reserve of its own.
      assert.equal(kept.length, 4);
      const suppressed = exchanges.length - kept.length;
      assert.equal(sum('access_log.suppressed_before') + sum('access_log.count'), suppressed);
      const last = records.find(({ attributes }) => attributes['access_log.final'] === true);
      assert.deepEqual(
        ['served', 'ignored', 'suppressed', 'kept'].map(
          (name) => last?.attributes[`access_log.total.${name}`],
        ),
        [exchanges.length, 0, suppressed, kept.length],
      );
      assert.deepEqual(new Set(records.map(({ resource }) => resource['service.name'])), new Set(['coded']));
    });
  }

  for (const line of LINES) {
    test(`types: OpenTelemetry ${line}`, () => {
      const { folder } = applicationOf(line);
      // Both kinds of TypeScript modules; the declarations of all packages are checked too.
      const files = ['sdk-in-code.mts', 'sdk-in-code.cts'];
      for (const file of files) copyFileSync(join(folder, 'sdk-in-code.mjs'), join(folder, file));
      const compilerOptions = {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        exactOptionalPropertyTypes: true,
        allowJs: true,
        noEmit: true,
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
    });
  }

  async function run(
    t: TestContext,
    { node, line, args }: Setup,
    env: Readonly<Record<string, string>>,
  ): Promise<[Run, TestReceiver]> {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      node: await nodeBinary(node),
      cwd: applicationOf(line).folder,
      args,
      env: {
        LANE_LINE: line,
        LANE_RATE: '1000',
        LANE_BURST: '1000',
        OTEL_LOG_LEVEL: 'warn',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
        ...env,
      },
    });
    return [await watch(app), receiver];
  }
});
