import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { framed, type GrpcResult, postGrpc } from '../../support/grpc-post.ts';
import { attribute, exportOf, recordOf } from '../../support/protobuf-bytes.ts';
import { startTestReceiver } from '../../support/receiver.ts';

const MESSAGE = exportOf(recordOf(attribute('a', 'b')));
const GZIP = { 'grpc-encoding': 'gzip' };
const SERVICE = '/opentelemetry.proto.collector';

const framing = 'not one message with its length before it';
const method = 'only LogsService/Export is served';

type Row = readonly [
  name: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  result: GrpcResult,
  /** Whether it counts as something that could not be read. */
  invalid: number,
];

const ok: GrpcResult = { status: 0, message: '' };

describe('the gRPC receiver', () => {
  const rows: readonly Row[] = [
    ['a message', framed(MESSAGE), {}, ok, 0],
    ['an empty one', framed(Buffer.alloc(0)), {}, ok, 0],
    ['one with gzip', framed(gzipSync(MESSAGE), true), GZIP, ok, 0],
    ['one without, where gzip is said', framed(MESSAGE), GZIP, ok, 0],
    ['with proto in its type', framed(MESSAGE), { 'content-type': 'application/grpc+proto' }, ok, 0],
    ['nothing', Buffer.alloc(0), {}, { status: 13, message: framing }, 1],
    ['half a prefix', Buffer.alloc(3), {}, { status: 13, message: framing }, 1],
    ['half a message', framed(MESSAGE).subarray(0, 10), {}, { status: 13, message: framing }, 1],
    [
      'two messages',
      Buffer.concat([framed(MESSAGE), framed(MESSAGE)]),
      {},
      { status: 13, message: framing },
      1,
    ],
    ['compressed, without how', framed(gzipSync(MESSAGE), true), {}, { status: 13, message: framing }, 1],
    [
      'an odd flag',
      Buffer.concat([Buffer.of(2), framed(MESSAGE).subarray(1)]),
      GZIP,
      { status: 13, message: framing },
      1,
    ],
    ['no gzip', framed(MESSAGE, true), GZIP, { status: 13, message: 'not gzip' }, 1],
    [
      'another compression',
      framed(MESSAGE, true),
      { 'grpc-encoding': 'snappy' },
      { status: 12, message: 'gzip or no compression expected' },
      1,
    ],
    [
      'no export',
      framed(Buffer.from('garbage')),
      {},
      { status: 3, message: 'not an ExportLogsServiceRequest' },
      1,
    ],
    ['too large', Buffer.alloc(21 * 1024 * 1024), {}, { status: 8, message: 'larger than 20 MiB' }, 1],
    [
      'spans',
      framed(MESSAGE),
      { ':path': `${SERVICE}.trace.v1.TraceService/Export` },
      { status: 12, message: method },
      0,
    ],
    ['another method', framed(MESSAGE), { ':path': '/x.Y/Z' }, { status: 12, message: method }, 1],
    [
      'another type',
      framed(MESSAGE),
      { 'content-type': 'text/plain' },
      { status: undefined, message: '' },
      1,
    ],
  ];
  for (const [name, bytes, headers, result, invalid] of rows) {
    test(`${name}: ${result.status}, and the next export is taken`, async (t) => {
      const receiver = await startTestReceiver(t);
      assert.deepEqual(await postGrpc(t, receiver.grpcEndpoint, bytes, headers), result);
      assert.equal(receiver.counts.invalid, invalid);
      const { length } = receiver.records;
      assert.deepEqual(await postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE)), ok);
      assert.equal(receiver.records.length, length + 1);
    });
  }

  test('hands on what is metadata', async (t) => {
    const receiver = await startTestReceiver(t);
    await postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE), { 'x-scope-orgid': 'shop' });
    const { headers } = receiver.requests[0] ?? {};
    assert.deepEqual(headers, {
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-scope-orgid': 'shop',
    });
  });

  test('answers with words of any kind, and with bytes', async (t) => {
    const receiver = await startTestReceiver(t);
    const message = '100 % 日本\n\ud800';
    const headers = { 'grpc-status-details-bin': Buffer.of(8, 3) };
    receiver.answerWith(() => ({ grpcCode: 3, message, headers }));
    const { status, message: told } = await postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE));
    assert.deepEqual([status, told], [3, '100 % 日本\n\ufffd']);
  });

  test('takes no more metadata than HTTP/1 takes headers', async (t) => {
    const receiver = await startTestReceiver(t);
    const send = (length: number) =>
      postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE), { 'x-long': 'x'.repeat(length) });
    assert.deepEqual(await send(8 * 1024), ok);
    assert.deepEqual(await send(32 * 1024), { status: 8, message: 'more than 16 KiB of metadata' });
    assert.deepEqual(await send(1), ok);
  });

  test('goes on where a client goes away in the middle', async (t) => {
    const receiver = await startTestReceiver(t);
    const session = connect(receiver.grpcEndpoint);
    t.after(() => session.destroy());
    const headers = { ':path': `${SERVICE}.logs.v1.LogsService/Export`, 'content-type': 'application/grpc' };
    const stream = session.request({ ':method': 'POST', ...headers });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.write(framed(MESSAGE).subarray(0, 3), resolve));
    session.destroy();
    assert.deepEqual(await postGrpc(t, receiver.grpcEndpoint, framed(MESSAGE)), ok);
    assert.deepEqual(receiver.counts, { requests: 1, records: 1, invalid: 0, refused: 0, leftOut: 0 });
  });
});
