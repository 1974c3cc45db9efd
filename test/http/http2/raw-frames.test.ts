// What a client of HTTP/2 only does that writes its frames itself (RFC 9113 section 4.1).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { sendReset } from '../../support/send-reset.ts';
import { Observed } from '../support/observed.ts';
import { type Served, serveH2c } from './support/servers.ts';

const TYPE = { data: 0, headers: 1, reset: 3, settings: 4 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const CANCEL = Buffer.from([0, 0, 0, 8]);

function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

const START = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(TYPE.settings, 0, 0, Buffer.alloc(0)),
]);
/** `GET`, `http`, `/` and the authority `x` (RFC 7541 appendix A, section 6.2.1). */
const REQUEST = Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x78]);

function connectTo(t: TestContext, { port }: Served, frames: Buffer): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.write(frames);
  t.after(() => socket.destroy());
  return socket;
}

function get(streamId: number): Buffer {
  return frame(TYPE.headers, END_STREAM | END_HEADERS, streamId, REQUEST);
}

describe('a client that writes frames itself', () => {
  test('resets its streams in the packet in which it opens them: a record for each, with the peer', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) => stream.on('error', () => undefined)),
    );
    const ids = [1, 3, 5, 7, 9];
    const streams = ids.flatMap((id) => [get(id), frame(TYPE.reset, 0, id, CANCEL)]);
    connectTo(t, served, Buffer.concat([START, ...streams]));
    const exchanges = await observed.ended(ids.length);
    assert.deepEqual(
      exchanges.map(({ outcome, errorCode, statusCode, connection }) => [
        outcome,
        errorCode,
        statusCode,
        connection.remoteAddress,
      ]),
      ids.map(() => ['aborted', 'NGHTTP2_CANCEL', undefined, '127.0.0.1']),
    );
    assert.equal(observed.observer.openExchanges, 0);
  });

  test('resets the TCP connection: the code of the socket', async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) => stream.on('error', () => undefined)),
    );
    const arrived = once(served.server, 'stream');
    const socket = connectTo(t, served, Buffer.concat([START, get(1)]));
    await arrived;
    // Both SETTINGS frames: a server that still has something to write does not read the reset.
    while (socket.bytesRead < 18) await once(socket, 'data');
    sendReset(socket);
    const [exchange] = await observed.ended(1);
    assert.deepEqual([exchange?.outcome, exchange?.errorCode], ['aborted', 'ECONNRESET']);
  });

  // Node 20 sends GOAWAY, and then closes neither the session nor its streams, even when the connection is gone.
  const skip = process.versions.node.startsWith('20.');
  test('breaks the protocol while a stream is open: the code of the session', { skip }, async (t) => {
    const observed = new Observed(t);
    const served = await serveH2c(t, (server) =>
      server.on('stream', (stream) => stream.on('error', () => undefined)),
    );
    const arrived = once(served.server, 'stream');
    const socket = connectTo(t, served, Buffer.concat([START, get(1)]));
    await arrived;
    // DATA belongs to a stream (RFC 9113 section 6.1).
    socket.write(frame(TYPE.data, 0, 0, Buffer.from('x')));
    const [exchange] = await observed.ended(1);
    assert.deepEqual([exchange?.outcome, exchange?.errorCode], ['aborted', 'ERR_HTTP2_ERROR']);
  });

  const preface = START.subarray(0, 24);
  const notHttp2: readonly (readonly [string, string | Buffer])[] = [
    ['HTTP/1', 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['TLS', Buffer.from('1603010200010001fc0303'.padEnd(96, '0'), 'hex')],
    ['another frame than SETTINGS first', Buffer.concat([preface, frame(TYPE.reset, 0, 1, CANCEL)])],
  ];
  for (const [name, bytes] of notHttp2) {
    test(`sends ${name}: rejected, on the first connection and on the next`, async (t) => {
      const observed = new Observed(t);
      const served = await serveH2c(t, () => undefined);
      for (let count = 1; count <= 2; count += 1) {
        const socket = connectTo(t, served, Buffer.from(bytes));
        await once(socket, 'close');
        const exchange = (await observed.ended(count))[count - 1];
        assert.ok(exchange);
        const { method, target, httpVersion, statusCode, outcome, errorCode, connection } = exchange;
        assert.deepEqual([method, target, httpVersion, statusCode], ['', '', '', undefined]);
        assert.deepEqual([outcome, errorCode], ['rejected', 'ERR_HTTP2_ERROR']);
        assert.deepEqual([connection.remoteAddress, connection.localPort], ['127.0.0.1', served.port]);
        assert.ok(exchange.durationMs >= 0);
      }
      assert.deepEqual([observed.observer.openExchanges, observed.errors], [0, []]);
    });
  }
});
