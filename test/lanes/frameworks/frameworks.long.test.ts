// The packed package beside each framework, without an instrumentation and with that of the framework: the routes.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { useTarball } from '../../examples/support/suite.ts';
import { startTestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { spawnNode } from '../../support/spawn-app.ts';
import { cacheFolder, tell } from '../support/cache.ts';
import { installCopy } from '../support/copy.ts';
import { buildNext, NEXT } from '../support/next-build.ts';
import { FRAMEWORKS, type Framework, type Row } from './table.ts';

const INSTALL_AND_RUN = { timeout: 600_000 };
const SDK = {
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/instrumentation-http': '0.223.0',
  '@opentelemetry/sdk-node': '0.223.0',
};

/** Those that are no CommonJS modules. */
const FILES: Readonly<Partial<Record<Framework['start'], string>>> = { hono: 'hono.mjs' };

/** Frameworks that hand errors to error handlers which are seen; with the class of those that the fixtures throw. */
const HANDS_ERRORS: ReadonlySet<Framework['start']> = new Set(['express', 'fastify', 'koa', 'nest']);

type Told = readonly [request: string, status: unknown, route: unknown, exception: unknown];

describe('routes of frameworks', { concurrency: 2 }, () => {
  const tarball = useTarball();

  for (const framework of FRAMEWORKS) {
    test(framework.name, INSTALL_AND_RUN, async (t) => {
      const { name, start, dependencies, overrides = {}, instrumentations, env = {}, rows } = framework;
      const packages = instrumentations.map(([packageName, version]) => [packageName, version]);
      const manifest = {
        dependencies: { ...SDK, ...dependencies, ...Object.fromEntries(packages) },
        overrides,
      };
      const source = inRepo('test', 'lanes', 'frameworks', 'fixtures');
      const target = join(dirname(cacheFolder), 'frameworks');
      const folder = await installCopy({ name, source, target, manifest }, tarball());
      if (start === 'next') {
        tell(`building ${name}`);
        await buildNext(folder, env);
      }
      for (const instrumented of [false, true]) {
        const expected = rows.map(
          ([request, status, route]): Told => [
            request,
            status,
            typeof route !== 'object' ? route : instrumented ? route.instrumented : route.without,
            status === 500 && HANDS_ERRORS.has(start) ? 'Error' : undefined,
          ],
        );
        const found = await toldBy(t, framework, folder, instrumented);
        assert.deepEqual(found, expected, instrumented ? 'with its instrumentation' : 'by itself');
      }
    });
  }
});

/** What the records say of each request, in the order of the requests. */
async function toldBy(
  t: TestContext,
  { start, instrumentations, env, instrumentedEnv, rows }: Framework,
  folder: string,
  instrumented: boolean,
): Promise<readonly Told[]> {
  const receiver = await startTestReceiver(t);
  const classes = instrumentations.map(([packageName, , className]) => `${packageName}#${className}`);
  const app = spawnNode(t, {
    cwd: folder,
    args: [
      ...(instrumented ? ['--require', './sdk.cjs'] : []),
      ...['--import', 'otel-access-log/register'],
      ...(start === 'next' ? [NEXT, 'start', '--port', '0'] : [FILES[start] ?? `${start}.cjs`]),
    ],
    env: {
      NEXT_TELEMETRY_DISABLED: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      LANE_INSTRUMENTATIONS: classes.join(','),
      ...env,
      ...(instrumented ? instrumentedEnv : {}),
    },
  });
  const [, port] = await app.waitFor(/^(?:listening |.*Local: +http:\/\/localhost:)(\d+)$/m, 60_000);
  for (const [request] of rows) await send(Number(port), request);
  await app.stop();
  const records = await receiver.waitForExchanges(rows.length);
  assert.equal(records.length, rows.length);
  return rows.map(([request]) => {
    const [path, method = 'GET'] = request.split(' ').reverse();
    const record = records.find(
      ({ attributes }) => attributes['url.path'] === path && attributes['http.request.method'] === method,
    );
    const { attributes = {} } = record ?? {};
    const {
      'http.response.status_code': status,
      'http.route': route,
      'exception.type': exception,
    } = attributes;
    return [request, status, route, exception];
  });
}

async function send(port: number, request: Row[0]): Promise<void> {
  const [path = '', method = 'GET'] = request.split(' ').reverse();
  const content =
    method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: '"too long"' } : {};
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...content });
  await response.arrayBuffer();
}
