// Applications that esbuild put into one file.
import { join } from 'node:path';
import { cleanEnv } from '../../support/spawn-app.ts';
import type { Application } from './application.ts';
import { succeed } from './command.ts';
import { type ApplicationLine, DEPENDENCIES } from './lines.ts';
import { toolFile } from './tools.ts';

/** What CommonJS packages in an ES module need; esbuild's own `require` knows no built-in modules. */
const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

const made = new Map<string, Promise<string>>();

/**
 * Puts a file of the application and all that it imports into one.
 *
 * @param format of the one file. Default: that of the other
 * @returns the one file, seen from the application's folder
 */
export function bundle(
  application: Application,
  file: string,
  format: 'cjs' | 'mjs' = file.endsWith('.cjs') ? 'cjs' : 'mjs',
): Promise<string> {
  const bundled = join('bundled', file.replace(/\.[cm]js$/, `.${format}`));
  const key = join(application.folder, bundled);
  const making = made.get(key) ?? make(application, file, bundled, format);
  made.set(key, making);
  return making;
}

async function make(
  { folder, line }: Application,
  file: string,
  bundled: string,
  format: 'cjs' | 'mjs',
): Promise<string> {
  await succeed({
    command: await toolFile('esbuild'),
    args: [
      file,
      '--bundle',
      '--platform=node',
      '--log-level=error',
      `--outfile=${bundled}`,
      ...(format === 'cjs' ? ['--format=cjs'] : ['--format=esm', `--banner:js=${REQUIRE}`]),
      ...absentOn(line).map((name) => `--external:${name}`),
    ],
    cwd: folder,
    env: cleanEnv(),
  });
  return bundled;
}

/** What an application of that line has none of, and never loads. */
function absentOn(line: ApplicationLine): string[] {
  const { [line]: dependencies } = DEPENDENCIES;
  const agents = ['@sentry/node', 'dd-trace', 'newrelic'];
  const packages = ['@fastify/otel', '@opentelemetry/api', '@opentelemetry/sdk-node', ...agents];
  return [
    ...packages.filter((name) => !(name in dependencies)),
    ...(line === '2.0-traces' ? [] : ['./traces.cjs']),
  ];
}
