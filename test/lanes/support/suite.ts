import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Layout } from '../lane-table.ts';
import { type Application, installApplication, packPackage } from './application.ts';
import { lockCache } from './cache.ts';
import type { ApplicationLine } from './lines.ts';
import { nodeBinary } from './node-binary.ts';

interface Kind {
  readonly line: ApplicationLine;
  readonly layout: Layout;
}

/**
 * To be called in a suite: before its tests the package is packed and installed into those applications, and each
 * version of Node is fetched. Until the suite ends no other process changes them.
 *
 * @returns such an application, inside tests only
 */
export function useApplications(
  kinds: readonly Kind[],
  nodeVersions: readonly string[] = [],
): (kind: Kind) => Application {
  const applications = new Map<string, Application>();
  const cleanUps: (() => Promise<void>)[] = [];
  // An `after` that is called inside `before` would run at the end of that.
  const owner = { after: (cleanUp: () => Promise<void>) => cleanUps.unshift(cleanUp) };
  before(async () => {
    await lockCache(owner);
    const tarball = await packPackage(owner);
    for (const { line, layout } of kinds) {
      const key = `${line} ${layout}`;
      if (!applications.has(key)) applications.set(key, await installApplication(line, layout, tarball));
    }
    for (const version of new Set(nodeVersions)) await nodeBinary(version);
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });
  return ({ line, layout }) => {
    const application = applications.get(`${line} ${layout}`);
    assert.ok(application !== undefined, 'applications are there inside tests only');
    return application;
  };
}
