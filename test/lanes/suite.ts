import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Application, installApplication, packPackage } from './application.ts';
import { lockCache } from './cache.ts';
import type { Line } from './lane-table.ts';
import { nodeBinary } from './node-binary.ts';

/**
 * To be called in a suite: before its tests the package is packed and installed into the application of each line,
 * and each version of Node is fetched. Until the suite ends no other process changes them.
 *
 * @returns the application of a line, inside tests only
 */
export function useApplications<L extends Line>(
  lines: readonly L[],
  nodeVersions: readonly string[] = [],
): (line: L) => Application {
  const applications = new Map<L, Application>();
  before(async () => {
    await lockCache({ after });
    const tarball = await packPackage({ after });
    for (const line of lines) applications.set(line, await installApplication(line, tarball));
    for (const version of nodeVersions) await nodeBinary(version);
  });
  return (line) => {
    const application = applications.get(line);
    assert.ok(application !== undefined, 'applications are there inside tests only');
    return application;
  };
}
