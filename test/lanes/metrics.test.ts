// The metrics at MeterProviders of the oldest and the newest line of the SDK.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tryAllMetrics } from '../e2e/support/metrics.ts';
import { inRepo } from '../support/repo-root.ts';
import { nodeBinary } from './support/node-binary.ts';
import { useApplications } from './support/suite.ts';

const SCRIPT = 'metrics.cjs';
const LANES = [
  { line: '2.0', node: '20.20.2', start: 'early' },
  { line: '3.x', node: '24.21.0', start: 'early' },
  { line: '3.x', node: '24.21.0', start: 'late' },
] as const;

describe('the metrics of a service with an SDK', () => {
  const layout = 'npm';
  const applicationOf = useApplications(
    LANES.map(({ line }) => ({ line, layout })),
    LANES.map(({ node }) => node),
  );

  for (const { line, node, start } of LANES) {
    test(`OpenTelemetry ${line}, Node ${node}, its MeterProvider is ${start}`, async (t) => {
      const { folder } = applicationOf({ line, layout });
      copyFileSync(inRepo('test/e2e/fixtures', SCRIPT), join(folder, SCRIPT));
      await tryAllMetrics(t, start, { script: SCRIPT, cwd: folder, node: await nodeBinary(node) });
    });
  }
});
