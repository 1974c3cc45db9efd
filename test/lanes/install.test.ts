import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Installed } from './support/application.ts';
import { runNpm } from './support/npm.ts';
import { useApplications } from './support/suite.ts';

const API = '@opentelemetry/api';
const OWN = 'node_modules/otel-access-log';

/** Where npm puts the OpenTelemetry API: one copy, unless the application's is of a line that we are not of. */
const API_COPIES = {
  none: [`node_modules/${API}`],
  '2.x': [`node_modules/${API}`],
  '3.x': [`node_modules/${API}`, `${OWN}/node_modules/${API}`],
} as const;
const LINES = Object.keys(API_COPIES) as (keyof typeof API_COPIES)[];

describe('npm installs the package', () => {
  const applicationOf = useApplications(LINES.map((line) => ({ line, layout: 'npm' })));

  for (const line of LINES) {
    const application = (): ReturnType<typeof applicationOf> => applicationOf({ line, layout: 'npm' });

    describe(`beside OpenTelemetry ${line}`, () => {
      test('and leaves every package of the application as it was', () => {
        const { before: had, after: has } = application();
        assert.ok(OWN in has);
        assert.deepEqual(Object.fromEntries(Object.keys(had).map((path) => [path, has[path]])), had);
      });

      test('with as few copies of the OpenTelemetry API as can be', () => {
        assert.deepEqual(copiesOf(API, application().after), API_COPIES[line]);
      });

      test('into a tree that npm finds nothing wrong with', async () => {
        const { status, stdout } = await runNpm(['ls', '--all', '--json'], application().folder);
        assert.deepEqual(JSON.parse(stdout).problems ?? [], []);
        assert.equal(status, 0);
      });
    });
  }
});

function copiesOf(name: string, installed: Installed): string[] {
  return Object.keys(installed).filter((path) => path.endsWith(`node_modules/${name}`));
}
