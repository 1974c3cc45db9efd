// Processes whose receiver stops, floods or lies: a service ends in time all the same, and so does the doctor.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { inRepo } from '../support/repo-root.ts';
import { refuse, startScriptedReceiver } from '../support/scripted-receiver.ts';
import { type App, spawnApp, spawnNode } from '../support/spawn-app.ts';
import { GRPC_ROWS } from './support/grpc-rows.ts';
import { startHostilePort } from './support/hostile-port.ts';
import { CONNECTION_ROWS, HTTP_ROWS, rowsOf, titleOf } from './support/receiver-rows.ts';

const APP = inRepo('test/e2e/fixtures/app.mjs');
const DOCTOR = new URL('../../src/cli/doctor.js', import.meta.url).href;
const RUN = `import { doctor } from '${DOCTOR}'; process.exitCode = await doctor(process.argv.slice(1));`;
const NOWHERE = '127.0.0.1:1';
/** What a busy machine adds to what is promised. */
const MARGIN_MS = 2_500;

const tables = [
  [
    'http/protobuf',
    [
      ...rowsOf(CONNECTION_ROWS, 'connect stops: says nothing'),
      ...rowsOf(HTTP_ROWS, 'head lies: 101', 'head floods: 103'),
    ],
  ],
  ['grpc', [...rowsOf(GRPC_ROWS, 'head stops: nothing', 'request lies: GOAWAY', 'body floods: DATA')]],
] as const;

async function timeOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

for (const [protocol, rows] of tables) {
  describe(`over ${protocol}`, { concurrency: 2 }, () => {
    for (const row of rows) {
      const [, , , behave, { end } = {}] = row;
      const title = titleOf(row);
      const environment = (host: string) => ({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}`,
      });

      test(`SIGTERM ends a service: ${title}`, async (t) => {
        const port = await startHostilePort(t, NOWHERE, behave);
        const app: App & { readonly port: number } = await spawnApp(t, {
          args: ['--import', 'otel-access-log/register', APP],
          env: {
            ...environment(port.host),
            OTEL_EXPORTER_OTLP_TIMEOUT: '400',
            OTEL_BLRP_SCHEDULE_DELAY: '10',
            ACCESS_LOG_SHUTDOWN_TIMEOUT_MS: '10000',
          },
        });
        await (await fetch(`http://127.0.0.1:${app.port}/`)).text();
        await port.connected();
        const took = await timeOf(app.stop());
        assert.deepEqual(await app.exited, { code: null, signal: 'SIGTERM' });
        assert.ok(took < 400 + MARGIN_MS, `${took} ms`);
      });

      test(`the doctor says what is wrong: ${title}`, async (t) => {
        const port = await startHostilePort(t, NOWHERE, behave);
        const doctor = spawnNode(t, {
          args: ['--input-type=module', '--eval', RUN, '--', '--json', '--timeout', '2'],
          env: environment(port.host),
        });
        await port.connected();
        // 2 s, after a greeting that takes as long where nothing is said; less where the answer is known before.
        assert.ok((await timeOf(doctor.exited)) < 4_000 + MARGIN_MS);
        const { arrived } = JSON.parse(doctor.stdout);
        assert.equal(arrived, end === 'delivered');
        assert.equal(doctor.stderr, '');
      });
    }
  });
}

describe('what a receiver repeats of the secrets', { concurrency: 2 }, () => {
  const [token, inPath] = ['eyJhbGciOiJIUzI1NiJ9.c2VjcmV0', 'AbCdEfGh0123456789'];
  for (const pipeline of ['stream', 'sdk']) {
    for (const protocol of ['http/protobuf', 'grpc'] as const) {
      const isGrpc = protocol === 'grpc';
      const start = async (t: TestContext) => {
        const receiver = await startScriptedReceiver(t, { protocol });
        const path = isGrpc ? '' : `/receiver/${inPath}`;
        receiver.always(
          refuse(isGrpc ? 7 : 403, { message: `no Bearer%20${token} at ${path}, ${token.slice(0, 16)}…` }),
        );
        return {
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.endpoint}${path}`,
          OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
          ACCESS_LOG_PIPELINE: pipeline,
        };
      };

      test(`no service tells, over ${protocol}, ${pipeline}`, async (t) => {
        const env = await start(t);
        const app = await spawnApp(t, {
          args: ['--import', 'otel-access-log/register', APP],
          env: { ...env, OTEL_BLRP_SCHEDULE_DELAY: '10' },
        });
        await (await fetch(`http://127.0.0.1:${app.port}/`)).text();
        const [line] = await app.waitFor(/^otel-access-log: cannot deliver .*$/m);
        const place = env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(inPath, '…/v1/logs');
        assert.ok(line.startsWith(`otel-access-log: cannot deliver to ${place} (${protocol}): `), line);
        assert.match(line, isGrpc ? / at , \*\*\*…/ : / at \/receiver\/\*\*\*, \*\*\*…/);
        await app.stop();
      });

      test(`the doctor does not tell, over ${protocol}, ${pipeline}`, async (t) => {
        const doctor = spawnNode(t, {
          args: ['--input-type=module', '--eval', RUN, '--', '--json', '--timeout', '5'],
          env: await start(t),
        });
        await doctor.exited;
        const { delivery } = JSON.parse(doctor.stdout);
        assert.match(delivery.findings[0].what, /no .*\*\*\* at .*, \*\*\*…$/);
        assert.ok(!doctor.stdout.includes(token));
      });
    }
  }
});
