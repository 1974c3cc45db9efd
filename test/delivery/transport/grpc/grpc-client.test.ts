import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import {
  createServer,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeResponse } from '../../../../src/cli/receiver/otlp-response.ts';
import { protocolHint } from '../../../../src/delivery/transport/response/other-protocol.ts';
import { createAuthority } from '../../../support/authority.ts';
import { startConnectProxy } from '../../../support/connect-proxy.ts';
import type { TestOwner } from '../../../support/owner.ts';
import { startScriptedReceiver } from '../../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  encodedExport,
  PATIENCE_MS,
  refused,
  startServer,
  startTransport,
} from '../support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');
const OTHER = protocolHint('grpc', 'another');

type Serve = (stream: ServerHttp2Stream, body: Buffer, headers: IncomingHttpHeaders) => void;

interface Http2Receiver {
  readonly endpoint: string;
  readonly sessions: readonly Http2Session[];
}

/** An HTTP/2 server on a free port, or on a socket, that hands over each request once it is read. */
async function startHttp2(
  owner: TestOwner,
  serve: Serve,
  given: {
    readonly settings?: Parameters<typeof createServer>[0];
    readonly path?: string;
    /** Answers some of the requests before they are read. */
    readonly early?: (stream: ServerHttp2Stream) => boolean;
  } = {},
): Promise<Http2Receiver> {
  const sessions: Http2Session[] = [];
  const server: Http2Server = createServer(given.settings ?? {});
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    if (given.early?.(stream)) return;
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => serve(stream, Buffer.concat(chunks), headers));
  });
  await new Promise<void>((resolve) => server.listen(given.path ?? { port: 0, host: '127.0.0.1' }, resolve));
  owner.after(async () => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  const endpoint = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : `unix://${address}`;
  return { endpoint, sessions };
}

/** Answers with that body, and that status in the trailers. */
function answer(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders, body?: Buffer, head = {}): void {
  stream.respond({ 'content-type': 'application/grpc', ...head }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

function frame(message: Buffer, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const OK = { 'grpc-status': '0' };
const TAKEN = frame(Buffer.from(encodeResponse(undefined)));
const take: Serve = (stream) => answer(stream, OK, TAKEN);

describe('answers of gRPC', () => {
  const partial = Buffer.from(encodeResponse({ rejectedLogRecords: 2, errorMessage: 'too old' }));
  const rejected = { kind: 'accepted', rejected: 2, message: 'too old' } as const;
  const status = (code: string, message: string) => ({ 'grpc-status': code, 'grpc-message': message });
  const cases: readonly [name: string, serve: Serve, expected: unknown][] = [
    [
      'compressed',
      (stream) => answer(stream, OK, frame(gzipSync(partial), 1), { 'grpc-encoding': 'gzip' }),
      rejected,
    ],
    [
      'compressed, and cut off: its beginning counts',
      (stream) =>
        answer(stream, OK, frame(gzipSync(partial).subarray(0, -8), 1), { 'grpc-encoding': 'gzip' }),
      rejected,
    ],
    [
      'compressed, and much longer: its beginning counts',
      (stream) => {
        const bomb = gzipSync(Buffer.concat([partial, Buffer.alloc(20_000_000)]));
        answer(stream, OK, frame(bomb, 1), { 'grpc-encoding': 'gzip' });
      },
      rejected,
    ],
    [
      'compressed, and garbage',
      (stream) => answer(stream, OK, frame(Buffer.from('garbage'), 1), { 'grpc-encoding': 'gzip' }),
      ACCEPTED,
    ],
    [
      'compressed in a way that was not offered',
      (stream) => answer(stream, OK, frame(partial, 1), { 'grpc-encoding': 'br' }),
      ACCEPTED,
    ],
    [
      'longer than 4 MiB: its beginning counts',
      (stream) => answer(stream, OK, frame(Buffer.concat([partial, Buffer.alloc(5 * 1024 * 1024)]))),
      rejected,
    ],
    [
      'longer than 8 MiB',
      (stream) => answer(stream, OK, frame(Buffer.concat([partial, Buffer.alloc(9 * 1024 * 1024)]))),
      refused('wait', 'INTERNAL', '13 INTERNAL: the answer is too long'),
    ],
    [
      'percent-encoded words',
      (stream) => answer(stream, status('14', 'zu voll: 100%25 %C3%BC')),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: zu voll: 100% ü'),
    ],
    [
      'words that are not percent-encoded',
      (stream) => answer(stream, status('14', '100% full')),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: 100% full'),
    ],
    [
      'a status that nobody knows',
      (stream) => answer(stream, status('42', 'what?')),
      refused('isolate', 'UNKNOWN', '2 UNKNOWN: what?'),
    ],
    [
      'a status that is no number',
      (stream) => answer(stream, status('', 'what?')),
      refused('isolate', 'UNKNOWN', '2 UNKNOWN: what?'),
    ],
    [
      'no status',
      (stream) => answer(stream, {}, TAKEN),
      refused('wait', 'UNKNOWN', '2 UNKNOWN: the answer has no status'),
    ],
    [
      'a page for a browser',
      (stream) => {
        stream.respond({ 'content-type': 'text/html' });
        stream.end('<html>welcome</html>');
      },
      { ...refused('wait', 'UNKNOWN', '2 UNKNOWN: text/html is no gRPC'), hint: OTHER },
    ],
    ...(
      [
        [400, 'isolate', 'INTERNAL', 13],
        [401, 'none', 'UNAUTHENTICATED', 16],
        [403, 'none', 'PERMISSION_DENIED', 7],
        [404, 'none', 'UNIMPLEMENTED', 12],
        [413, 'split', 'UNKNOWN', 2],
        [429, 'wait', 'UNAVAILABLE', 14],
        [500, 'isolate', 'UNKNOWN', 2],
        [502, 'wait', 'UNAVAILABLE', 14],
        [504, 'wait', 'UNAVAILABLE', 14],
      ] as const
    ).map(([code, remedy, name, number]): [string, Serve, unknown] => [
      `HTTP ${code} with a page`,
      (stream) => {
        stream.respond({ ':status': code, 'content-type': 'text/html' });
        stream.end('<html>no</html>');
      },
      {
        ...refused(remedy, name, `${number} ${name}: Received HTTP status code ${code}`),
        ...(code === 404 && { hint: OTHER }),
      },
    ]),
    [
      'HTTP 503 that does not end',
      (stream) => stream.respond({ ':status': 503 }),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: Received HTTP status code 503'),
    ],
    [
      'a status in the head counts, whatever the HTTP status is',
      (stream) => stream.respond({ ':status': 503, ...status('8', 'quota') }, { endStream: true }),
      refused('none', 'RESOURCE_EXHAUSTED', '8 RESOURCE_EXHAUSTED: quota'),
    ],
    [
      'a status in a head that is not all counts for nothing',
      (stream) => answer(stream, status('14', 'no'), TAKEN, OK),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: no'),
    ],
    [
      'a status in a head, and then nothing',
      (stream) => {
        stream.respond({ 'content-type': 'application/grpc', ...OK }, { waitForTrailers: true });
        stream.write(TAKEN, () => stream.close(2));
      },
      refused('wait', 'INTERNAL', '13 INTERNAL: the stream was reset (INTERNAL_ERROR)'),
    ],
    [
      'one of which the end is missing',
      (stream) => {
        stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.write(TAKEN, () => stream.close(2));
      },
      refused('wait', 'INTERNAL', '13 INTERNAL: the stream was reset (INTERNAL_ERROR)'),
    ],
  ];
  for (const [name, serve, expected] of cases) {
    test(name, async (t) => {
      const { endpoint } = await startHttp2(t, serve);
      const { transport } = startTransport(t, 'grpc', endpoint);
      const timeoutMs = name.includes('does not end') ? 150 : PATIENCE_MS;
      assert.deepEqual(await transport.send([MESSAGE], timeoutMs), expected);
    });
  }
});

describe('messages of gRPC', () => {
  const large = encodedExport('x'.repeat(3_000_000));

  test('arrive whole, whatever their parts are, with windows of 64 KiB', async (t) => {
    const bodies: Buffer[] = [];
    const { endpoint } = await startHttp2(t, (stream, body) => {
      bodies.push(body);
      answer(stream, OK, TAKEN);
    });
    const { transport } = startTransport(t, 'grpc', endpoint);
    const piece = 256 * 1024;
    const bytes = Buffer.from(Array.from({ length: 5 * piece + 3 }, (_, index) => index * 7 + (index >> 8)));
    const lengths = [[1], [piece - 5], [piece - 4], [3, piece], [piece, 0, 2 * piece], [bytes.length]];
    for (const cuts of [...lengths, Array.from({ length: 900 }, () => 1000)]) {
      let at = 0;
      const parts = cuts.map((length) => {
        at += length;
        return bytes.subarray(at - length, at);
      });
      assert.deepEqual(await transport.send(parts, PATIENCE_MS), ACCEPTED);
      assert.ok(bodies.pop()?.equals(frame(bytes.subarray(0, at))), `${cuts}`);
    }
  });

  test('one that times out in the middle leaves the connection to the others', async (t) => {
    const settings = { settings: { initialWindowSize: 1000 } };
    const bodies: number[] = [];
    const server = await startHttp2(
      t,
      (stream, body) => {
        bodies.push(body.length);
        answer(stream, OK, TAKEN);
      },
      { settings },
    );
    const { transport } = startTransport(t, 'grpc', server.endpoint);
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    server.sessions[0]?.once('stream', (stream: ServerHttp2Stream) => stream.pause());
    const [first, second] = [transport.send([large], 300), transport.send([MESSAGE], PATIENCE_MS)];
    assert.deepEqual(await second, ACCEPTED);
    assert.deepEqual(
      await first,
      refused('wait', 'DEADLINE_EXCEEDED', '4 DEADLINE_EXCEEDED: no answer within 300 ms'),
    );
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    assert.deepEqual([bodies.length, server.sessions.length], [3, 1]);
  });

  test('a stream that is reset with NO_ERROR while it is written is over at once', async (t) => {
    const early = (stream: ServerHttp2Stream): boolean => {
      stream.close(0);
      return true;
    };
    const { endpoint, sessions } = await startHttp2(t, take, { early });
    const { transport } = startTransport(t, 'grpc', endpoint);
    const reset = refused('wait', 'INTERNAL', '13 INTERNAL: the stream was reset (NO_ERROR)');
    for (let i = 0; i < 2; i++) assert.deepEqual(await transport.send([large], PATIENCE_MS), reset);
    assert.equal(sessions.length, 1);
  });

  test('what is answered before it is read is accepted, and nothing more of it is written', async (t) => {
    let received = 0;
    let earlyOnes = 0;
    const early = (stream: ServerHttp2Stream): boolean => {
      if (earlyOnes++ > 0) return false;
      stream.session?.socket.on('data', (bytes) => (received += bytes.length));
      answer(stream, OK, TAKEN);
      return true;
    };
    const { endpoint, sessions } = await startHttp2(t, take, { early });
    const { transport } = startTransport(t, 'grpc', endpoint);
    assert.deepEqual(await transport.send([large], PATIENCE_MS), ACCEPTED);
    // The connection may still hold some of it.
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    assert.equal(sessions.length, 2);
    assert.ok(received < large.length / 2, `${received}`);
  });

  for (const code of [0, 8]) {
    test(`what is answered before it is read, and then reset (${code}), is over`, async (t) => {
      const early = (stream: ServerHttp2Stream): boolean => {
        answer(stream, OK, TAKEN);
        stream.once('finish', () => setImmediate(() => stream.close(code)));
        return true;
      };
      const { endpoint } = await startHttp2(t, take, { early });
      const { transport } = startTransport(t, 'grpc', endpoint);
      const sent = Array.from({ length: 8 }, () => transport.send([large], PATIENCE_MS));
      for (const { kind, message } of await Promise.all(sent)) {
        // The connection goes with the first of them. (Node 20 can be made to write without end.)
        const told = /the connection was closed|answered before it was written|reset|has no status/;
        if (kind === 'refused') assert.match(message, told);
      }
    });
  }

  test('a stream that the receiver has not looked at is sent again at once, on another connection', async (t) => {
    let requests = 0;
    const early = (stream: ServerHttp2Stream): boolean => {
      if (++requests > 1) return false;
      stream.session?.goaway();
      stream.close(7);
      return true;
    };
    const server = await startHttp2(t, take, { early });
    const { transport } = startTransport(t, 'grpc', server.endpoint);
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    assert.deepEqual([requests, server.sessions.length], [2, 2]);
  });

  test('and once only', async (t) => {
    let requests = 0;
    const early = (stream: ServerHttp2Stream): boolean => {
      requests += 1;
      stream.close(7);
      return true;
    };
    const { endpoint } = await startHttp2(t, take, { early });
    const { transport } = startTransport(t, 'grpc', endpoint);
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: the stream was reset (REFUSED_STREAM)'),
    );
    assert.equal(requests, 2);
  });

  test('headers that are too long for HTTP/2 are refused for good', async (t) => {
    const { endpoint, sessions } = await startHttp2(t, take);
    const headers = { a: 'x'.repeat(40_000), b: 'y'.repeat(30_000) };
    const { transport } = startTransport(t, 'grpc', endpoint, { headers });
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused('none', 'TypeError', 'the headers are longer than 61440 bytes (TypeError)'),
    );
    assert.equal(sessions.length, 0);
  });

  test('headers of 60,000 bytes arrive', async (t) => {
    const { endpoint } = await startHttp2(t, take);
    const { transport } = startTransport(t, 'grpc', endpoint, { headers: { a: 'x'.repeat(60_000) } });
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
  });

  test('more at a time than the receiver takes wait for each other', async (t) => {
    let open = 0;
    let most = 0;
    const serve: Serve = (stream) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open -= 1;
        answer(stream, OK, TAKEN);
      });
    };
    const settings = { settings: { maxConcurrentStreams: 2 } };
    const { endpoint } = await startHttp2(t, serve, { settings });
    const { transport } = startTransport(t, 'grpc', endpoint);
    const sent = Array.from({ length: 7 }, () => transport.send([MESSAGE], PATIENCE_MS));
    assert.deepEqual(await Promise.all(sent), new Array(7).fill(ACCEPTED));
    assert.equal(most, 2);
  });
});

describe('connections of gRPC', () => {
  test('GOAWAY: what is under way ends there, what comes then goes elsewhere', async (t) => {
    const held: ServerHttp2Stream[] = [];
    const places: number[] = [];
    const server = await startHttp2(t, (stream) => {
      held.push(stream);
      if (stream.session !== undefined) places.push(server.sessions.indexOf(stream.session));
    });
    const { transport } = startTransport(t, 'grpc', server.endpoint);
    const first = transport.send([MESSAGE], PATIENCE_MS);
    while (held.length === 0) await new Promise(setImmediate);
    const [session] = server.sessions;
    session?.goaway();
    // Its answer to this comes after the GOAWAY has been read.
    await new Promise<void>((resolve, reject) =>
      session?.ping((error) => (error ? reject(error) : resolve())),
    );
    const second = transport.send([MESSAGE], PATIENCE_MS);
    while (held.length === 1) await new Promise(setImmediate);
    for (const stream of held) answer(stream, OK, TAKEN);
    assert.deepEqual(await Promise.all([first, second]), [ACCEPTED, ACCEPTED]);
    assert.deepEqual(places, [0, 1]);
    if (session?.destroyed === false) await once(session, 'close');
  });

  test('GOAWAY with an error: what is under way waits, and goes elsewhere', async (t) => {
    let isFirst = true;
    const server = await startHttp2(t, (stream) => {
      if (!isFirst) return answer(stream, OK, TAKEN);
      isFirst = false;
      stream.session?.goaway(11);
    });
    const { transport } = startTransport(t, 'grpc', server.endpoint);
    const { kind, message, ...others } = await transport.send([MESSAGE], PATIENCE_MS);
    assert.match(message, /^14 UNAVAILABLE: Session closed with error code .*\(ERR_HTTP2_SESSION_ERROR\)$/);
    assert.deepEqual(
      { kind, ...others },
      { kind: 'refused', remedy: 'wait', errorType: 'UNAVAILABLE', retryAfterMs: undefined },
    );
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    assert.equal(server.sessions.length, 2);
  });

  test('one that the receiver has closed meanwhile is replaced', async (t) => {
    const server = await startHttp2(t, take);
    const { transport } = startTransport(t, 'grpc', server.endpoint);
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    const [session] = server.sessions;
    session?.close();
    if (session?.destroyed === false) await once(session, 'close');
    // The end of the connection has to arrive; until then an export may fail, and waits.
    let answered = await transport.send([MESSAGE], PATIENCE_MS);
    if (answered.kind === 'refused') answered = await transport.send([MESSAGE], PATIENCE_MS);
    assert.deepEqual(answered, ACCEPTED);
    assert.equal(server.sessions.length, 2);
  });

  test('a socket of the system', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'socket-'));
    t.after(() => rm(folder, { recursive: true }));
    const heads: IncomingHttpHeaders[] = [];
    const serve: Serve = (stream, _body, headers) => {
      heads.push(headers);
      answer(stream, OK, TAKEN);
    };
    const { endpoint } = await startHttp2(t, serve, { path: join(folder, 'otel.sock') });
    const { transport } = startTransport(t, 'grpc', endpoint);
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    assert.equal(heads[0]?.[':authority'], 'localhost');
  });

  test('a socket that does not exist', async (t) => {
    const { transport } = startTransport(t, 'grpc', 'unix:///no/such.sock');
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused('wait', 'UNAVAILABLE', '14 UNAVAILABLE: connect ENOENT /no/such.sock'),
    );
  });
});

describe('through a proxy', () => {
  test('without TLS', async (t) => {
    const proxy = await startConnectProxy(t);
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint, {
      proxy: `http://me:p%40ss@${proxy.host}`,
    });
    for (let i = 0; i < 2; i++) assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    const target = `127.0.0.1:${receiver.port}`;
    const credentials = Buffer.from('me:p@ss').toString('base64');
    assert.deepEqual(proxy.asked, [[target, target, `Basic ${credentials}`]]);
    assert.equal(receiver.connections, 1);
  });

  test('with TLS to the receiver, by name', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
    t.after(() => rm(folder, { recursive: true }));
    const authority = await createAuthority();
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, authority.cert);
    const proxy = await startConnectProxy(t);
    const tls = await authority.issue('receiver');
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc', tls });
    const endpoint = `https://localhost:${receiver.port}`;
    const { transport } = startTransport(t, 'grpc', endpoint, {
      proxy: `http://${proxy.host}`,
      tls: { ca, cert: undefined, key: undefined },
    });
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    const target = `localhost:${receiver.port}`;
    assert.deepEqual(proxy.asked, [[target, target, undefined]]);
  });

  test('one that refuses is told, without its credentials, and waited for', async (t) => {
    const proxy = await startConnectProxy(t);
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const { transport } = startTransport(t, 'grpc', receiver.endpoint, {
      proxy: `http://me%zz:s3cret@${proxy.host}`,
    });
    proxy.status = 407;
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused('wait', 'UNAVAILABLE', `14 UNAVAILABLE: the proxy ${proxy.host} answered 407`),
    );
    proxy.status = 200;
    assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    // What is no percent-encoding stands for itself.
    const credentials = `Basic ${Buffer.from('me%zz:s3cret').toString('base64')}`;
    assert.deepEqual(
      proxy.asked.map(([, , given]) => given),
      [credentials, credentials],
    );
  });

  test('one that is something else, or not there', async (t) => {
    const receiver = await startScriptedReceiver(t, { protocol: 'grpc' });
    const host = await startServer(t, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
    });
    const other = startTransport(t, 'grpc', receiver.endpoint, { proxy: `http://${host}` }).transport;
    const answered = await other.send([MESSAGE], PATIENCE_MS);
    assert.ok(answered.kind === 'refused' && answered.remedy === 'wait', JSON.stringify(answered));
    const unused = createTcpServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const address = unused.address();
    assert.ok(typeof address === 'object' && address !== null);
    unused.close();
    await once(unused, 'close');
    const proxy = `http://127.0.0.1:${address.port}`;
    const { transport } = startTransport(t, 'grpc', receiver.endpoint, { proxy });
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused(
        'wait',
        'UNAVAILABLE',
        `14 UNAVAILABLE: the proxy 127.0.0.1:${address.port}: connect ECONNREFUSED 127.0.0.1:${address.port}`,
      ),
    );
    assert.equal(receiver.connections, 0);
  });

  test('one that says nothing', async (t) => {
    const closed: Promise<unknown>[] = [];
    const host = await startServer(t, (socket) => closed.push(once(socket.resume(), 'close')));
    const { transport } = startTransport(t, 'grpc', 'http://127.0.0.1:1', { proxy: `http://${host}` });
    assert.deepEqual(
      await transport.send([MESSAGE], 100),
      refused('wait', 'DEADLINE_EXCEEDED', '4 DEADLINE_EXCEEDED: no connection within 100 ms'),
    );
    transport.close();
    await Promise.all(closed);
    assert.equal(closed.length, 1);
  });
});
