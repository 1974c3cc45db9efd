// Builds the Collector, Loki, other receivers and the object stores that the stack tests run against, once per set of
// versions, into the user's cache.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeLock } from '../support/lock.ts';
import { inRepo } from '../support/repo-root.ts';

export type Log = (line: string) => void;

interface Part {
  readonly name: string;
  readonly title: string;
  readonly binary: string;
  /** The Go package to build, seen from the part's folder. */
  readonly target: string;
}

const COLLECTOR: Part = {
  name: 'collector',
  title: 'the OpenTelemetry Collector (about 2 minutes)',
  binary: 'otelcol',
  target: '.',
};
const LOKI: Part = {
  name: 'loki',
  title: 'Loki (about 6 minutes)',
  binary: 'loki',
  target: 'github.com/grafana/loki/v3/cmd/loki',
};
const VICTORIA_LOGS: Part = {
  name: 'victorialogs',
  title: 'VictoriaLogs (about half a minute)',
  binary: 'victoria-logs',
  target: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
};
const RECEIVERS_COLLECTOR: Part = {
  name: 'receivers-collector',
  title: 'a Collector with the exporters for ClickHouse and files (about half a minute)',
  binary: 'otelcol',
  target: '.',
};
/** Object stores that Loki writes to in tests. */
const OBJECT_STORES = {
  gofakes3: {
    name: 'gofakes3',
    title: 'the S3 server gofakes3 (some seconds)',
    binary: 'gofakes3',
    target: 'github.com/johannesboyne/gofakes3/cmd/gofakes3',
  },
  versitygw: {
    name: 'versitygw',
    title: 'the S3 server versitygw (about 2 minutes)',
    binary: 'versitygw',
    target: 'github.com/versity/versitygw/cmd/versitygw',
  },
  'fake-gcs-server': {
    name: 'fake-gcs-server',
    title: 'the Google Cloud Storage of fake-gcs-server (about 1 minute)',
    binary: 'fake-gcs-server',
    target: 'github.com/fsouza/fake-gcs-server',
  },
} as const satisfies Readonly<Record<string, Part>>;

export type ObjectStoreName = keyof typeof OBJECT_STORES;

const RULES_TESTER: Part = {
  name: 'promrules',
  title: 'the tester of alerting rules (seconds, where Loki was built)',
  binary: 'promrules',
  target: '.',
};
const FLAGS = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
const PROGRESS_EVERY_MS = 15_000;

export function goAvailable(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

/** Paths of both binaries, built where the cache has none yet; one after the other, each uses all cores anyway. */
export async function buildStack(log: Log = toStderr): Promise<{ collector: string; loki: string }> {
  return { collector: await cached(COLLECTOR, log), loki: await cached(LOKI, log) };
}

export function buildVictoriaLogs(log: Log = toStderr): Promise<string> {
  return cached(VICTORIA_LOGS, log);
}

export function buildReceiversCollector(log: Log = toStderr): Promise<string> {
  return cached(RECEIVERS_COLLECTOR, log);
}

/** Path of its binary. Those that take long to build are built by the long tests only, when they need them. */
export function buildObjectStore(name: ObjectStoreName, log: Log = toStderr): Promise<string> {
  return cached(OBJECT_STORES[name], log);
}

/** Path of the program that tests alerting rules of Prometheus, likewise. */
export function buildRulesTester(log: Log = toStderr): Promise<string> {
  return cached(RULES_TESTER, log);
}

async function cached(part: Part, log: Log): Promise<string> {
  const sources = inRepo('test', 'stack', part.name);
  const entry = join(cacheFolder(), `${part.name}-${fingerprint(sources)}`);
  const binary = join(entry, part.binary);
  if (existsSync(binary)) return binary;

  // Two that build the same part at the same time would share the cores for one result.
  const unlock = await takeLock(`${entry}.lock`, () =>
    log(`waiting for another process that builds ${part.title}`),
  );
  // A name of its own and one rename: even without the lock nobody ever sees half a binary.
  const scratch = mkdtempSync(`${entry}.tmp-`);
  try {
    if (!existsSync(binary)) {
      await compile(part, sources, join(scratch, part.binary), log);
      renameSync(scratch, entry);
    }
  } catch (error) {
    if (!existsSync(binary)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    unlock();
  }
  return binary;
}

/** Where what takes long to build or to install stays from one run to the next. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'otel-access-log');
}

/** What the binary is made of: the platform, the flags, and every file that Go reads. */
function fingerprint(sources: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${FLAGS.join(' ')}\n`);
  for (const name of readdirSync(sources).sort()) {
    if (/^go\.(mod|sum)$|\.go$/.test(name))
      hash.update(`${name}\n`).update(readFileSync(join(sources, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

function compile(part: Part, cwd: string, output: string, log: Log): Promise<void> {
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  const args = ['build', ...FLAGS, '-o', output, part.target];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  log(`building ${part.title}, once per version`);
  return new Promise((done, fail) => {
    const go = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const keep = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4_000);
    };
    go.stdout.on('data', keep);
    go.stderr.on('data', keep);
    const progress = setInterval(() => log(`still building ${part.name}: ${seconds()} s`), PROGRESS_EVERY_MS);
    const stop = (): boolean => go.kill();
    process.once('exit', stop);
    const settle = (error?: Error): void => {
      clearInterval(progress);
      process.removeListener('exit', stop);
      if (error) fail(error);
      else done();
    };
    go.once('error', (error) => settle(new Error(`cannot run go: ${error.message}`)));
    go.once('close', (code, signal) => {
      if (code !== 0)
        return settle(new Error(`go build of ${part.name} ended with ${code ?? signal}:\n${said}`));
      log(`built ${part.name} in ${seconds()} s`);
      settle();
    });
  });
}

function toStderr(line: string): void {
  process.stderr.write(`stack: ${line}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const built = [
    ...Object.values(await buildStack()),
    await buildRulesTester(),
    await buildObjectStore('gofakes3'),
  ];
  for (const path of built) toStderr(`ready: ${basename(path)} at ${path}`);
}
