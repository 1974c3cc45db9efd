// The doctor as a process, against real receivers, ports and applications.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { generate } from 'selfsigned';
import type { Report } from '../../src/cli/doctor/report.ts';
import type { Answer, ReceiverTls } from '../../src/cli/receiver/otlp-receiver.ts';
import { type Authority, createAuthority } from '../support/authority.ts';
import { type Certificate, selfSigned } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

const DOCTOR = new URL('../../src/cli/doctor.js', import.meta.url).href;
const RUN = `import { doctor } from '${DOCTOR}'; process.exitCode = await doctor(process.argv.slice(1));`;

const APP = inRepo('test/e2e/fixtures/doctor-app.mjs');
const COMMONJS_APP = inRepo('test/e2e/fixtures/doctor-app.cjs');
const SDK = inRepo('test/e2e/fixtures/doctor-sdk.mjs');

type Env = Readonly<Record<string, string>>;

async function runDoctor(
  t: TestContext,
  args: readonly string[],
  env: Env,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const app = spawnNode(t, { args: ['--input-type=module', '--eval', RUN, '--', ...args], env });
  const { code } = await app.exited;
  return { code, stdout: app.stdout, stderr: app.stderr };
}

/** What `--json` says, after a look at how it ended. */
async function examine(
  t: TestContext,
  env: Env,
  command: readonly string[] = [],
  timeout = '15',
): Promise<Report> {
  const args = ['--json', '--timeout', timeout, ...(command.length > 0 ? ['--', ...command] : [])];
  const { code, stdout, stderr } = await runDoctor(t, args, env);
  assert.equal(stderr, '');
  const report: Report = JSON.parse(stdout);
  assert.equal(code, report.arrived ? 0 : 1);
  return report;
}

const reasons = (report: Report): (string | undefined)[] =>
  [...(report.application?.findings ?? []), ...(report.delivery?.findings ?? [])].map(({ reason }) => reason);

const OVER_HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
const OVER_JSON = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
const OVER_GRPC = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };

const PIPELINES = [{ ACCESS_LOG_PIPELINE: 'stream' }, { ACCESS_LOG_PIPELINE: 'sdk' }] as const;

async function endpointOf(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the record arrives', () => {
  for (const [protocol, env] of PIPELINES.flatMap((pipeline) => [
    ['gRPC', { ...OVER_GRPC, ...pipeline }] as const,
    ['HTTP', { ...OVER_HTTP, ...pipeline }] as const,
    ['JSON', { ...OVER_JSON, ...pipeline }] as const,
  ])) {
    test(`${protocol}, ${env.ACCESS_LOG_PIPELINE}`, async (t) => {
      const receiver = await startTestReceiver(t);
      const endpoint = protocol === 'gRPC' ? receiver.grpcEndpoint : receiver.httpEndpoint;
      const report = await examine(t, {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=s3cret',
        OTEL_SERVICE_NAME: 'shop',
      });
      assert.equal(report.arrived, true);
      assert.deepEqual(reasons(report), []);
      assert.doesNotMatch(JSON.stringify(report), /s3cret/);
      const [record] = receiver.records;
      assert.deepEqual(
        [receiver.records.length, record?.eventName, record?.attributes, record?.resource['service.name']],
        [1, 'access_log.doctor', { 'access_log.event': 'doctor' }, 'shop'],
      );
      assert.equal(receiver.requests[0]?.headers['x-key'], 's3cret');
    });
  }

  for (const pipeline of PIPELINES) {
    test(`gRPC through a proxy, ${pipeline.ACCESS_LOG_PIPELINE}`, async (t) => {
      const [proxy, receiver] = [await startConnectProxy(t), await startTestReceiver(t)];
      const report = await examine(t, {
        ...OVER_GRPC,
        ...pipeline,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        grpc_proxy: `http://me:s3cret@${proxy.host}`,
      });
      assert.equal(report.arrived, true);
      assert.doesNotMatch(JSON.stringify(report), /s3cret/);
      assert.deepEqual(report.delivery?.steps[0], {
        name: 'connect',
        ok: true,
        told: `connected through the proxy ${proxy.host}`,
      });
    });
  }

  test('taken, with a word to it', async (t) => {
    const receiver = await startTestReceiver(t);
    receiver.answerWith(() => ({ partialSuccess: { rejectedLogRecords: 0, errorMessage: 'old schema' } }));
    const report = await examine(t, { ...OVER_HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint });
    assert.equal(report.arrived, true);
    assert.deepEqual(report.delivery?.findings, [
      {
        level: 'warning',
        reason: 'partial_success',
        what: 'The receiver took the record and has something to say: old schema',
        advice: [],
      },
    ]);
  });

  test('for a person: options, steps, verdict', async (t) => {
    const receiver = await startTestReceiver(t);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, ACCESS_LOG_LEVEL: 'warn' };
    const { code, stdout, stderr } = await runDoctor(t, [], env);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^ {2}ACCESS_LOG_LEVEL +warn +environment$/m);
    assert.match(stdout, /^otel-access-log \S+ on Node \S+\n\nThe record arrived\.\n\ndelivery: grpc to /);
    assert.match(stdout, /\n {2}✓ it speaks HTTP\/2\n {2}✓ the record was taken, after \d+ ms\n/);
    assert.doesNotMatch(stdout, /ACCESS_LOG_RATE|masking/);
  });
});

describe('a success that is no answer of OTLP is no arrival', () => {
  const bodies: readonly [type: string, body: string, foreign: boolean][] = [
    ['text/plain', 'ok', true],
    ['text/plain', '\n<0123456789', true],
    ['application/json', '{"status":"ok"}', true],
    ['application/json', '[]', true],
    ['application/octet-stream', 'welcome', true],
    ['text/html', '<html>', true],
    ['application/json', '{}', false],
    ['application/json', '{"partialSuccess":{}}', false],
    ['text/plain', '', false],
    ['application/x-protobuf', '\n\u0000', false],
  ];
  for (const pipeline of PIPELINES) {
    // Of the official exporters one of each kind: what tells them apart is the same.
    const isSdk = pipeline.ACCESS_LOG_PIPELINE === 'sdk';
    for (const [type, body, foreign] of isSdk ? bodies.slice(4, 7) : bodies) {
      test(`${JSON.stringify([type, body])}, ${pipeline.ACCESS_LOG_PIPELINE}`, async (t) => {
        const server = createHttpServer((request, response) => {
          request.resume().on('end', () => response.writeHead(200, { 'content-type': type }).end(body));
        });
        const env = { ...OVER_HTTP, ...pipeline, OTEL_EXPORTER_OTLP_ENDPOINT: await endpointOf(t, server) };
        const report = await examine(t, env);
        assert.equal(report.arrived, !foreign);
        if (!foreign) assert.deepEqual(reasons(report), []);
        else assert.deepEqual(reasons(report), ['no_otlp']);
      });
    }
  }
});

test('nothing that a terminal obeys is written, to people or to scripts', async (t) => {
  const hostile = 'a\u009b31m\u202eb\u2028c\u061cd\u2066';
  const env = { OTEL_SERVICE_NAME: hostile, ACCESS_LOG_LEVEL: hostile, ACCESS_LOG_CONFIG: `/etc/${hostile}` };
  for (const args of [[], ['--json'], ['--timeout', hostile], [`--${hostile}`]]) {
    const { stdout, stderr } = await runDoctor(t, args, env);
    const told = `${stdout}${stderr}`.replaceAll('\n', '');
    assert.match(told, /31m/);
    assert.doesNotMatch(told, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
  const report = await examine(t, env);
  assert.equal(report.environment.find(({ variable }) => variable === 'OTEL_SERVICE_NAME')?.value, hostile);
});

describe('the record does not arrive', () => {
  for (const scheme of ['http', 'https']) {
    test(`OTLP/HTTP through a proxy, ${scheme}`, async (t) => {
      const { cert, key } = await selfSigned();
      const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const ca = join(folder, 'ca.pem');
      writeFileSync(ca, cert);
      const options = scheme === 'https' ? { tls: { cert, key } } : {};
      const [proxy, receiver] = [await startConnectProxy(t), await startTestReceiver(t, options)];
      const env = {
        ...OVER_HTTP,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint.replace('127.0.0.1', 'localhost'),
        OTEL_EXPORTER_OTLP_CERTIFICATE: ca,
        [`${scheme}_proxy`]: `http://me:s3cret@${proxy.host}`,
      };
      const report = await examine(t, env);
      assert.deepEqual([report.arrived, reasons(report), proxy.asked.length > 0], [true, [], true]);
      assert.equal(report.delivery?.steps[0]?.told, `connected through the proxy ${proxy.host}`);
      proxy.status = 407;
      const refusedReport = await examine(t, env);
      assert.deepEqual(reasons(refusedReport), ['proxy']);
      assert.match(
        refusedReport.delivery?.findings[0]?.what ?? '',
        /: the proxy 127\.0\.0\.1:\d+ answered 407\.$/,
      );
      assert.doesNotMatch(JSON.stringify([report, refusedReport]), /s3cret/);
    });
  }

  test('nobody listens', async (t) => {
    const server = createServer();
    const endpoint = await endpointOf(t, server);
    server.close();
    await once(server, 'close');
    for (const env of [OVER_GRPC, OVER_HTTP]) {
      assert.deepEqual(reasons(await examine(t, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })), [
        'refused',
      ]);
    }
  });

  test('through a proxy: what is wrong with it, and what is wrong behind it', async (t) => {
    const [proxy, receiver] = [await startConnectProxy(t), await startTestReceiver(t)];
    const env = { ...OVER_GRPC, https_proxy: `http://me:s3cret@${proxy.host}` };
    const behind = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint };
    assert.deepEqual(reasons(await examine(t, behind)), ['wrong_protocol']);
    proxy.status = 407;
    const report = await examine(t, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint });
    assert.deepEqual(reasons(report), ['proxy']);
    const host = receiver.grpcEndpoint.replace('http://', '');
    const [finding] = report.delivery?.findings ?? [];
    assert.equal(finding?.what, `No connection to ${host}: the proxy ${proxy.host} answered 407.`);
    assert.doesNotMatch(JSON.stringify(report), /s3cret/);
  });

  test('the other protocol on this port, both ways', async (t) => {
    const { grpcEndpoint, httpEndpoint, requests } = await startTestReceiver(t);
    for (const env of [
      { ...OVER_GRPC, OTEL_EXPORTER_OTLP_ENDPOINT: httpEndpoint },
      { ...OVER_HTTP, OTEL_EXPORTER_OTLP_ENDPOINT: grpcEndpoint },
    ]) {
      assert.deepEqual(reasons(await examine(t, env)), ['wrong_protocol']);
    }
    assert.deepEqual(requests, []);
  });

  test('a port that says nothing', async (t) => {
    const sockets = createServer(() => undefined);
    const endpoint = await endpointOf(t, sockets);
    for (const env of PIPELINES.flatMap((pipeline) => [
      { ...OVER_GRPC, ...pipeline },
      { ...OVER_HTTP, ...pipeline },
    ])) {
      const hurried = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
      assert.deepEqual(reasons(await examine(t, hurried, [], '1')), ['timeout']);
    }
  });

  test('a receiver that hangs', async (t) => {
    const receiver = await startTestReceiver(t);
    receiver.answerWith(() => new Promise(() => undefined));
    for (const env of PIPELINES.flatMap((pipeline) => [
      { ...OVER_GRPC, ...pipeline, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint },
      { ...OVER_HTTP, ...pipeline, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint },
    ])) {
      assert.deepEqual(reasons(await examine(t, { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '300' })), ['timeout']);
    }
  });

  const refusals: readonly (readonly [name: string, env: Env, answer: Answer, reason: string])[] = [
    ['HTTP 401', OVER_HTTP, { httpStatus: 401, message: 'no org id' }, 'unauthorized'],
    ['HTTP 403', OVER_HTTP, { httpStatus: 403 }, 'unauthorized'],
    ['HTTP 400', OVER_HTTP, { httpStatus: 400 }, 'refused_record'],
    ['HTTP 500', OVER_HTTP, { httpStatus: 500 }, 'unavailable'],
    ['gRPC UNAUTHENTICATED', OVER_GRPC, { grpcCode: 16, message: 'no org id' }, 'unauthorized'],
    ['gRPC PERMISSION_DENIED', OVER_GRPC, { grpcCode: 7 }, 'unauthorized'],
    ['gRPC UNIMPLEMENTED', OVER_GRPC, { grpcCode: 12, message: 'unknown service' }, 'unimplemented'],
    ['gRPC UNAVAILABLE', OVER_GRPC, { grpcCode: 14, message: 'memory' }, 'unavailable'],
    [
      'HTTP partial success',
      OVER_HTTP,
      { partialSuccess: { rejectedLogRecords: 1, errorMessage: 'too old' } },
      'partial_success',
    ],
    [
      'gRPC partial success',
      OVER_GRPC,
      { partialSuccess: { rejectedLogRecords: 1, errorMessage: 'too old' } },
      'partial_success',
    ],
  ];
  for (const [name, env, answer, reason] of refusals) {
    test(name, async (t) => {
      const receiver = await startTestReceiver(t);
      receiver.answerWith(() => answer);
      const endpoint = env === OVER_GRPC ? receiver.grpcEndpoint : receiver.httpEndpoint;
      const words = answer.message ?? answer.partialSuccess?.errorMessage ?? '';
      for (const pipeline of PIPELINES) {
        const report = await examine(t, { ...env, ...pipeline, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
        assert.deepEqual([report.arrived, reasons(report)], [false, [reason]]);
        assert.ok(report.delivery?.findings[0]?.what.endsWith(words), report.delivery?.findings[0]?.what);
      }
    });
  }

  test('headers from a file: those that arrive, and those that are refused', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'headers');
    writeFileSync(path, 'authorization: Bearer s3cret\n');
    const receiver = await startTestReceiver(t);
    receiver.answerWith(({ headers }) =>
      headers.authorization === 'Bearer s3cret' ? undefined : { grpcCode: 16, message: 'who are you' },
    );
    const env = {
      ...OVER_GRPC,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      ACCESS_LOG_OTLP_HEADERS_FILE: path,
    };
    assert.equal((await examine(t, env)).arrived, true);

    writeFileSync(path, 'authorization: Bearer 0ld\n');
    const { delivery } = await examine(t, env);
    assert.deepEqual(delivery?.findings[0]?.advice, [
      'Look at the values in ACCESS_LOG_OTLP_HEADERS_FILE (they are percent-encoded, and never shown here).',
    ]);

    const missing = await examine(t, { ...env, ACCESS_LOG_OTLP_HEADERS_FILE: join(folder, 'none') });
    assert.deepEqual([missing.delivery, missing.problems.length], [null, 1]);
    assert.match(missing.problems[0] ?? '', /^ACCESS_LOG_OTLP_HEADERS_FILE: expected a file of headers/);
  });

  test('another path', async (t) => {
    const { httpEndpoint } = await startTestReceiver(t);
    const report = await examine(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `${httpEndpoint}/otlp` });
    assert.deepEqual(reasons(report), ['path']);
    assert.match(
      report.delivery?.findings[0]?.what ?? '',
      /at \/otlp\/v1\/logs\. It says: only \/v1\/logs is served$/,
    );
  });
});

describe('TLS', () => {
  let authority: Authority;
  let folder: string;
  const file = (name: string, pem: string): string => {
    const path = join(folder, name);
    writeFileSync(path, pem);
    return path;
  };
  before(async () => {
    authority = await createAuthority();
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function certificateFor(name: string, notAfterDate: Date): Promise<Certificate> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: authority,
      notBeforeDate: new Date('2020-01-01'),
      notAfterDate,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    });
    return { cert, key };
  }

  /** Over both protocols, against a receiver with that certificate. */
  async function reasonsWith(t: TestContext, tls: ReceiverTls, env: Env): Promise<(string | undefined)[]> {
    const { grpcPort, httpPort } = await startTestReceiver(t, { tls });
    const told: (string | undefined)[] = [];
    for (const [protocol, port] of [
      [OVER_GRPC, grpcPort],
      [OVER_HTTP, httpPort],
    ] as const) {
      const endpoint = `https://localhost:${port}`;
      told.push(...reasons(await examine(t, { ...protocol, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env })));
    }
    return told;
  }
  const trust = (): Env => ({ OTEL_EXPORTER_OTLP_CERTIFICATE: file('ca.pem', authority.cert) });

  test('trusted: it arrives', async (t) => {
    assert.deepEqual(await reasonsWith(t, await authority.issue('localhost'), trust()), []);
  });

  test('an unknown authority', async (t) => {
    const certificate = await authority.issue('localhost');
    assert.deepEqual(await reasonsWith(t, certificate, {}), ['tls_authority', 'tls_authority']);
  });

  test('the wrong authority', async (t) => {
    const other = file('other.pem', (await createAuthority('other')).cert);
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: other };
    assert.deepEqual(await reasonsWith(t, await authority.issue('localhost'), env), [
      'tls_authority',
      'tls_authority',
    ]);
  });

  test('a certificate for another name', async (t) => {
    const certificate = await certificateFor('collector.example', new Date('2099-01-01'));
    assert.deepEqual(await reasonsWith(t, certificate, trust()), ['tls_name', 'tls_name']);
  });

  test('a certificate that has expired', async (t) => {
    const certificate = await certificateFor('localhost', new Date('2021-01-01'));
    assert.deepEqual(await reasonsWith(t, certificate, trust()), ['tls_expired', 'tls_expired']);
  });

  test('a client certificate is wanted: none, a strange one, the right one', async (t) => {
    const tls = { ...(await authority.issue('localhost')), ca: authority.cert, requireClientCert: true };
    const client = async (by: Authority): Promise<Env> => {
      const { cert, key } = await by.issue('client');
      return {
        ...trust(),
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file('client.pem', cert),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: file('client.key', key),
      };
    };
    // Node's servers hang up without a word; the exporters would go on trying.
    const hurried = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
    const refused = ['tls_client_certificate', 'tls_client_certificate'];
    assert.deepEqual(await reasonsWith(t, tls, { ...trust(), ...hurried }), refused);
    assert.deepEqual(
      await reasonsWith(t, tls, { ...(await client(await createAuthority('strange'))), ...hurried }),
      refused,
    );
    assert.deepEqual(await reasonsWith(t, tls, await client(authority)), []);
  });

  test('TLS spoken to a port without, and the reverse', async (t) => {
    const plain = await startTestReceiver(t);
    const secure = await startTestReceiver(t, { tls: await authority.issue('localhost') });
    const rows: readonly (readonly [env: Env, scheme: string, port: number, reason: string])[] = [
      [OVER_GRPC, 'https', plain.grpcPort, 'tls_unexpected'],
      [OVER_HTTP, 'https', plain.httpPort, 'tls_unexpected'],
      [OVER_GRPC, 'http', secure.grpcPort, 'tls_expected'],
      [OVER_HTTP, 'http', secure.httpPort, 'tls_expected'],
    ];
    for (const [env, scheme, port, reason] of rows) {
      const endpoint = `${scheme}://localhost:${port}`;
      const report = await examine(t, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      assert.deepEqual(reasons(report), [reason]);
    }
  });
});

describe('options', () => {
  test('bad ones: told, nothing is sent, and no application is started', async (t) => {
    const receiver = await startTestReceiver(t);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, ACCESS_LOG_RATE: 'much' };
    for (const command of [[], ['node', APP]]) {
      const report = await examine(t, env, command);
      assert.deepEqual(report.problems, [
        'ACCESS_LOG_RATE: expected a number ≥ 0, got "much" (from the environment)',
      ]);
      assert.deepEqual([report.application, report.delivery], [null, null]);
    }
    assert.deepEqual(receiver.requests, []);
  });

  for (const env of [
    { ACCESS_LOG_ENABLED: 'false' },
    { OTEL_SDK_DISABLED: 'true' },
    { OTEL_LOGS_EXPORTER: 'none' },
  ]) {
    test(`nothing is to be sent: ${JSON.stringify(env)}`, async (t) => {
      const report = await examine(t, env);
      assert.equal(report.problems.length, 1);
    });
  }

  for (const ACCESS_LOG_STDOUT of ['line', 'json', 'combined']) {
    test(`lines of standard output and nothing over OTLP: ${ACCESS_LOG_STDOUT}`, async (t) => {
      const env = { OTEL_LOGS_EXPORTER: 'none', ACCESS_LOG_STDOUT };
      for (const command of [[], ['node', APP]]) {
        const { problems, lines, delivery, arrived, application } = await examine(t, env, command);
        assert.deepEqual([problems, lines, delivery, arrived], [[], ACCESS_LOG_STDOUT, null, true]);
        assert.equal(application?.record?.attributes['url.path'], command.length === 0 ? undefined : '/');
      }
    });
  }

  test('records that are printed, and nothing over OTLP', async (t) => {
    for (const command of [[], ['node', APP]]) {
      const env = { OTEL_LOGS_EXPORTER: 'console' };
      const { problems, lines, delivery, arrived, application } = await examine(t, env, command);
      assert.deepEqual([problems, lines, delivery, arrived], [[], 'console', null, true]);
      assert.equal(application?.record?.attributes['url.path'], command.length === 0 ? undefined : '/');
    }
    const { stdout } = await runDoctor(t, [], { OTEL_LOGS_EXPORTER: 'console' });
    assert.match(
      stdout,
      /\n\nRecords are printed on standard output \(console\); nothing is sent, as configured\.\n/,
    );
  });

  test('what there is besides, where nothing is to be sent', async (t) => {
    const report = await examine(t, { OTEL_LOGS_EXPORTER: 'none' });
    assert.deepEqual(report.problems, [
      'OTEL_LOGS_EXPORTER is none: nothing is sent; ACCESS_LOG_STDOUT=json beside it writes JSON lines',
    ]);
  });

  test('bad usage: exit code 2 and the usage', async (t) => {
    const { code, stdout, stderr } = await runDoctor(t, ['--jsn'], {});
    assert.deepEqual(
      [code, stdout, stderr],
      [
        2,
        '',
        "otel-access-log doctor: Unknown option '--jsn'\n" +
          'usage: otel-access-log doctor [--verbose] [--json] [--timeout SECONDS] [-- node app.js]\n',
      ],
    );
  });
});

describe('an application', () => {
  async function examineApp(
    t: TestContext,
    command: readonly string[],
    env: Env = {},
    timeout?: string,
  ): Promise<{ report: Report; received: Awaited<ReturnType<typeof startTestReceiver>> }> {
    const received = await startTestReceiver(t);
    const all = { OTEL_EXPORTER_OTLP_ENDPOINT: received.grpcEndpoint, OTEL_SERVICE_NAME: 'shop', ...env };
    return { report: await examine(t, all, command, timeout), received };
  }

  test('without an SDK: its record, and the same at the endpoint', async (t) => {
    const { report, received } = await examineApp(t, ['node', APP]);
    assert.equal(report.arrived, true);
    assert.deepEqual(reasons(report), ['no_sdk']);
    const { application } = report;
    assert.deepEqual(application?.request, { status: 200, error: null });
    assert.deepEqual(application?.end, { code: null, signal: 'SIGTERM', stopped: true });
    const [record] = received.records;
    assert.equal(received.records.length, 1);
    const asJson = JSON.parse(
      JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    assert.deepEqual(application?.record, asJson);
    assert.deepEqual(
      [record?.eventName, record?.resource['service.name'], record?.attributes['http.response.status_code']],
      ['access_log.request', 'shop', 200],
    );
    assert.match(record?.traceId ?? '', /^[0-9a-f]{32}$/);
    // Started and stopped by the doctor; `kill` with 0 only asks.
    assert.throws(() => process.kill(application?.process?.pid ?? 0, 0), { code: 'ESRCH' });
  });

  test('what its access log says on standard error is a finding, once', async (t) => {
    const { report } = await examineApp(t, ['node', APP], {
      ACCESS_LOG_HOOKS: './no-hooks.mjs',
      ACCESS_LOG_RATES: '5',
    });
    const said = (report.application?.findings ?? []).filter(({ reason }) => reason === 'notice');
    assert.deepEqual(
      said.map(({ level, what }) => [level, what.replace(/ in \/.*$/, '')]),
      [
        [
          'warning',
          'It says: ACCESS_LOG_HOOKS: no hook is called, since "./no-hooks.mjs" cannot be used: there is no such file',
        ],
      ],
    );
    assert.match(report.warnings.join(), /ACCESS_LOG_RATES: no such option/);
    assert.equal(report.arrived, true);
  });

  test('a proxy that the environment names is not asked for the way to the doctor', async (t) => {
    const proxy = await startConnectProxy(t);
    const { report } = await examineApp(t, ['node', APP], {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      http_proxy: `http://${proxy.host}`,
      no_grpc_proxy: '*',
    });
    assert.deepEqual([report.arrived, reasons(report), proxy.asked], [true, ['no_sdk'], []]);
  });

  test('CommonJS with an SDK that instruments http', async (t) => {
    const { report } = await examineApp(t, ['node', COMMONJS_APP], { OTEL_SERVICE_NAME: '' });
    const { apiVersion = null, ...state } = report.application?.state ?? {};
    assert.match(apiVersion ?? '', /^1\.9\.\d+$/);
    assert.deepEqual(state, {
      modules: 'commonjs',
      isHttpInstrumented: true,
      provider: { className: 'TracerProvider', version: null, hasRegister: false },
      agent: null,
      loaderHooks: [],
    });
    assert.deepEqual([report.arrived, reasons(report)], [true, []]);
    assert.equal(report.application?.record?.resource['service.name'], 'coded');
  });

  test('ES module without a loader hook, and with one', async (t) => {
    const command = ['node', '--import', SDK, APP];
    const without = await examineApp(t, command);
    assert.deepEqual([without.report.arrived, reasons(without.report)], [true, ['esm_without_hook']]);
    const hooked = await examineApp(t, command, { DOCTOR_HOOK: 'true' });
    assert.deepEqual([hooked.report.arrived, reasons(hooked.report)], [true, []]);
    assert.deepEqual(hooked.report.application?.state?.loaderHooks, [
      '@opentelemetry/instrumentation/hook.mjs',
    ]);
  });

  test('another copy of the package in it', async (t) => {
    const { report } = await examineApp(t, ['node', '--import', 'otel-access-log/register', APP]);
    assert.deepEqual([report.arrived, reasons(report)], [true, ['observed_twice', 'no_sdk']]);
  });

  test('variables of its own (--env-file)', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const received = await startTestReceiver(t);
    const file = join(folder, '.env');
    writeFileSync(file, `OTEL_EXPORTER_OTLP_ENDPOINT=${received.grpcEndpoint}\nOTEL_SERVICE_NAME=filed\n`);
    const report = await examine(t, {}, ['node', `--env-file=${file}`, APP]);
    assert.equal(report.arrived, true);
    assert.equal(report.delivery?.endpoint, received.grpcEndpoint);
    assert.equal(received.records[0]?.resource['service.name'], 'filed');
  });

  test('one that never listens', async (t) => {
    const { report, received } = await examineApp(t, ['node', APP], { DOCTOR_APP: 'idle' }, '1');
    assert.deepEqual([report.arrived, reasons(report)], [false, ['not_listening']]);
    assert.deepEqual(report.application?.end?.stopped, true);
    assert.equal(received.records[0]?.eventName, 'access_log.doctor');
  });

  test('one that crashes at start', async (t) => {
    const { report } = await examineApp(t, ['node', APP], { DOCTOR_APP: 'crash' });
    assert.deepEqual([report.arrived, reasons(report)], [false, ['ended']]);
    assert.deepEqual(report.application?.end, { code: 1, signal: null, stopped: false });
    assert.match(report.application?.output ?? '', /^about to fail\n[\s\S]*Error: no database\n/);
  });

  test('no such command, and one that is not Node', async (t) => {
    assert.deepEqual(reasons((await examineApp(t, ['no-such-command'])).report), ['not_started']);
    const notNode = await examineApp(t, ['node', '--version']);
    assert.deepEqual(reasons(notNode.report), ['no_node']);
  });

  test('options that leave the request out', async (t) => {
    const { report } = await examineApp(t, ['node', APP], { ACCESS_LOG_IGNORE: '/**' });
    assert.deepEqual([report.arrived, reasons(report)], [false, ['ignored', 'no_sdk']]);
    assert.deepEqual(report.application?.findings[0]?.advice, ['Look at ACCESS_LOG_IGNORE=/**.']);
    assert.equal(report.application?.mode, 'normal');
  });

  test('a rollout in the shadow', async (t) => {
    const { report } = await examineApp(t, ['node', APP], { ACCESS_LOG_ROLLOUT: 'shadow' });
    assert.deepEqual([report.arrived, reasons(report)], [false, ['shadow', 'no_sdk']]);
    assert.equal(report.application?.mode, 'shadow');
  });

  test('its record cannot be delivered', async (t) => {
    const { httpEndpoint } = await startTestReceiver(t);
    const env = { ...OVER_GRPC, OTEL_EXPORTER_OTLP_ENDPOINT: httpEndpoint };
    const { report } = await examineApp(t, ['node', APP], env);
    assert.deepEqual([report.arrived, reasons(report)], [false, ['no_sdk', 'wrong_protocol']]);
    assert.notEqual(report.application?.record, null);
  });
});
