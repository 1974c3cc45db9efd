// What is said where the receiver speaks the other protocol: real servers of both, plain and with TLS.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { createAuthority } from '../../../support/authority.ts';
import type { Certificate } from '../../../support/certificates.ts';
import { inRepo } from '../../../support/repo-root.ts';
import { accept, refuse, startScriptedReceiver } from '../../../support/scripted-receiver.ts';
import { spawnApp } from '../../../support/spawn-app.ts';
import { encodedExport, PATIENCE_MS, type Protocol, startTransport } from '../support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');
const NOT_GRPC =
  'it seems to speak another protocol than grpc: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf';
const NOT_HTTP =
  'it seems to speak another protocol than http/protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc';
const PATH = 'look at the path of the endpoint, and at OTEL_EXPORTER_OTLP_PROTOCOL (http/protobuf)';

const answer404: RequestListener = (_request, response) => void response.writeHead(404).end('no');

describe('a receiver that speaks the other protocol', () => {
  const folder = mkdtempSync(join(tmpdir(), 'other-protocol-'));
  const ca = join(folder, 'ca.pem');
  let pem: Certificate;
  before(async () => {
    const authority = await createAuthority();
    writeFileSync(ca, authority.cert);
    pem = await authority.issue('receiver');
  });
  after(() => rmSync(folder, { recursive: true }));

  async function hintOf(t: TestContext, protocol: Protocol, scheme: string, port: number) {
    const { transport } = startTransport(t, protocol, `${scheme}://localhost:${port}`, {
      tls: scheme === 'https' ? { ca, cert: undefined, key: undefined } : undefined,
    });
    const answer = await transport.send([MESSAGE], PATIENCE_MS);
    assert.ok(answer.kind === 'refused');
    return answer.hint;
  }

  async function portOf(t: TestContext, server: Server): Promise<number> {
    server.listen(0, 'localhost');
    await once(server, 'listening');
    t.after(() => server.close());
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  const servers: readonly (readonly [
    name: string,
    protocol: Protocol,
    scheme: 'http' | 'https',
    start: () => Server,
    hint: string,
  ])[] = [
    ['HTTP/1.1', 'grpc', 'http', () => createServer(answer404), NOT_GRPC],
    ['HTTP/1.1 over TLS, with ALPN', 'grpc', 'https', () => createHttpsServer(pem, answer404), NOT_GRPC],
    [
      'HTTP/1.1 over TLS, without ALPN',
      'grpc',
      'https',
      () => {
        const http = createServer(answer404);
        return createTlsServer(pem, (socket) => http.emit('connection', socket));
      },
      NOT_GRPC,
    ],
    [
      'HTTP/2 that is no gRPC',
      'grpc',
      'http',
      () => createHttp2Server((_, response) => void response.writeHead(404).end()),
      NOT_GRPC,
    ],
    ['HTTP/2', 'http/protobuf', 'http', () => createHttp2Server(), NOT_HTTP],
    ['nothing at that path', 'http/protobuf', 'http', () => createServer(answer404), PATH],
  ];
  for (const [name, protocol, scheme, start, hint] of servers) {
    test(`${protocol} to ${name}`, async (t) => {
      assert.equal(await hintOf(t, protocol, scheme, await portOf(t, start())), hint);
    });
  }

  for (const scheme of ['http', 'https']) {
    test(`http/protobuf to a gRPC server, ${scheme}`, async (t) => {
      const server = new GrpcServer();
      t.after(() => server.forceShutdown());
      const { key, cert } = pem;
      const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
      const credentials =
        scheme === 'https' ? ServerCredentials.createSsl(null, [pair]) : ServerCredentials.createInsecure();
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync('localhost:0', credentials, (error, bound) =>
          error === null ? resolve(bound) : reject(error),
        );
      });
      assert.equal(await hintOf(t, 'http/protobuf', scheme, port), NOT_HTTP);
    });
  }

  for (const pipeline of ['stream', 'sdk']) {
    for (const [protocol, start, hint] of [
      ['grpc', () => createServer(answer404), NOT_GRPC],
      ['http/protobuf', () => createHttp2Server(), NOT_HTTP],
    ] as const) {
      test(`standard error says so: ${protocol}, ${pipeline}`, async (t) => {
        const port = await portOf(t, start());
        const app = await spawnApp(t, {
          args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/ending.mjs')],
          env: {
            ACCESS_LOG_PIPELINE: pipeline,
            OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
            OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${port}`,
            OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
            OTEL_BLRP_SCHEDULE_DELAY: '50',
          },
        });
        await (await fetch(`http://127.0.0.1:${app.port}/work`, { headers: { connection: 'close' } })).text();
        await app.waitFor(/cannot deliver/);
        const [line = ''] = app.stderr.split('\n');
        assert.ok(line.includes(`; ${hint}`), app.stderr);
      });
    }
  }

  test('is not suspected once it has accepted an export', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const { transport } = startTransport(t, 'http/protobuf', receiver.endpoint);
    receiver.next(refuse(405), accept(), refuse(415));
    const hints: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await transport.send([MESSAGE], PATIENCE_MS);
      hints.push(answer.kind === 'refused' ? answer.hint : answer.kind);
    }
    assert.deepEqual(hints, [PATH, 'accepted', undefined]);
  });
});
