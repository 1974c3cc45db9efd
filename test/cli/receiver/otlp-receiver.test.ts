import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Client, credentials } from '@grpc/grpc-js';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ReceivedRecord } from '../../../src/cli/receiver/otlp-receiver.ts';
import { createAuthority } from '../../support/authority.ts';
import { startTestReceiver, type TestReceiver } from '../../support/receiver.ts';

const READABLE: ReadableLogRecord = {
  hrTime: [1_795_442_587, 123_456_789],
  hrTimeObserved: [1_795_442_587, 123_456_790],
  spanContext: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 },
  severityNumber: SeverityNumber.WARN,
  severityText: 'WARN',
  body: 'GET /ümläut 404 0B 0.4ms',
  eventName: 'access_log.request',
  resource: resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 7 }),
  instrumentationScope: { name: 'otel-access-log', version: '1.2.3' },
  attributes: {
    text: 'ümläut',
    int: 404,
    negative: -1,
    double: 0.25,
    bool: false,
    zero: 0,
    empty: '',
    nothing: [],
    list: ['a', 1, 1.5],
    map: { nested: { deep: true } },
    bytes: Uint8Array.of(0, 255),
  },
  droppedAttributesCount: 0,
};

const RECEIVED: ReceivedRecord = {
  timeUnixNano: 1_795_442_587_123_456_789n,
  observedTimeUnixNano: 1_795_442_587_123_456_790n,
  severityNumber: 13,
  severityText: 'WARN',
  body: 'GET /ümläut 404 0B 0.4ms',
  eventName: 'access_log.request',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  attributes: {
    text: 'ümläut',
    int: 404,
    negative: -1,
    double: 0.25,
    bool: false,
    zero: 0,
    empty: '',
    nothing: [],
    list: ['a', 1, 1.5],
    map: { nested: { deep: true } },
    bytes: Buffer.of(0, 255),
  },
  resource: { 'service.name': 'shop', 'process.pid': 7 },
  scope: { name: 'otel-access-log', version: '1.2.3' },
};

type CreateExporter = (receiver: TestReceiver) => LogRecordExporter;
const grpc: CreateExporter = ({ grpcEndpoint }) => new GrpcExporter({ url: grpcEndpoint });
const proto: CreateExporter = ({ httpEndpoint }) => new ProtoExporter({ url: `${httpEndpoint}/v1/logs` });
const EXPORTERS: readonly (readonly [name: string, create: CreateExporter])[] = [
  ['gRPC', grpc],
  ['HTTP', proto],
  ['gRPC, gzip', compressing(grpc)],
  ['HTTP, gzip', compressing(proto)],
];

/** By the environment, since the type of the exporters' own option is in a package that we do not depend on. */
function compressing(create: CreateExporter): CreateExporter {
  return (receiver) => {
    process.env.OTEL_EXPORTER_OTLP_LOGS_COMPRESSION = 'gzip';
    try {
      return create(receiver);
    } finally {
      delete process.env.OTEL_EXPORTER_OTLP_LOGS_COMPRESSION;
    }
  };
}

function exportTo(exporter: LogRecordExporter): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export([READABLE], resolve));
}

async function exportOnce(
  t: TestContext,
  receiver: TestReceiver,
  create: CreateExporter,
): Promise<ExportResult> {
  const exporter = create(receiver);
  t.after(() => exporter.shutdown());
  return exportTo(exporter);
}

function post(receiver: TestReceiver, body: string | Uint8Array, contentType: string): Promise<Response> {
  const headers = { 'content-type': contentType };
  return fetch(`${receiver.httpEndpoint}/v1/logs`, { method: 'POST', body, headers });
}

/** As many equal records, in the way that the OTLP examples write JSON. */
function jsonRequest(count: number): object {
  const record = {
    timeUnixNano: '1795442587123456789',
    severityNumber: 9,
    body: { stringValue: 'hello' },
    traceId: '5B8EFFF798038103D269B633813FC60C',
    spanId: '0000000000000000',
    attributes: [
      { key: 'traceId', value: { stringValue: 'no hex at all' } },
      { key: 'int', value: { intValue: 5 } },
      { key: 'large', value: { intValue: '9223372036854775807' } },
      { key: '__proto__', value: { stringValue: 'only a name' } },
      { key: 'nothing' },
    ],
    aFieldOfTomorrow: true,
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords: Array(count).fill(record) }] }] };
}

/** Status code of the gRPC answer to these bytes. */
function callGrpc(t: TestContext, port: number, bytes: Buffer): Promise<number> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.after(() => client.close());
  const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
  const same = (message: Buffer): Buffer => message;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, bytes, (error) => resolve(error?.code ?? 0));
  });
}

describe('the official exporters', () => {
  for (const [name, create] of EXPORTERS) {
    test(`${name}: a record arrives as it was sent`, async (t) => {
      const receiver = await startTestReceiver(t);
      const result = await exportOnce(t, receiver, create);
      assert.equal(result.code, ExportResultCode.SUCCESS);
      assert.deepEqual(receiver.records, [RECEIVED]);
      assert.deepEqual(receiver.counts, { requests: 1, records: 1, invalid: 0, refused: 0, leftOut: 0 });
    });
  }

  for (const [name, create] of EXPORTERS.slice(0, 2)) {
    test(`${name}: a scripted answer is what the exporter gets, and refused records did not arrive`, async (t) => {
      const receiver = await startTestReceiver(t);
      receiver.answerWith(() => ({ httpStatus: 400, grpcCode: 3, message: 'no' }));
      const result = await exportOnce(t, receiver, create);
      assert.equal(result.code, ExportResultCode.FAILED);
      assert.deepEqual(receiver.records, []);
      assert.deepEqual(receiver.counts, { requests: 1, records: 0, invalid: 0, refused: 1, leftOut: 0 });
    });

    test(`${name}: an answer can be late`, async (t) => {
      const receiver = await startTestReceiver(t);
      let release = (): void => undefined;
      receiver.answerWith(
        () =>
          new Promise((resolve) => {
            release = () => resolve(undefined);
          }),
      );
      const result = exportOnce(t, receiver, create);
      await receiver.waitForRequests(1);
      assert.deepEqual(receiver.records, []);
      release();
      assert.equal((await result).code, ExportResultCode.SUCCESS);
      assert.deepEqual(receiver.records, [RECEIVED]);
    });
  }
});

describe('a receiver that hangs', () => {
  test('can be closed under gRPC', async (t) => {
    const receiver = await startTestReceiver(t);
    receiver.answerWith(() => new Promise(() => undefined));
    const code = callGrpc(t, receiver.grpcPort, Buffer.alloc(0));
    await receiver.waitForRequests(1);
    await receiver.close();
    assert.notEqual(await code, 0);
  });

  test('can be closed under HTTP', async (t) => {
    const receiver = await startTestReceiver(t);
    receiver.answerWith(() => new Promise(() => undefined));
    const response = assert.rejects(post(receiver, '{}', 'application/json'));
    await receiver.waitForRequests(1);
    await receiver.close();
    await response;
  });
});

describe('TLS', () => {
  const ready = createAuthority().then(async (authority) => ({
    ca: Buffer.from(authority.cert),
    client: await authority.issue('client'),
    tls: { ...(await authority.issue('receiver')), ca: authority.cert, requireClientCert: true },
  }));

  test('gRPC: a client certificate is asked for, and believed', async (t) => {
    const { ca, client, tls } = await ready;
    const receiver = await startTestReceiver(t, { tls });
    const trusted = credentials.createSsl(ca, Buffer.from(client.key), Buffer.from(client.cert));
    const url = receiver.grpcEndpoint;
    const result = await exportOnce(t, receiver, () => new GrpcExporter({ url, credentials: trusted }));
    assert.equal(result.code, ExportResultCode.SUCCESS);
    assert.deepEqual(receiver.records, [RECEIVED]);
  });

  test('gRPC: without one nothing arrives', async (t) => {
    const { ca, tls } = await ready;
    const receiver = await startTestReceiver(t, { tls });
    const without = { url: receiver.grpcEndpoint, credentials: credentials.createSsl(ca) };
    const result = await exportOnce(t, receiver, () => new GrpcExporter(without));
    assert.equal(result.code, ExportResultCode.FAILED);
    assert.deepEqual(receiver.counts, { requests: 0, records: 0, invalid: 0, refused: 0, leftOut: 0 });
  });

  test('HTTP: the same certificates', async (t) => {
    const { ca, client, tls } = await ready;
    const receiver = await startTestReceiver(t, { tls });
    const url = `${receiver.httpEndpoint}/v1/logs`;
    const exporter = new ProtoExporter({ url, httpAgentOptions: { ca, key: client.key, cert: client.cert } });
    const result = await exportOnce(t, receiver, () => exporter);
    assert.equal(result.code, ExportResultCode.SUCCESS);
    assert.deepEqual(receiver.records, [RECEIVED]);
  });
});

describe('partial success', () => {
  test('takes all but the last records', async (t) => {
    const receiver = await startTestReceiver(t);
    receiver.answerWith(() => ({ partialSuccess: { rejectedLogRecords: 2, errorMessage: 'full' } }));
    const response = await post(receiver, JSON.stringify(jsonRequest(3)), 'application/json');
    assert.deepEqual(await response.json(), {
      partialSuccess: { rejectedLogRecords: 2, errorMessage: 'full' },
    });
    assert.deepEqual(receiver.counts, { requests: 1, records: 1, invalid: 0, refused: 2, leftOut: 0 });
  });
});

describe('OTLP/JSON', () => {
  test('is read: ids as hex, 64-bit integers as text or number', async (t) => {
    const receiver = await startTestReceiver(t);
    const response = await post(receiver, JSON.stringify(jsonRequest(1)), 'application/json; charset=utf-8');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(await response.json(), {});
    assert.deepEqual(receiver.records, [
      {
        timeUnixNano: 1_795_442_587_123_456_789n,
        observedTimeUnixNano: 0n,
        severityNumber: 9,
        severityText: undefined,
        body: 'hello',
        eventName: undefined,
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: undefined,
        flags: 0,
        attributes: Object.fromEntries([
          ['traceId', 'no hex at all'],
          ['int', 5],
          ['large', 9_223_372_036_854_775_807n],
          ['__proto__', 'only a name'],
          ['nothing', undefined],
        ]),
        resource: { 'service.name': 'shop' },
        scope: { name: '', version: '' },
      },
    ]);
  });
});

describe('what cannot be read', () => {
  const nested = (levels: number): string => {
    const value = `${'{"arrayValue":{"values":['.repeat(levels)}{}${']}}'.repeat(levels)}`;
    return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${value}}]}]}]}`;
  };
  const rows: readonly (readonly [
    name: string,
    body: string | Uint8Array,
    headers: Record<string, string>,
  ])[] = [
    ['protobuf garbage', 'not protobuf', {}],
    ['a truncated message', Uint8Array.of(0x0a, 0x7f, 0x01), {}],
    ['JSON garbage', '{"resourceLogs":', { 'content-type': 'application/json' }],
    ['JSON of another shape', '{"resourceLogs":5}', { 'content-type': 'application/json' }],
    ['null', 'null', { 'content-type': 'application/json' }],
    [
      'an id that is not hex',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"zz"}]}]}]}',
      { 'content-type': 'application/json' },
    ],
    ['65 levels of arrays', nested(65), { 'content-type': 'application/json' }],
    ['hostile nesting', nested(100_000), { 'content-type': 'application/json' }],
  ];
  for (const [name, body, headers] of rows) {
    test(`${name}: HTTP 400, counted, and the next export is taken`, async (t) => {
      const receiver = await startTestReceiver(t);
      const contentType = headers['content-type'] ?? 'application/x-protobuf';
      const response = await post(receiver, body, contentType);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('content-type'), contentType);
      assert.ok((await response.arrayBuffer()).byteLength > 0, 'a Status message');
      const next = await post(receiver, JSON.stringify(jsonRequest(1)), 'application/json');
      assert.equal(next.status, 200);
      assert.deepEqual(receiver.counts, { requests: 1, records: 1, invalid: 1, refused: 0, leftOut: 0 });
    });
  }

  const refusals: readonly (readonly [name: string, status: number, path: string, init: RequestInit])[] = [
    ['another path', 404, '/v1/traces', { method: 'POST', body: '' }],
    ['another method', 405, '/v1/logs', {}],
    [
      'another content type',
      415,
      '/v1/logs',
      { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
    ],
    [
      'another content encoding',
      415,
      '/v1/logs',
      {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
      },
    ],
    [
      'gzip that is none',
      400,
      '/v1/logs',
      {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      },
    ],
    [
      'a gzip bomb',
      413,
      '/v1/logs',
      {
        method: 'POST',
        body: gzipSync(Buffer.alloc(21 * 1024 * 1024)),
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      },
    ],
    [
      'a large body',
      413,
      '/v1/logs',
      {
        method: 'POST',
        body: Buffer.alloc(21 * 1024 * 1024),
        headers: { 'content-type': 'application/x-protobuf' },
      },
    ],
  ];
  for (const [name, status, path, init] of refusals) {
    test(`${name}: HTTP ${status}`, async (t) => {
      const receiver = await startTestReceiver(t);
      const response = await fetch(receiver.httpEndpoint + path, init);
      await response.arrayBuffer();
      assert.equal(response.status, status);
      assert.deepEqual(receiver.records, []);
    });
  }

  test('the error body is a google.rpc.Status with a message', async (t) => {
    const receiver = await startTestReceiver(t);
    const response = await post(receiver, 'garbage', 'application/x-protobuf');
    const body = Buffer.from(await response.arrayBuffer());
    assert.equal(body[0], 0x12);
    assert.equal(body[1], body.length - 2);
    assert.equal(body.toString('utf8', 2), 'not an ExportLogsServiceRequest');
  });

  test('gRPC answers INVALID_ARGUMENT', async (t) => {
    const receiver = await startTestReceiver(t);
    assert.equal(await callGrpc(t, receiver.grpcPort, Buffer.from('not protobuf')), 3);
    assert.equal(await callGrpc(t, receiver.grpcPort, Buffer.alloc(0)), 0);
    assert.deepEqual(receiver.counts, { requests: 1, records: 0, invalid: 1, refused: 0, leftOut: 0 });
  });
});
