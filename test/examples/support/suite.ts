import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { packPackage, type Tarball } from '../../lanes/support/application.ts';
import { lockCache } from '../../lanes/support/cache.ts';
import { nodeBinary } from '../../lanes/support/node-binary.ts';

/**
 * To be called in a suite: before its tests the package is packed, and each version of Node is fetched. Until the
 * suite ends no other process changes what is installed.
 *
 * @returns the packed package, inside tests only
 */
export function useTarball(nodeVersions: readonly string[] = []): () => Tarball {
  let tarball: Tarball | undefined;
  const cleanUps: (() => Promise<void>)[] = [];
  // An `after` that is called inside `before` would run at the end of that.
  const owner = { after: (cleanUp: () => Promise<void>) => cleanUps.unshift(cleanUp) };
  before(async () => {
    await lockCache(owner);
    tarball = await packPackage(owner);
    for (const version of nodeVersions) await nodeBinary(version);
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });
  return () => {
    assert.ok(tarball !== undefined, 'the package is packed inside tests only');
    return tarball;
  };
}
