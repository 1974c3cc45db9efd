// The command as a process, apart from what its subcommands do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** Runs the command with a reader of one of its streams that has gone before anything is written. */
async function withoutReader(
  stream: 'stdout' | 'stderr',
  args: readonly string[],
): Promise<[number, string]> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child[stream].destroy();
  let other = '';
  child[stream === 'stdout' ? 'stderr' : 'stdout'].setEncoding('utf8').on('data', (text: string) => {
    other += text;
  });
  const [code] = await once(child, 'close');
  return [code, other];
}

describe('a reader that has gone is no failure', () => {
  const calls: readonly (readonly [stream: 'stdout' | 'stderr', args: readonly string[], code: number])[] = [
    ['stdout', ['--help'], 0],
    ['stdout', ['tail', '--help'], 0],
    ['stdout', ['doctor', '--help'], 0],
    ['stdout', ['mask', '--help'], 0],
    ['stderr', ['no-such-command'], 2],
  ];
  for (const [stream, args, code] of calls) {
    test(`${stream} of ${args.join(' ')}`, async () => {
      assert.deepEqual(await withoutReader(stream, args), [code, '']);
    });
  }

  test('what doctor found is its exit code, read or not', async () => {
    const child = spawn(process.execPath, [CLI, 'doctor', '--timeout', '5'], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, complaint], [1, '']);
  });
});
