import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { deliverySettings } from '../../../src/delivery/delivery-settings.ts';
import type { Answer } from '../../../src/delivery/transport/transport.ts';
import { resolveOptions, resolveOtelEnvironment } from '../../../src/options/options.ts';
import { keepAlive } from '../../support/keep-alive.ts';
import { listen } from '../../support/listen.ts';
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { spawnApp } from '../../support/spawn-app.ts';
import { ACCEPTED, encodedExport, PATIENCE_MS, refused, transportTo } from './support/scripted-receivers.ts';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A receiver that answers each export alike. */
async function startJsonReceiver(owner: TestOwner, status: number, type: string, answer: string) {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    posted.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(status, { 'content-type': type }).end(answer);
  });
  return { posted, url: `http://${await listen(owner, server)}/v1/logs` };
}

const JSON_TYPE = 'application/json';
const exported = (...bodies: readonly string[]) => ({
  resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }] }],
});

describe('over http/json', () => {
  test('the message is sent as JSON, and compressed as such', async (t) => {
    keepAlive(t);
    const { posted, url } = await startJsonReceiver(t, 200, JSON_TYPE, '{}');
    const parts = [encodedExport('ä', 'b'), encodedExport('c')];
    const plain = transportTo('http/json', url, { headers: { 'content-type': 'text/plain', 'x-key': 'k' } });
    const gzipped = transportTo('http/json', url, { compression: 'gzip' });
    for (const transport of [plain, gzipped]) {
      t.after(() => transport.close());
      assert.deepEqual(await transport.send(parts, PATIENCE_MS), ACCEPTED);
    }
    const [first, second] = posted;
    assert.ok(first && second);
    const expected = { resourceLogs: [...exported('ä', 'b').resourceLogs, ...exported('c').resourceLogs] };
    assert.deepEqual(JSON.parse(first.body.toString()), expected);
    assert.deepEqual(
      [first.headers['content-type'], first.headers['content-length'], first.headers['x-key']],
      [JSON_TYPE, String(first.body.length), 'k'],
    );
    assert.equal(second.headers['content-encoding'], 'gzip');
    assert.deepEqual(JSON.parse(gunzipSync(second.body).toString()), expected);
  });

  const answers: readonly (readonly [status: number, type: string, body: string, expected: Answer])[] = [
    [200, JSON_TYPE, '', ACCEPTED],
    [
      200,
      '',
      '{"partialSuccess":{"rejectedLogRecords":"1"}}',
      { kind: 'accepted', rejected: 1, message: '' },
    ],
    [
      200,
      JSON_TYPE,
      '{"partialSuccess":{"rejectedLogRecords":1,"errorMessage":"too\\nold"}}',
      { kind: 'accepted', rejected: 1, message: 'too old' },
    ],
    // Longer than what is read of an answer.
    [
      200,
      JSON_TYPE,
      `{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"${'x'.repeat(1e6)}"}}`,
      { kind: 'accepted', rejected: 1, message: '' },
    ],
    [400, JSON_TYPE, '{"code":3,"message":"bad"}', refused('isolate', '400', '400 Bad Request: bad')],
    [429, '', '{"code":8,"message":"slow"}', refused('wait', '429', '429 Too Many Requests: slow')],
  ];
  for (const [status, type, body, expected] of answers) {
    test(`the answer ${status} ${type} ${body.slice(0, 70)}`, async (t) => {
      keepAlive(t);
      const { url } = await startJsonReceiver(t, status, type, body);
      for (const protocol of ['http/json', 'http/protobuf']) {
        const transport = transportTo(protocol, url);
        t.after(() => transport.close());
        assert.deepEqual(await transport.send([encodedExport('a')], PATIENCE_MS), expected);
      }
    });
  }

  test('exports are so small that translating them does not hold the event loop', () => {
    const sizeOf = (protocol: string) =>
      deliverySettings(
        resolveOptions({}, {}),
        resolveOtelEnvironment({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }),
      ).stream.maxExportBytes;
    assert.deepEqual(['grpc', 'http/protobuf', 'http/json'].map(sizeOf), [undefined, undefined, 192 * 1024]);
  });

  for (const [path, event] of [
    ['/work', 'while it runs'],
    ['/exit', 'at the end of the process'],
  ] as const) {
    test(`a record is delivered ${event}`, async (t) => {
      const receiver = await startTestReceiver(t);
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/ending.mjs')],
        env: {
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
          OTEL_BLRP_SCHEDULE_DELAY: path === '/exit' ? '60000' : '50',
        },
      });
      const answered = fetch(`http://127.0.0.1:${app.port}${path}`, { headers: { connection: 'close' } });
      await answered.catch(() => undefined);
      if (path === '/exit') await app.exited;
      const [record] = await receiver.waitForExchanges(1);
      assert.equal(record?.attributes['url.path'], path);
      assert.equal(receiver.requests[0]?.headers['content-type'], JSON_TYPE);
    });
  }
});
