import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import * as zlib from 'node:zlib';
import { VERSION } from '../../../src/version.ts';
import { hang, held, refuse, reset, startScriptedReceiver } from '../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  assertRefused,
  encodedExport,
  PATIENCE_MS,
  PROTOCOLS,
  refused,
  startServer,
  startTransport,
} from './support/scripted-receivers.ts';

const USER_AGENT = `otel-access-log/${VERSION} OTel-OTLP-Exporter-JavaScript/${VERSION}`;
const bodiesOf = (records: readonly { readonly body: unknown }[] = []) => records.map(({ body }) => body);

for (const protocol of PROTOCOLS) {
  const isGrpc = protocol === 'grpc';
  describe(`what is sent over ${protocol}`, () => {
    test('the message in one part or several, with the headers', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const headers = {
        authorization: 'Bearer x',
        'x-scope-orgid': 'shop',
        // Not to be set from outside.
        'content-type': 'text/plain',
        'content-length': '1',
        connection: 'close',
        'transfer-encoding': 'chunked',
        'grpc-encoding': 'br',
      };
      const { transport } = startTransport(t, protocol, receiver.endpoint, { headers });
      const [a, b] = [encodedExport('a'), encodedExport('b')];
      const shared = Buffer.concat([Buffer.from('before'), a, Buffer.from('after')]);
      for (const parts of [
        [a],
        [a, b],
        [shared.subarray(6, 6 + a.length)],
        [new Uint8Array(a)],
        [a, Buffer.alloc(0)],
      ]) {
        assert.deepEqual(await transport.send(parts, 5000), ACCEPTED);
      }
      assert.deepEqual(bodiesOf(receiver.accepted), ['a', 'a', 'b', 'a', 'a', 'a']);
      const { date: _date, host, ...sent } = receiver.requests[1]?.headers ?? {};
      const common = { authorization: 'Bearer x', 'x-scope-orgid': 'shop' };
      if (isGrpc) {
        assert.deepEqual(sent, {
          ...common,
          ':authority': `127.0.0.1:${receiver.port}`,
          'user-agent': USER_AGENT,
          ':method': 'POST',
          ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
          ':scheme': 'http',
          'content-type': 'application/grpc',
          'grpc-accept-encoding': 'identity,gzip',
          'grpc-timeout': '5000m',
          te: 'trailers',
        });
      } else {
        assert.equal(host, `127.0.0.1:${receiver.port}`);
        assert.deepEqual(sent, {
          ...common,
          ':path': '/v1/logs',
          'user-agent': USER_AGENT,
          'content-type': 'application/x-protobuf',
          'content-length': String(a.length + b.length),
          connection: 'keep-alive',
        });
      }
      assert.equal(receiver.connections, 1);
    });

    const compressions = ['gzip', ...('zstdCompress' in zlib && !isGrpc ? (['zstd'] as const) : [])] as const;
    for (const compression of compressions) {
      test(`compressed with ${compression}`, async (t) => {
        const receiver = await startScriptedReceiver(t, { protocol });
        const { transport } = startTransport(t, protocol, receiver.endpoint, { compression });
        const text = 'GET /orders 200 '.repeat(1000);
        const parts = [encodedExport(text), encodedExport(text)];
        assert.deepEqual(await transport.send(parts, PATIENCE_MS), ACCEPTED);
        assert.deepEqual(await transport.send(parts.slice(1), PATIENCE_MS), ACCEPTED);
        assert.deepEqual(bodiesOf(receiver.accepted), [text, text, text]);
        const [first] = receiver.requests;
        assert.ok((first?.byteLength ?? 1e9) < 1000, `${first?.byteLength}`);
        assert.equal(first?.headers[isGrpc ? 'grpc-encoding' : 'content-encoding'], compression);
      });
    }

    test('several at the same time, answered out of order', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      const script = Array.from({ length: 8 }, (_, index) =>
        held(refuse(isGrpc ? 14 : 503, { message: `${index}` })),
      );
      receiver.next(...script.map(({ answer }) => answer));
      const sent = script.map((_, index) => transport.send([encodedExport(`${index}`)], PATIENCE_MS));
      await receiver.until(() => receiver.requests[7]?.records, 'eight requests');
      const order: unknown[] = [];
      for (const [index, answer] of sent.entries()) void answer.then(() => order.push(index));
      // By what the receiver saw: connections of HTTP are independent of each other.
      const place = new Map(receiver.requests.map(({ records }, index) => [records?.[0]?.body, index]));
      for (let index = 7; index >= 0; index--) {
        script[place.get(`${index}`) ?? -1]?.release();
        await sent[index];
      }
      assert.deepEqual(order, [7, 6, 5, 4, 3, 2, 1, 0]);
      assert.equal(receiver.connections, isGrpc ? 1 : 8);
    });

    test('8 MB at once', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      const message = encodedExport('x'.repeat(8e6));
      assert.deepEqual(await transport.send([message], PATIENCE_MS), ACCEPTED);
      assert.equal(receiver.requests[0]?.byteLength, message.length);
    });

    test('with headers that make no request nothing is sent', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint, {
        headers: { secretive: 'a\nSECRET' },
      });
      const answer = await transport.send([encodedExport('a')], PATIENCE_MS);
      assert.ok(answer.kind === 'refused' && answer.remedy === 'none', JSON.stringify(answer));
      assert.doesNotMatch(answer.message, /SECRET/);
      assert.equal(receiver.requests.length, 0);
    });

    test('what the receiver repeats of the headers is not told', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const headers = { authorization: 'Bearer t0ps3cret', 'x-scope-orgid': 'the-shop' };
      const { transport } = startTransport(t, protocol, receiver.endpoint, { headers });
      receiver.next(refuse(isGrpc ? 7 : 403, { message: 'no t0ps3cret (Bearer t0ps3cret) for the-shop' }));
      const answer = await transport.send([encodedExport('a')], PATIENCE_MS);
      assert.equal(
        answer.message,
        `${isGrpc ? '7 PERMISSION_DENIED' : '403 Forbidden'}: no *** (***) for the-shop`,
      );
    });
  });
}

describe('connections over HTTP', () => {
  const start = async (t: Parameters<typeof startScriptedReceiver>[0]) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    return { receiver, ...startTransport(t, 'http/protobuf', receiver.endpoint) };
  };

  test('one that the receiver has closed since is replaced at once', async (t) => {
    const { receiver, transport } = await start(t);
    const warm = [1, 2, 3].map(() => transport.send([encodedExport('a')], PATIENCE_MS));
    await Promise.all(warm);
    assert.equal(receiver.connections, 3);
    receiver.next(reset('head'));
    assert.deepEqual(await transport.send([encodedExport('b')], PATIENCE_MS), ACCEPTED);
    // The other two were not even tried.
    assert.deepEqual([receiver.requests.length, receiver.connections], [5, 4]);
    assert.deepEqual(bodiesOf(receiver.accepted), ['a', 'a', 'a', 'b']);
  });

  test('a second time in a row it is an answer', async (t) => {
    const { receiver, transport } = await start(t);
    await transport.send([encodedExport('a')], PATIENCE_MS);
    receiver.next(reset('head'), reset('head'));
    const broken = { remedy: 'wait', errorType: 'ECONNRESET' } as const;
    await assertRefused(transport.send([encodedExport('b')], PATIENCE_MS), broken, /ECONNRESET/);
    assert.equal(receiver.requests.length, 3);
  });

  test('what is not sent yet when the answer comes is not sent any more', async (t) => {
    const received: Buffer[] = [];
    let resume = (): unknown => undefined;
    let ended: Promise<unknown> = Promise.resolve();
    const host = await startServer(t, (socket) => {
      ended = once(socket, 'close');
      resume = () => socket.resume();
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Too much\r\ncontent-length: 0\r\n\r\n');
        socket.on('data', (bytes) => received.push(bytes));
      });
    });
    const { transport } = startTransport(t, 'http/protobuf', `http://${host}`);
    const message = Buffer.alloc(64 * 1024 * 1024, 'a');
    assert.deepEqual(await transport.send([message], PATIENCE_MS), refused('split', '413', '413 Too much'));
    message.fill('b');
    resume();
    await ended;
    assert.ok(!Buffer.concat(received).includes('b'));
  });

  test('the query of the endpoint is sent, and not told', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const url = `${receiver.endpoint}/otlp/v1/logs?key=t0ps3cret`;
    const { transport } = startTransport(t, 'http/protobuf', receiver.endpoint, { url });
    receiver.next(refuse(404, { message: 'Cannot POST /otlp/v1/logs?key=t0ps3cret' }));
    const { message } = await transport.send([encodedExport('a')], PATIENCE_MS);
    assert.equal(message, '404 Not Found: Cannot POST /otlp/v1/logs?***');
    assert.equal(receiver.requests[0]?.headers[':path'], '/otlp/v1/logs?key=t0ps3cret');
  });
});

describe('connections over gRPC', () => {
  test('after three time-outs in a row the next export has a new one', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint);
    receiver.next(hang(), hang(), refuse(14), hang(), hang(), hang());
    for (let i = 0; i < 7; i++)
      await transport.send([encodedExport('a')], i === 2 || i === 6 ? PATIENCE_MS : 50);
    assert.deepEqual(
      receiver.requests.map(({ connection }) => connection),
      [1, 1, 1, 1, 1, 1, 2],
    );
  });

  test('an answer that is still to come keeps the old one', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint);
    const late = held();
    receiver.next(late.answer, hang(), hang(), hang());
    const answer = transport.send([encodedExport('late')], PATIENCE_MS);
    await receiver.until(() => receiver.requests[0], 'the first request');
    for (let i = 0; i < 3; i++) await transport.send([encodedExport('a')], 50);
    assert.deepEqual(await transport.send([encodedExport('next')], PATIENCE_MS), ACCEPTED);
    assert.deepEqual([receiver.requests[4]?.connection, receiver.connections], [2, 2]);
    late.release();
    assert.deepEqual(await answer, ACCEPTED);
    assert.deepEqual(bodiesOf(receiver.accepted), ['next', 'late']);
  });
});
