// One record of every outcome and kind, found in Loki by the queries of the documents, with all of its attributes.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { selfSigned } from '../support/certificates.ts';
import { RawClient } from '../support/raw-client.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';
import { queriesOf } from './support/docs-queries.ts';
import type { LogLine } from './support/loki-client.ts';
import { keyOf, steady } from './support/outcome-line.ts';
import { BEFORE_THE_END, expectedLines } from './support/outcome-lines.ts';
import { openEvents, type Ports, request, sendOutcomes, TRACES } from './support/outcomes.ts';
import type { Stack } from './support/stack.ts';
import { describeStack, tableOf } from './support/suite.ts';

const ALL = '{service_name="shop"}';
const QUERIES = new Map(queriesOf('docs/loki-queries.md').map(({ title, logql }) => [title, logql]));

interface Service {
  readonly app: App;
  readonly ports: Ports;
}

async function startService(t: TestContext, stack: Stack): Promise<Service> {
  const { cert, key } = await selfSigned();
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/stack/fixtures/outcomes.mjs')],
    env: {
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: stack.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
      ACCESS_LOG_TLS_ERRORS: 'true',
      ACCESS_LOG_LONG_AFTER_MS: '1000',
      // A busy machine makes nothing slow.
      ACCESS_LOG_SLOW_MS: '60000',
      TLS_CERT: cert,
      TLS_KEY: key,
    },
  });
  const [, ports = ''] = await app.waitFor(/^ports (.*)$/m);
  return { app, ports: JSON.parse(ports) };
}

/** One process that a signal ends, and one that an exception ends. @returns the ports of the first one */
async function sendTraffic(t: TestContext, stack: Stack): Promise<Ports> {
  const { app, ports } = await startService(t, stack);
  await sendOutcomes(t, ports);
  await stack.waitFor(`${ALL} | access_log_outcome!=""`, ({ length }) => length === BEFORE_THE_END);
  await openEvents(t, ports.plain);
  await stack.waitFor(`${ALL} | access_log_event="progress"`, ({ length }) => length > 0);
  assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
  assert.equal(app.stderr, '');

  const crashing = await startService(t, stack);
  const client = await RawClient.connect(t, { port: crashing.ports.plain });
  await client.send(request('/crashed', 'crashed'));
  assert.deepEqual(await crashing.app.exited, { code: 1, signal: null });
  await stack.waitFor(
    ALL,
    (lines) => lines.filter(({ metadata }) => metadata.access_log_final === 'true').length === 2,
  );
  return ports;
}

function query(title: string): string {
  const logql = QUERIES.get(title);
  assert.ok(logql, `a query under the title: ${title}`);
  return logql;
}

describeStack('every outcome and kind in Loki', (stack) => {
  test('each has its line, with its attributes and level, and the queries of the documents find it', async (t) => {
    const ports = await sendTraffic(t, stack());
    const expected = expectedLines(ports);
    const keys = [...expected.keys()];
    const find = async (logql: string): Promise<LogLine[]> => {
      const lines = await stack().query(logql);
      for (const line of lines) assert.deepEqual(steady(line), expected.get(keyOf(line)), keyOf(line));
      return lines;
    };
    const found = async (logql: string): Promise<string[]> => (await find(logql)).map(keyOf).sort();

    await t.test('all lines', async () => {
      // What long exchanges and heartbeats a slow machine has more of.
      assert.deepEqual([...new Set(await found(ALL))], [...keys].sort());
      const outcomes = await find(`${ALL} | access_log_outcome!=""`);
      assert.equal(outcomes.length, BEFORE_THE_END + 2);
    });

    await t.test('by trace', async () => {
      const byTrace = query('One request, by its trace');
      for (const [name, traceId] of Object.entries(TRACES)) {
        const keysOfTrace = await found(byTrace.replace(/trace_id="\w+"/, `trace_id="${traceId}"`));
        const wanted = name === 'events' ? ['events', 'progress', 'started'] : [name];
        assert.deepEqual([...new Set(keysOfTrace)], wanted);
      }
    });

    await t.test('failed', async () => {
      const fine = ['completed', 'upgraded', 'tunneled', 'http2', 'grpc'];
      const events = ['started', 'progress', 'heartbeat', 'last heartbeat', 'last heartbeat of the crash'];
      const failed = keys.filter((key) => !fine.includes(key) && !events.includes(key));
      assert.deepEqual(
        await found(query('Failed: 5xx, aborted, timed out, rejected or crashed')),
        failed.sort(),
      );
    });

    await t.test('the others', async () => {
      assert.deepEqual([...new Set(await found(query('Open for long')))], ['progress', 'started']);
      assert.deepEqual(await found(query('gRPC calls that failed')), ['grpc']);
      const table = async (title: string, ...labels: string[]) =>
        tableOf(await stack().queryInstant(query(title)), ...labels);
      assert.deepEqual(await table('By outcome', 'access_log_outcome'), {
        completed: 4,
        aborted: 3,
        timeout: 1,
        rejected: 5,
        upgraded: 1,
        tunneled: 1,
        crashed: 1,
      });
      assert.deepEqual(await table('What the parser rejected, by code and client', 'error_type'), {
        HPE_INVALID_HEADER_TOKEN: 1,
        HPE_HEADER_OVERFLOW: 1,
        ERR_HTTP_REQUEST_TIMEOUT: 1,
        ERR_SSL_HTTP_REQUEST: 1,
        rejected: 1,
      });
      assert.deepEqual(await table('Connections beyond `maxConnections`'), { '': 1 });
    });
  });
});
