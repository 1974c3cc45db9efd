// The command as a process: files, exit codes, pipes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { cleanEnv } from '../support/spawn-app.ts';

const COMMAND = inRepo('build/src/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'access-log-mask-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const KEY = file('key', 's3cret-key-of-the-hashes-0123456789\n');
const RULES = file('rules.yaml', 'version: 1\nquery: { code: replace, id: hash }\n');

function run(
  args: readonly string[],
  input: string | Buffer = '',
  env: NodeJS.ProcessEnv = {},
): { code: number | null; stdout: Buffer; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'mask', ...args], {
    input,
    env: { ...cleanEnv(), ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status, stdout, stderr: String(stderr) };
}

describe('otel-access-log mask', () => {
  test('masks by rules, explains, and sums up', () => {
    const args = ['--rules', RULES, '--hash-key-file', KEY, '--explain'];
    const { code, stdout, stderr } = run(args, 'GET /a?code=1 HTTP/1.1\r\nnothing\n/b?id=7');
    const [first, second, third = ''] = String(stdout).split('\n');
    assert.deepEqual(
      [first, second],
      ['GET /a?code=REDACTED HTTP/1.1\t# url.query: query.code\r', 'nothing'],
    );
    assert.match(third, /^\/b\?id=[\da-f]{4}:[\w-]{22}\t# url\.query: query\.id$/);
    assert.equal(
      stderr,
      'lines 3, changed 2\n  query.code  1\n  query.id    1\nnever matched: jwt, bearer, card, phone-cn\n',
    );
    assert.equal(code, 0);
  });

  test('lines in which nothing is found come out byte for byte', () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeffＡ ü\r\n\n  GET /a?b=1  \r\r\n{"a" : 1.0}\n\u001b[31m\u0000\n'),
      Buffer.from([0xff, 0xfe, 0x0a, 0xc3]),
    ]);
    const { code, stdout } = run([], bytes);
    assert.deepEqual([code, stdout.toString('latin1')], [0, bytes.toString('latin1')]);
  });

  test('bytes that are no UTF-8 stay beside what is masked', () => {
    const { stdout } = run([], Buffer.from('\xff 13812345678 \xe9\n', 'latin1'));
    assert.equal(stdout.toString('latin1'), '\xff *********** \xe9\n');
  });

  test('reads no environment', () => {
    const env = { ACCESS_LOG_RULES: RULES, ACCESS_LOG_DETECT: 'off', ACCESS_LOG_RATE: 'wrong' };
    const { code, stdout } = run([], '/a?id=13812345678\n', env);
    assert.deepEqual([code, String(stdout)], [0, '/a?id=***********\n']);
  });

  const wrong = file('wrong.yaml', 'version: 1\nquery: { a: hash, b: x }\n');
  const short = file('short.key', 's3cret');
  const rows: readonly (readonly [args: readonly string[], code: number, stderr: RegExp])[] = [
    [
      ['--rules', wrong],
      1,
      /^otel-access-log mask: wrong\.yaml:2: query\.a: hash needs a key: set --hash-key-file \(from the file\)\notel-access-log mask: wrong\.yaml:2: query\.b: expected one of .*, got "x" \(from the file\)\n$/,
    ],
    [
      ['--rules', '/nowhere/rules.yaml', '--hash-key-file', short],
      1,
      /^otel-access-log mask: --hash-key-file: expected a file with a key, got "\S+" \(expected a key of 32 bytes or more, got 6\)\notel-access-log mask: --rules: expected a file that can be read, got "\/nowhere\/rules\.yaml" \(ENOENT\)\n$/,
    ],
    [['--detect', 'x'], 2, /^otel-access-log mask: --detect: expected .*\nusage: otel-access-log mask .*\n$/],
    [['sample.txt'], 2, /^otel-access-log mask: .*\nusage: otel-access-log mask .*\n$/],
  ];
  for (const [args, code, stderr] of rows) {
    test(`refused: ${args.join(' ')}`, () => {
      const ended = run(args, '/a\n');
      assert.deepEqual([ended.code, String(ended.stdout)], [code, '']);
      assert.match(ended.stderr, stderr);
      assert.doesNotMatch(ended.stderr, /s3cret/);
    });
  }

  test('--help', () => {
    const { code, stdout, stderr } = run(['--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(String(stdout), /^usage: otel-access-log mask /);
  });

  test('a reader that has gone ends it quietly', async (t) => {
    const child = spawn(process.execPath, [COMMAND, 'mask'], { env: cleanEnv() });
    t.after(() => child.kill());
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    // The command ends before it has read all.
    child.stdin.on('error', () => undefined);
    const write = (): void => {
      while (child.stdin.writable && child.stdin.write('/a?token=1\n'.repeat(1000)));
    };
    child.stdin.on('drain', write);
    write();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.deepEqual([await once(child, 'close'), stderr], [[0, null], '']);
  });

  test('a line of 100 MB and a million others, within a heap that could not hold them', async (t) => {
    const args = ['--max-old-space-size=48', COMMAND, 'mask'];
    const child = spawn(process.execPath, args, { env: cleanEnv() });
    t.after(() => child.kill());
    let [lines, bytes, stderr] = [0, 0, ''];
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines++;
    });
    const megabyte = Buffer.alloc(1e6, 'x');
    const short = Buffer.from('/a?token=1\n'.repeat(1e5));
    const write = async (chunk: Buffer): Promise<void> => {
      if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
    };
    for (let count = 0; count < 100; count++) await write(megabyte);
    await write(Buffer.from('\n'));
    for (let count = 0; count < 10; count++) await write(short);
    child.stdin.end();
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.deepEqual([lines, bytes], [1_000_001, 2049 + 1e6 * '/a?token=REDACTED\n'.length]);
    assert.match(stderr, /^lines 1000001, changed 1000001, cut 1 \(/);
  });
});

const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0;

test('a sample does not steer the terminal', {
  skip: PYTHON ? false : 'no python3 with a pty module',
}, async (t) => {
  const sample = file('sample.txt', 'a\u001b]0;owned\u0007 13812345678\n');
  const command = `exec "$0" "$1" mask < "$2"`;
  const child = spawn(
    'python3',
    [inRepo('test/e2e/fixtures/run-in-terminal.py'), 'sh', '-c', command, process.execPath, COMMAND, sample],
    { stdio: ['pipe', 'pipe', 'inherit'], env: cleanEnv() },
  );
  t.after(() => child.kill());
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  assert.deepEqual(await once(child, 'close'), [0, null]);
  assert.match(seen, /^a\\x1b\]0;owned\\x07 \*{11}\r\nlines 1, changed 1\r\n/);
});
