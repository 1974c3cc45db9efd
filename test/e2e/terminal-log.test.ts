// The access log on the terminal of an application in development, in real pseudo-terminals.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { type Receiver, startReceiver } from '../../src/cli/receiver/otlp-receiver.ts';
import { Changes } from '../support/changes.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, type SpawnOptions, spawnApp } from '../support/spawn-app.ts';

const SKIP =
  process.platform !== 'linux'
    ? 'every address of 127.0.0.0/8 is this machine only on Linux'
    : spawnSync('python3', ['-c', 'import pty']).status !== 0 && 'there is no python3 with pty';

/** The application on a terminal of so many columns, or on pipes. */
const APP = ['--import', inRepo('test/e2e/fixtures/localhost.mjs'), '--import', 'otel-access-log/register'];
const SERVICE = inRepo('test/e2e/fixtures/app.mjs');
const onTerminal = (columns: number): SpawnOptions => ({
  node: 'python3',
  args: [
    inRepo('test/e2e/fixtures/run-in-terminal.py'),
    ...['sh', '-c', `stty cols ${columns} && exec "$@"`, 'sh'],
    ...[process.execPath, ...APP, SERVICE],
  ],
});
const ON_PIPES: SpawnOptions = { args: [...APP, SERVICE] };

const HINT =
  'otel-access-log: nothing listens on localhost:4317, so the access log is shown here; ' +
  'try `npx otel-access-log tail` or `doctor`; ACCESS_LOG_STDOUT=off hides it';
const ARRIVES =
  'otel-access-log: records arrive at http://localhost:4317 (grpc) now, those shown before too, so no more lines here; ' +
  'ACCESS_LOG_STDOUT=line keeps them';
const LINE = /^\d\d:\d\d:\d\d\.\d{3}Z {2}/;
const CANNOT = /otel-access-log: cannot deliver to \S+ \(grpc\) now, and tries again: .*ECONNREFUSED/;

interface Service {
  readonly app: App;
  /** `localhost` of the application; nothing listens there at first. */
  readonly address: string;
  get(path: string): Promise<void>;
  /** The lines of the access log and its notices so far, without colours. */
  lines(): readonly string[];
  end(): Promise<void>;
}

let last = 0;

async function start(
  t: TestContext,
  options: SpawnOptions,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Service> {
  last += 1;
  const address = `127.${1 + (process.pid % 250)}.${1 + (Math.floor(process.pid / 250) % 250)}.${last}`;
  const app = await spawnApp(t, {
    ...options,
    env: {
      APP_LOCALHOST: address,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      TERM: 'xterm-256color',
      COLORTERM: undefined,
      NODE_ENV: undefined,
      ...env,
    },
  });
  const origin = `http://127.0.0.1:${app.port}`;
  return {
    app,
    address,
    async get(path) {
      await (await fetch(origin + path, { headers: { connection: 'close' } })).arrayBuffer();
    },
    lines: () =>
      stripVTControlCharacters(app.stdout + app.stderr)
        .split(/\r?\n/)
        .filter((line) => LINE.test(line) || line.startsWith('otel-access-log:')),
    async end() {
      await (await fetch(`${origin}/exit`)).arrayBuffer();
      await app.exited;
    },
  };
}

/** What a line says, without what differs from run to run. */
const told = (line: string): string =>
  line
    .replace(LINE, '')
    .replace(/[\d.]+ms/, 'ms')
    .replace(/ +/g, ' ');

/** A receiver at the default ports of that address; `paths` get those of its records. */
async function startAt(
  t: TestContext,
  host: string,
  paths: string[],
  arrivals = new Changes(),
): Promise<Receiver> {
  const receiver = await startReceiver({
    host,
    grpcPort: 4317,
    httpPort: 4318,
    onRecord: ({ attributes }) => {
      if (attributes['url.path'] !== undefined) paths.push(String(attributes['url.path']));
      arrivals.notify();
    },
  });
  t.after(() => receiver.close());
  return receiver;
}

describe('the terminal of an application', { skip: SKIP }, () => {
  test('shows each exchange at once where nothing listens, in colours and columns', async (t) => {
    const { app, get, lines, end } = await start(t, onTerminal(100), { OTEL_BLRP_SCHEDULE_DELAY: '60000' });
    await get('/orders?a=b');
    // The export is a minute away.
    await app.waitFor(/\/orders/);
    await get('/error');
    await app.waitFor(/\/error/);
    await end();
    assert.deepEqual(lines().slice(0, 3).map(told), [
      HINT,
      '200 ms GET /orders?a=b 127.0.0.1',
      '500 ms GET /error 127.0.0.1',
    ]);
    const columns = lines()
      .slice(1, 3)
      .map((line) => [line.indexOf(' GET '), line.indexOf('127.0.0.1')]);
    assert.deepEqual(columns[0], columns[1]);
    const painted = app.stdout.replaceAll('\u001b', 'ESC');
    assert.match(painted, /ESC\[32m200ESC\[39m {2}/);
    assert.match(painted, /ESC\[31m500ESC\[39m {2}/);
    assert.doesNotMatch(app.stdout, /cannot deliver/);
  });

  test('has no colours with NO_COLOR, and as many columns as there are', async (t) => {
    const { app, get, lines, end } = await start(t, onTerminal(60), { NO_COLOR: '1' });
    await get(`/${'long/'.repeat(30)}`);
    await app.waitFor(/long/);
    await end();
    assert.ok(!app.stdout.includes('\u001b['));
    assert.equal(lines()[1]?.length, 60);
    assert.match(lines()[1] ?? '', /GET {6}\/long\/.*…$/);
  });

  test('says when records arrive, shows none while they do, and begins again with what has not arrived', async (t) => {
    const { app, address, get, lines, end } = await start(t, onTerminal(200));
    const paths: string[] = [];
    await get('/first');
    await app.waitFor(/\/first/);
    const arrivals = new Changes();
    const receiver = await startAt(t, address, paths, arrivals);
    await get('/second');
    await app.waitFor(/records arrive at/, 20_000);
    await arrivals.until(
      () => (paths.length >= 2 ? true : undefined),
      10_000,
      () => `two, got ${paths}`,
    );
    await get('/third');
    await receiver.close();
    await get('/fourth');
    await app.waitFor(/\/fourth/, 20_000);
    await end();
    const shown = lines().map(told);
    const at = (text: string): number => shown.findIndex((line) => line.includes(text));
    assert.deepEqual(shown.slice(0, 2), [HINT, '200 ms GET /first 127.0.0.1']);
    assert.equal(shown.filter((line) => line === ARRIVES).length, 1);
    assert.equal(shown.filter((line) => line === HINT).length, 2);
    assert.ok(at('/fourth') > at('records arrive at'), shown.join('\n'));
    // Two exports may be in flight at once: either may be there first.
    assert.deepEqual(paths.slice(0, 2).sort(), ['/first', '/second']);
    // Each is at the receiver or here.
    assert.ok(paths.includes('/third') !== at('/third') >= 0, `${paths}\n${shown.join('\n')}`);
  });

  test('shows nothing where something listens from the start', async (t) => {
    const { address, get, lines, end } = await start(t, onTerminal(200));
    const paths: string[] = [];
    const arrivals = new Changes();
    await startAt(t, address, paths, arrivals);
    await get('/first');
    await arrivals.until(
      () => paths.includes('/first') || undefined,
      10_000,
      () => 'a record expected',
    );
    assert.deepEqual(lines(), []);
    await end();
  });

  const silent: readonly [what: string, SpawnOptions, Readonly<Record<string, string>>][] = [
    ['in production', onTerminal(200), { NODE_ENV: 'production' }],
    ['with ACCESS_LOG_STDOUT=off', onTerminal(200), { ACCESS_LOG_STDOUT: 'off' }],
    [
      'where an endpoint is configured',
      onTerminal(200),
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4317' },
    ],
    ['on pipes', ON_PIPES, {}],
  ];
  for (const [what, options, env] of silent) {
    test(`shows nothing ${what}, and loads nothing for it`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const { app, get, lines, end } = await start(t, options, { ...env, NODE_V8_COVERAGE: folder });
      await get('/first');
      await app.waitFor(CANNOT);
      await end();
      assert.deepEqual(
        lines().filter((line) => LINE.test(line)),
        [],
      );
      assert.doesNotMatch(lines().join('\n'), /is shown here/);
      assert.equal(hasLoaded(folder), false);
    });
  }

  test('loads what shows the lines only where it shows them', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { app, get, end } = await start(t, onTerminal(200), { NODE_V8_COVERAGE: folder });
    await get('/first');
    await app.waitFor(/\/first/);
    await end();
    assert.equal(hasLoaded(folder), true);
  });
});

test('OTEL_LOGS_EXPORTER=none ACCESS_LOG_STDOUT=json: a line of JSON for each exchange, and nothing else', async (t) => {
  const env = { OTEL_LOGS_EXPORTER: 'none', ACCESS_LOG_STDOUT: 'json' };
  const { app, get, end } = await start(t, { args: ['--import', 'otel-access-log/register', SERVICE] }, env);
  await get('/error');
  await end();
  const lines = app.stdout.split('\n').filter((line) => line.startsWith('{'));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ path, status_code }) => [path, status_code]),
    [
      ['/error', 500],
      ['/exit', 200],
    ],
  );
  assert.equal(app.stderr, '');
});

/** Whether a process whose coverage is there has loaded the module that makes lines. */
function hasLoaded(folder: string): boolean {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  assert.ok(files.some((text) => text.includes('dist/register.js')));
  return files.some((text) => text.includes('dist/composition/terminal-view.js'));
}
