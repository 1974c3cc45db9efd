import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Installed } from './application.ts';
import { FACTORS, type Line } from './lane-table.ts';
import { runNpm } from './npm.ts';
import { useApplications } from './suite.ts';

const API = '@opentelemetry/api';
const OWN = 'node_modules/otel-access-log';

/** Where npm puts the OpenTelemetry API: one copy, unless the application's is of the line that we are not of. */
const API_COPIES: Readonly<Record<Line, readonly string[]>> = {
  none: [`node_modules/${API}`],
  '2.x': [`node_modules/${API}`],
  '3.x': [`node_modules/${API}`, `${OWN}/node_modules/${API}`],
};

describe('npm installs the package', () => {
  const applicationOf = useApplications(FACTORS.line);

  for (const line of FACTORS.line) {
    describe(`beside OpenTelemetry ${line}`, () => {
      test('and leaves every package of the application as it was', () => {
        const { before: had, after: has } = applicationOf(line);
        assert.ok(OWN in has);
        assert.deepEqual(Object.fromEntries(Object.keys(had).map((path) => [path, has[path]])), had);
      });

      test('with as few copies of the OpenTelemetry API as can be', () => {
        assert.deepEqual(copiesOf(API, applicationOf(line).after), API_COPIES[line]);
      });

      test('into a tree that npm finds nothing wrong with', async () => {
        const { status, stdout } = await runNpm(['ls', '--all', '--json'], applicationOf(line).folder);
        assert.deepEqual(JSON.parse(stdout).problems ?? [], []);
        assert.equal(status, 0);
      });
    });
  }
});

function copiesOf(name: string, installed: Installed): string[] {
  return Object.keys(installed).filter((path) => path.endsWith(`node_modules/${name}`));
}
