// By itself, since it is large: it is installed and built by its own tools.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { tell } from '../lanes/cache.ts';
import { cleanEnv } from '../support/spawn-app.ts';
import { expectedRecord } from './expected.ts';
import { installExample } from './installed.ts';
import { runExample } from './run-example.ts';
import { useTarball } from './suite.ts';

const NEXT = 'node_modules/next/dist/bin/next';

describe('examples', () => {
  const tarball = useTarball();

  test('nextjs', { timeout: 900_000 }, async (t) => {
    const folder = await installExample({ example: 'nextjs' }, tarball());
    tell('building the example nextjs');
    await build(folder);
    const { record, readme } = await runExample(t, {
      folder,
      example: 'nextjs',
      listening: /Local: +http:\/\/localhost:(\d+)/,
      // Next.js has a listener of its own, which calls `process.exit`.
      exit: { code: 143, signal: null },
    });
    const whole = expectedRecord({
      service: 'shop',
      path: '/orders/42',
      route: '/orders/[id]',
      bodySize: 29,
      responseSize: 307,
    });
    assert.deepEqual(record, whole);
    assert.deepEqual(readme, whole, 'the README shows it');
  });
});

/** Offline: Next.js sends nothing about itself, and the example asks for nothing that would be fetched. */
async function build(folder: string): Promise<void> {
  const child = spawn(process.execPath, [NEXT, 'build'], {
    cwd: folder,
    env: { ...cleanEnv(), NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [status] = await once(child, 'close');
  assert.equal(status, 0, output);
}
