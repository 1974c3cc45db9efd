// Every example but Next.js, started as its README says; see nextjs.test.ts and tour.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Tarball } from '../lanes/support/application.ts';
import { nodeBinary } from '../lanes/support/node-binary.ts';
import { selfSigned } from '../support/certificates.ts';
import { inRepo } from '../support/repo-root.ts';
import { assertShown, type ExpectedRecord, expectedRecord } from './support/expected.ts';
import { installExample, type Variant } from './support/installed.ts';
import { readReadme } from './support/readme.ts';
import { runExample } from './support/run-example.ts';
import { useTarball } from './support/suite.ts';

const INSTALL_AND_RUN = { timeout: 300_000 };
const BY_SIGNAL = { code: null, signal: 'SIGTERM' } as const;
const BY_ITSELF = { code: 0, signal: null };
const NODE_22 = '22.23.3';
const MAX_LINES = 40;

const shop = { service: 'shop', path: '/orders/42', bodySize: 29 };
/** What the handlers of the examples for frameworks set. */
const FIELD = { 'app.tenant': 'acme' };
const hello = { service: 'hello', path: '/hello', bodySize: 6 };

interface Example {
  readonly variant: Variant;
  readonly expected: ExpectedRecord;
  /** Default: the Node that runs the tests. */
  readonly node?: string;
  /** Whether the example ends the process itself. */
  readonly endsItself?: boolean;
  /** What the README asks to be done before the start. */
  readonly prepare?: (folder: string) => Promise<void>;
}

const EXAMPLES: readonly Example[] = [
  {
    variant: { example: 'node-http' },
    expected: { ...hello, responseSize: 173, more: { 'url.query': 'name=world&token=REDACTED', ...FIELD } },
  },
  {
    variant: { example: 'https' },
    expected: { ...hello, responseSize: 173, scheme: 'https' },
    prepare: async (folder) => {
      const { key, cert } = await selfSigned();
      writeFileSync(join(folder, 'key.pem'), key);
      writeFileSync(join(folder, 'cert.pem'), cert);
    },
  },
  {
    variant: { example: 'express' },
    expected: {
      ...shop,
      route: '/orders/:id',
      responseSize: 264,
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      more: FIELD,
    },
  },
  {
    variant: { example: 'fastify' },
    expected: { ...shop, route: '/orders/:id', responseSize: 200, more: FIELD },
  },
  {
    variant: { example: 'koa' },
    expected: { ...shop, route: '/orders/:id', responseSize: 199, more: FIELD },
  },
  {
    variant: { example: 'hapi' },
    expected: { ...shop, route: '/orders/{id}', responseSize: 246, more: FIELD },
  },
  {
    variant: { example: 'hono' },
    expected: { ...shop, route: '/orders/:id', responseSize: 184, more: FIELD },
  },
  {
    variant: { example: 'nestjs' },
    expected: { ...shop, route: '/orders/:id', responseSize: 264, more: FIELD },
    node: NODE_22,
  },
  {
    variant: { example: 'programmatic' },
    expected: {
      ...hello,
      responseSize: 173,
      more: { 'http.request.header.x-request-id': ['r-1'] },
    },
    endsItself: true,
  },
  {
    variant: { example: 'typescript' },
    expected: { ...hello, responseSize: 173, more: { 'app.client': 'curl' } },
    node: NODE_22,
    endsItself: true,
  },
  {
    variant: { example: 'beside-nodesdk' },
    expected: { ...shop, route: '/orders/:id', responseSize: 264 },
    endsItself: true,
  },
  {
    variant: {
      example: 'beside-nodesdk',
      name: 'beside-nodesdk-3',
      versions: versionsInReadme('beside-nodesdk'),
    },
    expected: { ...shop, route: '/orders/:id', responseSize: 264 },
    node: NODE_22,
    endsItself: true,
  },
];

describe('examples', { concurrency: 2 }, () => {
  const tarball = useTarball([NODE_22]);

  for (const example of EXAMPLES) {
    const { variant, node } = example;
    const name = `${variant.name ?? variant.example}${node === undefined ? '' : `, Node ${node}`}`;
    test(name, INSTALL_AND_RUN, (t) => tryExample(t, example, tarball()));
  }

  test('typescript: the types', INSTALL_AND_RUN, async () => {
    const folder = await installExample({ example: 'typescript' }, tarball());
    const compiler = inRepo('node_modules', 'typescript', 'bin', 'tsc');
    const typeRoots = inRepo('node_modules', '@types');
    const { stdout, stderr } = spawnSync(process.execPath, [compiler, '--typeRoots', typeRoots], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(stdout + stderr, '');
  });

  for (const example of new Set(EXAMPLES.map(({ variant }) => variant.example))) {
    test(`${example}: at most ${MAX_LINES} lines`, () => {
      const sources = readdirSync(inRepo('examples', example)).filter((file) => /\.[jt]s$/.test(file));
      const lines = sources.flatMap((file) =>
        readFileSync(inRepo('examples', example, file), 'utf8')
          .trimEnd()
          .split('\n'),
      );
      assert.ok(lines.length <= MAX_LINES, `${lines.length}`);
    });
  }
});

async function tryExample(t: TestContext, example: Example, tarball: Tarball): Promise<void> {
  const { variant, expected, node, prepare, endsItself = false } = example;
  const folder = await installExample(variant, tarball);
  await prepare?.(folder);
  const { record, readme } = await runExample(t, {
    folder,
    example: variant.example,
    exit: endsItself ? BY_ITSELF : BY_SIGNAL,
    ...(node === undefined ? {} : { node: await nodeBinary(node) }),
  });
  assertShown(record, readme, expectedRecord(expected));
}

/** The versions that the README of an example offers for another line of OpenTelemetry. */
function versionsInReadme(example: string): Record<string, string> {
  const packages = [...readReadme(example).text.matchAll(/(@opentelemetry\/[\w-]+)@(\d[\w.]+)/g)];
  return Object.fromEntries(packages.map(([, name = '', version = '']) => [name, version]));
}
