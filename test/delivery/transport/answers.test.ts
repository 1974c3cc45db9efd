import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { protocolHint } from '../../../src/delivery/transport/response/other-protocol.ts';
import type { Answer } from '../../../src/delivery/transport/transport.ts';
import {
  accept,
  hang,
  lostAnswer,
  raw,
  refuse,
  reset,
  richStatus,
  rst,
  type ScriptedAnswer,
  slow,
  startScriptedReceiver,
} from '../../support/scripted-receiver.ts';
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

const MESSAGE = encodedExport('a', 'b', 'c');
const derive = promisify(pbkdf2);
const accepted = (rejected: number, message: string): Answer => ({ kind: 'accepted', rejected, message });

describe('answers over gRPC', () => {
  const cases: readonly [name: string, answer: ScriptedAnswer, expected: Answer][] = [
    ['success', accept(), ACCEPTED],
    ['partial success', accept({ rejected: 2, message: 'too old' }), accepted(2, 'too old')],
    ['a warning', accept({ message: 'slow down' }), accepted(0, 'slow down')],
    ['garbage for a message', accept({ body: Buffer.from('garbage') }), ACCEPTED],
    ['CANCELLED', refuse(1), refused('wait', 'CANCELLED', '1 CANCELLED:')],
    ['UNKNOWN', refuse(2, { message: 'x' }), refused('isolate', 'UNKNOWN', '2 UNKNOWN: x')],
    [
      'INVALID_ARGUMENT',
      refuse(3, { message: 'x' }),
      refused('isolate', 'INVALID_ARGUMENT', '3 INVALID_ARGUMENT: x'),
    ],
    [
      'DEADLINE_EXCEEDED',
      refuse(4, { message: 'x' }),
      refused('wait', 'DEADLINE_EXCEEDED', '4 DEADLINE_EXCEEDED: x'),
    ],
    ['NOT_FOUND', refuse(5, { message: 'x' }), refused('none', 'NOT_FOUND', '5 NOT_FOUND: x')],
    ['ALREADY_EXISTS', refuse(6, { message: 'x' }), refused('none', 'ALREADY_EXISTS', '6 ALREADY_EXISTS: x')],
    [
      'PERMISSION_DENIED',
      refuse(7, { message: 'x' }),
      refused('none', 'PERMISSION_DENIED', '7 PERMISSION_DENIED: x'),
    ],
    [
      'RESOURCE_EXHAUSTED',
      refuse(8, { message: 'quota' }),
      refused('none', 'RESOURCE_EXHAUSTED', '8 RESOURCE_EXHAUSTED: quota'),
    ],
    [
      'RESOURCE_EXHAUSTED with RetryInfo',
      refuse(8, { message: 'quota', retryInfoMs: 1500 }),
      refused('wait', 'RESOURCE_EXHAUSTED', '8 RESOURCE_EXHAUSTED: quota', 1500),
    ],
    ...[
      'grpc: received message larger than max (5000000 vs 4194304)',
      'Received message larger than max (5000000 vs 4194304)',
      'gRPC message exceeds maximum size 4194304: 5000000',
      'Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes',
    ].map((message): [string, ScriptedAnswer, Answer] => [
      message,
      refuse(8, { message }),
      refused('split', 'RESOURCE_EXHAUSTED', `8 RESOURCE_EXHAUSTED: ${message}`),
    ]),
    [
      'OUT_OF_RANGE with "too large"',
      refuse(11, { message: 'decoded message length too large' }),
      refused('split', 'OUT_OF_RANGE', '11 OUT_OF_RANGE: decoded message length too large'),
    ],
    [
      'words of another error',
      refuse(8, { message: 'the label is too large: 5000 exceeds max size 4096' }),
      refused(
        'none',
        'RESOURCE_EXHAUSTED',
        '8 RESOURCE_EXHAUSTED: the label is too large: 5000 exceeds max size 4096',
      ),
    ],
    [
      'FAILED_PRECONDITION',
      refuse(9, { message: 'x' }),
      refused('none', 'FAILED_PRECONDITION', '9 FAILED_PRECONDITION: x'),
    ],
    ['ABORTED', refuse(10, { message: 'x' }), refused('wait', 'ABORTED', '10 ABORTED: x')],
    ['OUT_OF_RANGE', refuse(11, { message: 'x' }), refused('wait', 'OUT_OF_RANGE', '11 OUT_OF_RANGE: x')],
    ['UNIMPLEMENTED', refuse(12, { message: 'x' }), refused('none', 'UNIMPLEMENTED', '12 UNIMPLEMENTED: x')],
    ['INTERNAL', refuse(13, { message: 'x' }), refused('isolate', 'INTERNAL', '13 INTERNAL: x')],
    ['UNAVAILABLE', refuse(14, { message: 'x' }), refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: x')],
    [
      'UNAVAILABLE with RetryInfo',
      refuse(14, { message: 'x', retryInfoMs: 250 }),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: x', 250),
    ],
    [
      'INVALID_ARGUMENT with RetryInfo',
      refuse(3, { message: 'x', retryInfoMs: 250 }),
      refused('isolate', 'INVALID_ARGUMENT', '3 INVALID_ARGUMENT: x'),
    ],
    [
      'details that are garbage',
      refuse(14, { headers: { 'grpc-status-details-bin': Buffer.from('garbage').toString('base64') } }),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE:'),
    ],
    ['DATA_LOSS', refuse(15, { message: 'x' }), refused('wait', 'DATA_LOSS', '15 DATA_LOSS: x')],
    [
      'UNAUTHENTICATED',
      refuse(16, { message: 'x' }),
      refused('none', 'UNAUTHENTICATED', '16 UNAUTHENTICATED: x'),
    ],
    [
      'a proxy with 413',
      refuse(413),
      refused('split', 'UNKNOWN', '2 UNKNOWN: Received HTTP status code 413'),
    ],
    [
      'a proxy with 503',
      refuse(503),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: Received HTTP status code 503'),
    ],
    [
      'a stream that is reset with INTERNAL_ERROR',
      rst(2),
      refused('wait', 'INTERNAL', '13 INTERNAL: the stream was reset (INTERNAL_ERROR)'),
    ],
    [
      'a stream that is reset with ENHANCE_YOUR_CALM',
      rst(11),
      refused('wait', 'RESOURCE_EXHAUSTED', '8 RESOURCE_EXHAUSTED: the stream was reset (ENHANCE_YOUR_CALM)'),
    ],
    [
      'a long message',
      refuse(14, { message: 'x'.repeat(400) }),
      refused('wait', 'UNAVAILABLE', `14 UNAVAILABLE: ${'x'.repeat(104)} … ${'x'.repeat(177)}`),
    ],
    [
      'a message of several lines',
      refuse(14, { message: 'a\n\tb\u001b[1m ' }),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: a b [1m'),
    ],
  ];
  test('one after the other on one connection', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint);
    for (const [name, answer, expected] of cases) {
      receiver.next(answer);
      await t.test(name, async () => {
        assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), expected);
      });
    }
    assert.equal(receiver.connections, 1);
    // Four successes, one of them without the last two records.
    assert.equal(receiver.accepted.length, 4 * 3 - 2);
  });

  test('the status counts, whatever stands before it', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint);
    receiver.next(
      raw(''),
      raw('\u0000'),
      raw('garbage that is no frame'),
      raw('\u0001\u0000\u0000\u0000\u0001x'),
    );
    for (let i = 0; i < 4; i++) assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
  });
});

describe('answers over HTTP', () => {
  // So long that the byte of its length is a letter.
  const BEHIND = 'entry of stream {app="shop"} ignored: too far behind';
  const json = { 'content-type': 'application/json' };
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const date = 'Mon, 23 Nov 2026 10:00:00 GMT';
  const page = Buffer.from('<html>welcome</html>');
  const cases: readonly [name: string, answer: ScriptedAnswer, expected: Answer][] = [
    ['success', accept(), ACCEPTED],
    ['partial success', accept({ rejected: 2, message: 'too old' }), accepted(2, 'too old')],
    ['a warning', accept({ message: 'slow down' }), accepted(0, 'slow down')],
    ['garbage for a message', accept({ body: Buffer.from('garbage') }), { ...ACCEPTED, foreign: 'garbage' }],
    ['204', refuse(204, { body: Buffer.alloc(0) }), ACCEPTED],
    ['202', refuse(202, { body: Buffer.alloc(0) }), ACCEPTED],
    [
      'a page for a browser',
      refuse(200, { headers: html, body: page }),
      refused('wait', '200', '200, with a page for a browser: that is no OTLP receiver'),
    ],
    ['301', refuse(301), refused('none', '301', '301 Moved Permanently')],
    [
      '307',
      refuse(307, { headers: { location: 'https://me:s3cret@c.example/first/t0ken/v1/logs?key=s3cret' } }),
      refused('none', '307', '307 Temporary Redirect: to https://c.example/first/…/v1/logs'),
    ],
    [
      '308 to a place that is no URL',
      refuse(308, { headers: { location: 'http://[' } }),
      refused('none', '308', '308 Permanent Redirect'),
    ],
    [
      'a google.rpc.Status that is called something else',
      refuse(400, {
        headers: { 'content-type': 'application/octet-stream' },
        body: richStatus(3, BEHIND),
      }),
      refused('isolate', '400', `400 Bad Request: ${BEHIND}`),
    ],
    [
      'a google.rpc.Status without its code',
      refuse(400, { headers: { 'content-type': '' }, body: richStatus(0, BEHIND).subarray(2) }),
      refused('isolate', '400', `400 Bad Request: ${BEHIND}`),
    ],
    [
      'bytes that are no google.rpc.Status',
      refuse(400, {
        headers: { 'content-type': 'application/octet-stream' },
        body: Buffer.from('no status'),
      }),
      refused('isolate', '400', '400 Bad Request: no status'),
    ],
    [
      'a long message with the reason at its end',
      refuse(400, {
        message: `write operation failed: ${'{stream="x"} '.repeat(2000)} reason: timestamp too old`,
      }),
      refused(
        'isolate',
        '400',
        `400 Bad Request: write operation failed: ${'{stream="x"} '.repeat(7).slice(0, 79)} … ` +
          `${'{stream="x"} '.repeat(14).slice(-152)}reason: timestamp too old`,
      ),
    ],
    ['400', refuse(400, { message: 'bad' }), refused('isolate', '400', '400 Bad Request: bad')],
    [
      '400 in JSON',
      refuse(400, { headers: json, body: Buffer.from('{"message":\n"bad"}') }),
      refused('isolate', '400', '400 Bad Request: bad'),
    ],
    [
      '400 of a Collector that takes less at once',
      refuse(400, { message: 'http: request body too large' }),
      refused('split', '400', '400 Bad Request: http: request body too large'),
    ],
    [
      '400 with words of another error',
      refuse(400, { message: 'an attribute is too large' }),
      refused('isolate', '400', '400 Bad Request: an attribute is too large'),
    ],
    ['401', refuse(401, { message: 'who?' }), refused('none', '401', '401 Unauthorized: who?')],
    ['403', refuse(403), refused('none', '403', '403 Forbidden')],
    ['404 with a page', refuse(404, { headers: html, body: page }), refused('none', '404', '404 Not Found')],
    ['405', refuse(405), refused('none', '405', '405 Method Not Allowed')],
    ['408', refuse(408), refused('none', '408', '408 Request Timeout')],
    ['413', refuse(413), refused('split', '413', '413 Payload Too Large')],
    ['415', refuse(415), refused('none', '415', '415 Unsupported Media Type')],
    ['422', refuse(422), refused('isolate', '422', '422 Unprocessable Entity')],
    ['429', refuse(429), refused('wait', '429', '429 Too Many Requests')],
    [
      '429 with Retry-After',
      refuse(429, { headers: { 'retry-after': '3' } }),
      refused('wait', '429', '429 Too Many Requests', 3000),
    ],
    [
      'Retry-After as a date',
      refuse(503, { headers: { date, 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT' } }),
      refused('wait', '503', '503 Service Unavailable', 30_000),
    ],
    [
      'Retry-After in the past',
      refuse(503, { headers: { date, 'retry-after': 'Mon, 23 Nov 2026 09:00:30 GMT' } }),
      refused('wait', '503', '503 Service Unavailable', 0),
    ],
    [
      'Retry-After that is neither',
      refuse(503, { headers: { 'retry-after': 'soon' } }),
      refused('wait', '503', '503 Service Unavailable'),
    ],
    [
      '400 with Retry-After',
      refuse(400, { headers: { 'retry-after': '3' } }),
      refused('isolate', '400', '400 Bad Request'),
    ],
    ['500', refuse(500, { message: 'oops' }), refused('isolate', '500', '500 Internal Server Error: oops')],
    ['501', refuse(501), refused('none', '501', '501 Not Implemented')],
    ['502', refuse(502), refused('wait', '502', '502 Bad Gateway')],
    ['504', refuse(504), refused('wait', '504', '504 Gateway Timeout')],
    [
      'a long message',
      refuse(503, { message: 'x'.repeat(100_000) }),
      refused('wait', '503', `503 Service Unavailable: ${'x'.repeat(95)} … ${'x'.repeat(177)}`),
    ],
  ];
  test('one after the other', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const { transport } = startTransport(t, 'http/protobuf', receiver.endpoint);
    for (const [name, answer, expected] of cases) {
      receiver.next(answer);
      await t.test(name, async () => {
        assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), expected);
      });
    }
    // All but the last left the connection as it was.
    assert.equal(receiver.connections, 1);
    assert.equal(receiver.requests.length, cases.length);
    assert.equal(receiver.accepted.length, 4 * 3 - 2);
  });

  test('a batch that is refused before it is read', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const { transport } = startTransport(t, 'http/protobuf', receiver.endpoint);
    receiver.next(refuse(413, { early: true }));
    const large = encodedExport('x'.repeat(8 * 1024 * 1024));
    assert.deepEqual(
      await transport.send([large], PATIENCE_MS),
      refused('split', '413', '413 Payload Too Large'),
    );
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
  });

  test('an answer that is no HTTP', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf' });
    const { transport } = startTransport(t, 'http/protobuf', receiver.endpoint);
    receiver.next(raw('garbage\r\n\r\n'), raw(''), raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'));
    const garbage = {
      remedy: 'wait',
      errorType: 'HPE_INVALID_CONSTANT',
      hint: protocolHint('http/protobuf', 'another'),
    } as const;
    await assertRefused(
      transport.send([MESSAGE], PATIENCE_MS),
      garbage,
      /^Parse Error: .*HPE_INVALID_CONSTANT/,
    );
    const nothing = { remedy: 'wait', errorType: 'ECONNRESET' } as const;
    await assertRefused(transport.send([MESSAGE], PATIENCE_MS), nothing, /^socket hang up \(ECONNRESET\)$/);
    // The head has said it.
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    receiver.next(raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', { open: true }));
    assert.deepEqual(await transport.send([MESSAGE], 150), { ...ACCEPTED, foreign: 'half' });
    receiver.next(raw('HTTP/1.1 503 Wait\r\ncontent-length: 9\r\n\r\nhalf', { open: true }));
    assert.deepEqual(await transport.send([MESSAGE], 150), refused('wait', '503', '503 Wait: half'));
  });
});

for (const protocol of PROTOCOLS) {
  const isGrpc = protocol === 'grpc';
  describe(`no answer over ${protocol}`, () => {
    const broken = { remedy: 'wait', errorType: isGrpc ? 'UNAVAILABLE' : 'ECONNRESET' } as const;
    for (const [name, answer, taken] of [
      ['at the head', reset('head'), 0],
      ['in the middle', reset('body'), 0],
      ['instead of the answer', reset('answer'), 0],
      ['and the records were taken', lostAnswer(), 3],
    ] as const) {
      test(`the connection is reset ${name}`, async (t) => {
        const receiver = await startScriptedReceiver(t, { protocol });
        const { transport } = startTransport(t, protocol, receiver.endpoint);
        receiver.next(answer);
        const message = name === 'in the middle' ? encodedExport('x'.repeat(4_000_000)) : MESSAGE;
        await assertRefused(
          transport.send([message], PATIENCE_MS),
          broken,
          /ECONNRESET|EPIPE|the connection was closed/,
        );
        assert.equal(receiver.accepted.length, taken);
        assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      });
    }

    test('a receiver that is slow', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      receiver.always(slow(20));
      for (let i = 0; i < 2; i++) assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });

    test('a receiver that hangs', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      receiver.next(hang());
      const expected = isGrpc
        ? refused('wait', 'DEADLINE_EXCEEDED', '4 DEADLINE_EXCEEDED: no answer within 150 ms')
        : refused('wait', 'ETIMEDOUT', 'no answer within 150 ms (ETIMEDOUT)');
      assert.deepEqual(await transport.send([MESSAGE], 150), expected);
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });

    for (const scheme of ['http', 'https']) {
      test(`a port that takes connections and says nothing, ${scheme}`, async (t) => {
        const sockets: Socket[] = [];
        const host = await startServer(t, (socket) => sockets.push(socket));
        const { transport } = startTransport(t, protocol, `${scheme}://${host}`);
        const expected = isGrpc
          ? refused('wait', 'DEADLINE_EXCEEDED', '4 DEADLINE_EXCEEDED: no connection within 100 ms')
          : refused('wait', 'ETIMEDOUT', 'no answer within 100 ms (ETIMEDOUT)');
        assert.deepEqual(await transport.send([MESSAGE], 100), expected);
        assert.deepEqual(await transport.send([MESSAGE], 100), expected);
        // Each time a new one: nobody says that the first is dead.
        assert.equal(sockets.length, 2);
        const closed = sockets.map((socket) => socket.closed || once(socket.resume(), 'close'));
        transport.close();
        await Promise.all(closed);
      });
    }

    test('nobody listens, and then somebody does: at once', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      await receiver.down();
      const expected = { remedy: 'wait', errorType: isGrpc ? 'UNAVAILABLE' : 'ECONNREFUSED' } as const;
      for (let i = 0; i < 3; i++) {
        await assertRefused(
          transport.send([MESSAGE], PATIENCE_MS),
          expected,
          /^(?:14 UNAVAILABLE: )?connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
        );
      }
      await receiver.up();
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      await receiver.down();
      // Over gRPC that may be the connection that nobody has missed yet.
      await assertRefused(
        transport.send([MESSAGE], PATIENCE_MS),
        expected,
        /ECONN|the connection was closed/,
      );
      await receiver.up();
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });

    test('a name that does not exist', async (t) => {
      const { transport } = startTransport(t, protocol, 'http://no.such.host.invalid:4317');
      const expected = isGrpc
        ? { remedy: 'wait', errorType: 'UNAVAILABLE' }
        : { remedy: 'wait', errorType: 'ENOTFOUND' };
      const answer = await transport.send([MESSAGE], PATIENCE_MS);
      assert.ok(answer.kind === 'refused');
      assert.equal(answer.remedy, expected.remedy);
      assert.match(answer.message, /no\.such\.host\.invalid/);
    });

    test('the other protocol on the port', async (t) => {
      const other = isGrpc ? 'http/protobuf' : 'grpc';
      const receiver = await startScriptedReceiver(t, { protocol: other });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      const answer = await transport.send([MESSAGE], PATIENCE_MS);
      assert.ok(answer.kind === 'refused' && answer.remedy === 'wait', JSON.stringify(answer));
    });

    test('what is being compressed is given up in time, and by close', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint, { compression: 'gzip' });
      // Every thread that could compress, for longer than the time-out.
      const busy = Array.from({ length: 4 }, () => derive('a', 'b', 2_000_000, 64, 'sha512'));
      const order: string[] = [];
      void Promise.race(busy).then(() => order.push('free'));
      const [late, cancelled] = [transport.send([MESSAGE], 50), transport.send([MESSAGE], PATIENCE_MS)];
      assert.equal((await late).kind, 'refused');
      order.push('late');
      transport.close();
      await assertRefused(cancelled, { remedy: 'wait', errorType: 'CANCELLED' }, /cancelled/);
      assert.deepEqual(order, ['late']);
      await Promise.all(busy);
      assert.equal(receiver.requests.length, 0);
    });

    test('close cancels what is under way, and what comes later', async (t) => {
      const receiver = await startScriptedReceiver(t, { protocol });
      const { transport } = startTransport(t, protocol, receiver.endpoint);
      receiver.next(hang(), hang());
      const answers = [transport.send([MESSAGE], PATIENCE_MS), transport.send([MESSAGE], PATIENCE_MS)];
      await receiver.until(() => receiver.requests[1], 'two requests');
      transport.close();
      transport.close();
      answers.push(transport.send([MESSAGE], PATIENCE_MS));
      for (const answer of answers) {
        await assertRefused(
          answer,
          { remedy: 'wait', errorType: 'CANCELLED' },
          /cancelled: the transport is closed/,
        );
      }
      assert.equal(receiver.requests.length, 2);
    });
  });
}
