// The reader of standard output may be slow, stop reading, or go away. The service goes on, its end comes in time, and
// each line has arrived or is counted.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { request } from '../faults/support/requests.ts';
import { lostInWords } from '../faults/support/service.ts';
import { Changes } from '../support/changes.ts';
import { deadline } from '../support/owner.ts';
import { inRepo } from '../support/repo-root.ts';
import { cleanEnv } from '../support/spawn-app.ts';

const APP = [
  process.execPath,
  '--import',
  'otel-access-log/register',
  inRepo('test/hostile/fixtures/stdout.mjs'),
];
const TERMINAL = inRepo('test/hostile/fixtures/terminal.py');
const HAS_TERMINAL = spawnSync('python3', ['-c', 'import pty']).status === 0;
const LINUX = process.platform === 'linux';
const IN_TIME_MS = 10_000;
const LINES = 3_000;
const OURS = /^GET \/(\d+)x* 200 0B [\d.]+ms$/;

/**
 * What standard output is: a pipe as a shell makes it, also one for standard error as well; a socket, which is what
 * `child_process` makes, and what a service of systemd has; a terminal.
 */
type Kind = 'pipe' | 'one pipe' | 'socket' | 'terminal' | { readonly file: string };

interface Service {
  readonly port: number;
  readonly reader: Readable;
  readonly stderr: string;
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or signal. */
  ended(): Promise<unknown>;
  /** The lines that the application and the access log wrote, when all is read that there is. */
  lines(): Promise<readonly string[]>;
}

/** Starts a service whose standard output is read until it says where it listens. */
async function start(
  t: TestContext,
  kind: Kind,
  env: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const [command = '', ...args] = kind === 'terminal' ? ['python3', TERMINAL, ...APP] : APP;
  const pipe = kind === 'pipe' || kind === 'one pipe' ? makePipe(t) : undefined;
  const out = pipe?.writeEnd ?? (typeof kind === 'object' ? openSync(kind.file, 'w') : 'pipe');
  const child = spawn(command, args, {
    cwd: inRepo('.'),
    stdio: ['ignore', out, kind === 'one pipe' ? out : 'pipe'],
    env: {
      ...cleanEnv(),
      ACCESS_LOG_STDOUT: 'line',
      ACCESS_LOG_RATE: '100000',
      ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '300',
      OTEL_LOGS_EXPORTER: 'none',
      APP_TELLS: typeof kind === 'object' ? 'error' : 'log',
      ...env,
    },
  });
  const exit = once(child, 'exit').then(([code, signal]) => code ?? signal);
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  if (typeof out === 'number') closeSync(out);
  const reader = pipe?.reader ?? child.stdout ?? child.stderr;
  assert.ok(reader);
  const changes = new Changes();
  const seen = { text: '', stderr: '' };
  const read = (from: Readable | null, into: keyof typeof seen): void => {
    from?.setEncoding('utf8').on('data', (text: string) => {
      seen[into] += text;
      changes.notify();
    });
  };
  if (reader !== child.stderr) read(reader, 'text');
  read(child.stderr, 'stderr');
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    changes.until(
      () => pattern.exec(seen.text) ?? pattern.exec(seen.stderr) ?? undefined,
      IN_TIME_MS,
      () => `${pattern} expected, got ${seen.text}\n${seen.stderr}`,
    );
  const [, port] = await until(/listening (\d+)/);
  if (reader !== child.stderr) reader.pause();
  return {
    port: Number(port),
    reader,
    get stderr() {
      return seen.stderr;
    },
    until,
    ended: () => deadline(exit, IN_TIME_MS, () => `an end expected, got ${seen.stderr}`),
    lines: async () => {
      const end = reader.closed || once(reader, 'close');
      reader.resume();
      await end;
      const lines = seen.text.split(/\r?\n/);
      // A terminal may have taken a part of the last one.
      if (kind !== 'terminal') assert.equal(lines.at(-1), '');
      return lines.slice(0, -1).filter((line) => !line.startsWith('listening'));
    },
  };
}

function makePipe(t: TestContext): { readonly reader: Readable; readonly writeEnd: number } {
  const folder = mkdtempSync(join(tmpdir(), 'stdout-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pipe');
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  t.after(() => void reader.destroy());
  return { reader, writeEnd: openSync(path, constants.O_WRONLY) };
}

function paths(count: number, query = ''): string[] {
  return Array.from({ length: count }, (_, index) => `/${index}${'x'.repeat(200)}${query}`);
}

const kinds: readonly Kind[] = ['pipe', 'socket', 'terminal'];
const skip = (kind: Kind) =>
  (!LINUX && 'another system than Linux') ||
  (kind === 'terminal' && !HAS_TERMINAL && 'no python3 with a pty module');

describe('a reader of standard output that has stopped reading', { concurrency: 4 }, () => {
  const ends = { close: 0, exit: 0, kill: 'SIGTERM' };
  for (const kind of kinds) {
    for (const [end, exit] of Object.entries(ends)) {
      test(`${kind}, ${end}: the process ends in time, and what is missing is counted`, {
        skip: skip(kind),
      }, async (t) => {
        const service = await start(t, kind);
        await request(service.port, paths(LINES));
        await request(service.port, [`/${end}`]);
        assert.equal(await service.ended(), kind === 'terminal' && end === 'kill' ? 143 : exit);
        const lines = await service.lines();
        const numbers = lines.map((line) => Number(OURS.exec(line)?.[1]));
        assert.deepEqual(numbers, [...numbers.keys()]);
        assert.equal(lines.length + lostInWords(service.stderr), LINES + 1, service.stderr);
        assert.match(
          service.stderr,
          /^otel-access-log: standard output is too slow, or gone \(\d+ records lost\)\n$/,
        );
      });
    }
  }

  // Then `process.stdout` is never made, and pipes and sockets stay in blocking mode.
  for (const kind of ['pipe', 'socket'] as const) {
    test(`${kind}, exit: the same where the application writes nothing itself`, {
      skip: skip(kind),
    }, async (t) => {
      const service = await start(t, kind, { APP_TELLS: 'error' });
      await request(service.port, paths(LINES));
      await request(service.port, ['/exit']);
      assert.equal(await service.ended(), 0);
      const lines = await service.lines();
      assert.equal(lines.length + lostInWords(service.stderr), LINES + 1, service.stderr);
    });
  }

  test('records on standard output (OTEL_LOGS_EXPORTER=console): the same', {
    skip: skip('pipe'),
  }, async (t) => {
    const service = await start(t, 'pipe', { OTEL_LOGS_EXPORTER: 'console', ACCESS_LOG_STDOUT: 'off' });
    await request(service.port, paths(LINES));
    await request(service.port, ['/close']);
    assert.equal(await service.ended(), 0);
    const records = (await service.lines()).filter((line) =>
      line.startsWith("  eventName: 'access_log."),
    ).length;
    // A last heartbeat too; the last record may have been written in part.
    const missing = LINES + 2 - lostInWords(service.stderr);
    assert.ok(records - missing === 0 || records - missing === 1, `${records} records, ${missing} expected`);
  });

  for (const end of ['close', 'exit'] as const)
    test(`and of standard error, which is the same pipe: ${end}`, { skip: skip('pipe') }, async (t) => {
      const service = await start(t, 'one pipe', {
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      });
      await request(service.port, paths(LINES));
      await request(service.port, [`/${end}`]);
      assert.equal(await service.ended(), 0);
    });
});

describe('a slow reader of standard output', { concurrency: 4 }, () => {
  for (const kind of ['pipe', 'socket'] as const) {
    for (const own of [50, 6_000]) {
      test(`${kind}: all lines, the application's of ${own} bytes among them, whole and in order`, {
        skip: skip(kind),
      }, async (t) => {
        const service = await start(t, kind, { ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '10000' });
        service.reader.on('data', () => {
          service.reader.pause();
          setTimeout(() => service.reader.resume(), 1);
        });
        service.reader.resume();
        await request(service.port, paths(LINES, `?own=${own}`));
        await request(service.port, ['/close']);
        assert.equal(await service.ended(), 0);
        const lines = await service.lines();
        const ours = lines.flatMap((line) => OURS.exec(line)?.[1] ?? []);
        const others = lines.flatMap((line) => /^own (\d+)x* o+ end$/.exec(line)?.[1] ?? []);
        const all = Array.from({ length: LINES }, (_, index) => String(index));
        assert.deepEqual([ours, others], [all, all]);
        assert.equal(lines.length, 2 * LINES + 1);
        assert.equal(service.stderr, '');
      });
    }
  }
});

test('a reader that is gone: the service goes on, and each line is counted', {
  skip: skip('pipe'),
}, async (t) => {
  const service = await start(t, 'pipe');
  service.reader.destroy();
  await once(service.reader, 'close');
  await request(service.port, paths(100));
  await request(service.port, ['/exit']);
  assert.equal(await service.ended(), 0);
  assert.equal(lostInWords(service.stderr), 101, service.stderr);
});

test('a child process that has set the shared output to blocking mode: requests are served', {
  skip: skip('socket'),
}, async (t) => {
  const service = await start(t, 'socket');
  service.reader.resume();
  await request(service.port, ['/child']);
  await service.until(/^v\d+/m);
  service.reader.pause();
  await request(service.port, paths(LINES));
  await request(service.port, ['/kill']);
  assert.equal(await service.ended(), 'SIGTERM');
});

for (const end of ['close', 'exit'])
  test(`a file: all lines, in order (${end})`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'stdout-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'out');
    const service = await start(t, { file: path });
    await request(service.port, paths(LINES));
    await request(service.port, [`/${end}`]);
    assert.equal(await service.ended(), 0);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, LINES + 1);
    const numbers = lines.map((line) => OURS.exec(line)?.[1]);
    assert.deepEqual(
      numbers.slice(0, -1),
      Array.from({ length: LINES }, (_, index) => String(index)),
    );
    assert.match(service.stderr, /^listening \d+\n$/);
  });
