// `npm test` from a fresh clone: installs, builds, checks, and runs the tests. Plain JavaScript and nothing but Node,
// since nothing else may be there yet.
//
//   node test/run.js             everything but what is long
//   node test/run.js unit        the fast part: no processes under the preload, no installs, no Collector
//   node test/run.js long        what is long: every lane (test/x/y.long.test.ts)
//   node test/run.js FILE...     these test files (test/x/y.test.ts); builds only what has changed
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SLOW = [
  'conformance',
  'hostile',
  'e2e',
  'readers',
  'examples',
  'faults',
  'kubernetes',
  'lanes',
  'stack',
];

/** A test file that has not ended by then fails. The longest take three minutes, and fifteen of `long`, on two cores. */
const MINUTES = { long: 30, other: 15 };

function run(title, command, args) {
  console.error(`▸ ${title}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const tool = (name) => join('node_modules', '.bin', name);

/** All test sources below `test/`, slow ones last. */
function sources() {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .sort();
  const rank = (file) => SLOW.indexOf(file.split(/[\\/]/)[0] ?? '');
  return files.sort((a, b) => rank(a) - rank(b)).map((file) => join('test', file));
}

const isSlow = (file) => SLOW.includes(relative('test', file).split(/[\\/]/)[0] ?? '');
const isLong = (file) => file.endsWith('.long.test.ts');
const compiled = (file) => join('build', file.replace(/\.ts$/, '.js'));

/** Written when `dist` was built by this script. In `build`, so that both go together. */
const BUILT = join(root, 'build', '.dist-built');
const SOURCES_OF_DIST = [
  'src',
  'package',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

function modifiedMs(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  // A folder is younger than its files where one was removed.
  return readdirSync(path).reduce((ms, name) => Math.max(ms, modifiedMs(join(path, name))), stats.mtimeMs);
}

function isDistCurrent() {
  if (!existsSync(BUILT) || !existsSync(join(root, 'dist', 'register.js'))) return false;
  const builtMs = modifiedMs(BUILT);
  return SOURCES_OF_DIST.every((source) => modifiedMs(join(root, source)) < builtMs);
}

function buildPackage() {
  // Before the build: what is changed while it runs is built again.
  const startedAt = new Date();
  rmSync(BUILT, { force: true });
  run('building the package', 'npm', ['run', '--silent', 'build']);
  mkdirSync(dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, '');
  utimesSync(BUILT, startedAt, startedAt);
}

const what = process.argv.slice(2);
const filter = new Map([
  [undefined, (file) => !isLong(file)],
  ['unit', (file) => !isSlow(file) && !isLong(file)],
  ['long', isLong],
]).get(what[0]);
const files = filter === undefined ? what : sources().filter(filter);
for (const file of files) {
  if (!existsSync(join(root, file)) || !statSync(join(root, file)).isFile()) {
    console.error(`no such test: ${file}\nusage: node test/run.js [unit | long | FILE...]`);
    process.exit(2);
  }
}

if (!existsSync(join(root, 'node_modules', '.package-lock.json')))
  run('installing', 'npm', ['ci', '--no-audit', '--no-fund']);
if (filter !== undefined)
  for (const folder of ['dist', 'build']) rmSync(join(root, folder), { recursive: true, force: true });
if (!isDistCurrent()) buildPackage();
const buildInfo = join('build', '.tsbuildinfo');
run('building the tests', tool('tsc'), [
  '-p',
  'tsconfig.json',
  '--incremental',
  '--tsBuildInfoFile',
  buildInfo,
]);
if (what.length === 0) {
  run('lint and format', tool('biome'), ['check', '--error-on-warnings']);
  run('dead code and dependencies', tool('knip'), ['--no-progress']);
  run('the package as npm would publish it', tool('publint'), ['--strict']);
  run('its types', tool('attw'), ['--pack', '.', '--profile', 'esm-only']);
  const go = spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
  if (go)
    run('the Collector and Loki, from the cache or with Go', process.execPath, ['build/test/stack/build.js']);
  else console.error('▸ no Go on the PATH: the tests with the real Collector and Loki are skipped');
}
/** @returns the exit code; the summary of the test runner is the last that it prints */
function runTests(title, some, concurrency) {
  if (some.length === 0) return 0;
  const minutes = some.some(isLong) ? MINUTES.long : MINUTES.other;
  console.error(`▸ ${title}: ${some.length} test files`);
  const options = ['--test-reporter=spec', `--test-timeout=${minutes * 60_000}`, ...concurrency];
  const args = ['--test', ...options, ...some.map(compiled)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

// The fast ones share nothing; the slow ones start processes of their own, and Loki.
const fast = runTests(
  'fast',
  files.filter((file) => !isSlow(file)),
  [`--test-concurrency=${availableParallelism()}`],
);
const slow = runTests('slow', files.filter(isSlow), []);
process.exitCode = fast || slow;
