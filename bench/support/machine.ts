import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { inRepo } from '../../test/support/repo-root.ts';

/** One line: when, and on what. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const date = new Date().toISOString().slice(0, 10);
  const cores = `${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}`;
  return `${date}, ${cores}, ${memory} GiB, ${type()} ${release()}, Node ${process.version}`;
}

/**
 * Whether the machine had anything else to do, at the moment of the call. Call it before the benchmark adds its own
 * load.
 */
export function describeQuiet(): string {
  return `load average of the minute before ${(loadavg()[0] ?? 0).toFixed(2)}`;
}

/** `name version` of each package that is installed in the repository. */
export function versionsOf(names: readonly string[]): string {
  return names.map((name) => `${name} ${versionIn(inRepo('node_modules', name, 'package.json'))}`).join(', ');
}

/** Version of this package. */
export function ownVersion(): string {
  return versionIn(inRepo('package.json'));
}

function versionIn(manifest: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'));
  return version;
}
