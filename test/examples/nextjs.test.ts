// By itself, since it is large: it is installed and built by its own tools.
import { describe, test } from 'node:test';
import { tell } from '../lanes/support/cache.ts';
import { buildNext } from '../lanes/support/next-build.ts';
import { assertShown, expectedRecord } from './support/expected.ts';
import { installExample } from './support/installed.ts';
import { runExample } from './support/run-example.ts';
import { useTarball } from './support/suite.ts';

describe('examples', () => {
  const tarball = useTarball();

  test('nextjs', { timeout: 900_000 }, async (t) => {
    const folder = await installExample({ example: 'nextjs' }, tarball());
    tell('building the example nextjs');
    await buildNext(folder);
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
      more: { 'app.tenant': 'acme' },
    });
    assertShown(record, readme, whole);
  });
});
