// Installs and builds what is missing: imports nothing but Node's own modules, since nothing else may be there yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Throws an error with a message for people where a step fails. */
export function prepare() {
  const needed = ['typescript', 'express', 'otlp-schema', '@grpc/grpc-js'];
  if (!needed.every((name) => existsSync(join(root, 'node_modules', name)))) {
    // Not `npm ci`: it refuses a lock file that names fewer platforms than it knows. The versions are those of the
    // lock file here too. NODE_ENV=production would leave out what builds and what the tour needs.
    npm('Installing (npm install)', ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund']);
  }
  // The last that a build writes: one that was broken off is made again.
  const built = modified(join(root, 'dist', 'cli', 'web', 'page.html'));
  const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name));
  if (newest([...sources, join(root, 'src')]) > built)
    npm('Building (npm run build)', ['run', '--silent', 'build']);
}

function npm(what, args) {
  console.log(`${what} …`);
  // The npm that runs us, by its script: npm.cmd could not be started without a shell on Windows.
  const script = process.env.npm_execpath;
  const isNpm = script !== undefined && basename(script) === 'npm-cli.js';
  const [command, first, shell] = isNpm
    ? [process.execPath, [script], false]
    : ['npm', [], process.platform === 'win32'];
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, stdio: 'inherit', shell });
  if (error !== undefined) throw new Error(`${what} failed: ${error.message}`);
  if (status !== 0) throw new Error(`${what} failed, see above`);
}

/** Time of the latest change to any of the files, and of the files in the folders. */
function newest(paths) {
  return Math.max(
    ...paths.map((path) =>
      statSync(path).isDirectory()
        ? newest(readdirSync(path).map((name) => join(path, name)))
        : modified(path),
    ),
  );
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
