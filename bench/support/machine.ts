import { createRequire } from 'node:module';
import { cpus, release, totalmem, type } from 'node:os';

const require = createRequire(import.meta.url);

/** One line: when, and on what. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const date = new Date().toISOString().slice(0, 10);
  const cores = `${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}`;
  return `${date}. ${cores}, ${memory} GiB, ${type()} ${release()}, Node ${process.version}.`;
}

/** `name version` of each installed package. */
export function versionsOf(names: readonly string[]): string {
  return names.map((name) => `${name} ${versionOf(name)}`).join(', ');
}

function versionOf(name: string): string {
  const { version }: { version: string } = require(`${name}/package.json`);
  return version;
}
