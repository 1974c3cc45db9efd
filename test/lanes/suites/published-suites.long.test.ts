// The tests that other projects publish, under the preload: each has the result that it has without it. Those that fail
// in both cases, and those that are meant to see the package, are told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { useTarball } from '../../examples/support/suite.ts';
import { startTestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { cacheFolder } from '../support/cache.ts';
import { installCopy } from '../support/copy.ts';
import { nodeBinary } from '../support/node-binary.ts';
import { differentFiles, runSuite, type SuiteRun, testFiles } from './support/run-suite.ts';
import { SUITES, type Suite } from './table.ts';

const NODES = [process.versions.node, '24.21.0'];
const INSTALL_AND_RUN = { timeout: 900_000 };
/** Some of those tests measure time, or listen on fixed ports: what differs once is tried again, by itself. */
const ATTEMPTS = 3;

describe('suites of other projects', () => {
  const tarball = useTarball(NODES);

  for (const node of NODES) {
    for (const suite of SUITES) {
      test(`${suite.name}, Node ${node}: the same tests pass and fail`, INSTALL_AND_RUN, async (t) => {
        const source = inRepo('test', 'lanes', 'suites', 'fixtures', 'packages');
        const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
        const target = join(dirname(cacheFolder), 'suites');
        const folder = await installCopy({ name: 'suites', source, target, manifest }, tarball());
        await compare(t, suite, folder, await nodeBinary(node));
      });
    }
  }
});

async function compare(t: TestContext, suite: Suite, folder: string, node: string): Promise<void> {
  const receiver = await startTestReceiver(t);
  const preload = {
    NODE_OPTIONS: '--import otel-access-log/register',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
    ACCESS_LOG_RATE: '100000',
    ACCESS_LOG_BURST: '100000',
  };
  const run = async (files: readonly string[]): Promise<readonly [without: SuiteRun, within: SuiteRun]> => [
    await runSuite({ folder, node, env: {} }, suite, files),
    await runSuite({ folder, node, env: preload }, suite, files),
  ];

  const all = testFiles(folder, suite);
  const [without, within] = await run(all);
  t.diagnostic(`${suite.name}: ${within.results.length} results in ${all.length} files`);
  for (const seen of [...without.seen, ...within.seen]) t.diagnostic(`sees the package: ${seen}`);
  for (const failure of without.failures) t.diagnostic(`fails without the package too: ${failure}`);
  assert.deepEqual(within.notices, []);

  const exchanges = receiver.records.filter(
    ({ attributes }) => attributes['access_log.outcome'] !== undefined,
  );
  const served = receiver.records
    .filter(({ attributes }) => attributes['access_log.final'] === true)
    .reduce((sum, { attributes }) => sum + Number(attributes['access_log.total.served']), 0);
  t.diagnostic(`${exchanges.length} records, ${served} exchanges by the last heartbeats`);
  assert.ok(exchanges.length >= suite.leastRecords, `${exchanges.length} records`);

  // A file is the same when one run with the package gave what one without it gave.
  const runs = { without: [without], within: [within] };
  let different = differentFiles(without, within);
  for (let attempt = 1; different.length > 0 && attempt < ATTEMPTS; attempt += 1) {
    t.diagnostic(`tried again: ${different.join(', ')}`);
    const [againWithout, againWithin] = await run(different);
    runs.without.push(againWithout);
    runs.within.push(againWithin);
    different = different.filter((file) =>
      runs.within.every((one) => runs.without.every((other) => differentFiles(one, other).includes(file))),
    );
  }
  const ofDifferent = ({ results }: SuiteRun): readonly string[] =>
    results.filter((result) => different.some((file) => result.includes(` ${file}:`)));
  assert.deepEqual(ofDifferent(within), ofDifferent(without));
}
