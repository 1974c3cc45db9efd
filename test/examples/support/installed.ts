import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tarball } from '../../lanes/support/application.ts';
import { cacheFolder } from '../../lanes/support/cache.ts';
import { installCopy } from '../../lanes/support/copy.ts';
import { inRepo } from '../../support/repo-root.ts';

type Versions = Readonly<Record<string, string>>;

export interface Variant {
  /** Folder below `examples/`. */
  readonly example: string;
  /** Distinguishes variants of one example. Default: the example. */
  readonly name?: string;
  /** Versions that take the place of those in its package.json. */
  readonly versions?: Versions;
}

/** Installs the example into `$XDG_CACHE_HOME/otel-access-log/examples`. @returns the folder */
export function installExample(
  { example, name = example, versions }: Variant,
  tarball: Tarball,
): Promise<string> {
  const source = inRepo('examples', example);
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  Object.assign(manifest.dependencies, versions);
  return installCopy({ name, source, target: join(dirname(cacheFolder), 'examples'), manifest }, tarball);
}
