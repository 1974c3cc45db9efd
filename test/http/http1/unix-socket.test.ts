// Where a peer has no address: on a Unix domain socket, whose peers may be trusted by name, and nowhere else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ObservedConnection } from '../../../src/http/http1/observed-connection.ts';
import { selfSigned } from '../../support/certificates.ts';
import { listen } from '../../support/listen.ts';
import { Observed } from '../support/observed.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** The path of a socket that is gone with the test. */
function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'app.sock');
}

async function listenAt(t: TestContext, server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
  t.after(() => server.close());
}

/** Sends one request; how the connection was described that it came in on. */
async function connectionOf(t: TestContext, client: Duplex): Promise<ObservedConnection> {
  const observed = new Observed(t);
  client.on('error', () => undefined).write(REQUEST);
  client.resume();
  const [exchange] = await observed.ended(1);
  assert.ok(exchange);
  assert.deepEqual(observed.errors, []);
  assert.ok(exchange.connection instanceof ObservedConnection);
  return exchange.connection;
}

const answer: RequestListener = (_request, response) => response.end('hello');

describe('a Unix domain socket is told', () => {
  test('of a server that listens on a path', async (t) => {
    const path = socketPath(t);
    await listenAt(t, createServer(answer), path);
    const { isUnixSocket, remoteAddress, localAddress } = await connectionOf(t, connect(path));
    assert.deepEqual([isUnixSocket, remoteAddress, localAddress], [true, undefined, undefined]);
  });

  test('of a server that speaks TLS there', async (t) => {
    const path = socketPath(t);
    await listenAt(t, createTlsServer(await selfSigned(), answer), path);
    const client = connectTls({ path, rejectUnauthorized: false });
    assert.equal((await connectionOf(t, client)).isUnixSocket, true);
  });

  test('of a server that another one hands its connections to', async (t) => {
    const path = socketPath(t);
    const server = createServer(answer);
    await listenAt(
      t,
      createNetServer((socket) => server.emit('connection', socket)),
      path,
    );
    assert.equal((await connectionOf(t, connect(path))).isUnixSocket, true);
  });
});

describe('no Unix domain socket is', () => {
  test('a TCP connection', async (t) => {
    const server = createServer(answer);
    const [host, port] = (await listen(t, server)).split(':');
    const { isUnixSocket, remoteAddress } = await connectionOf(t, connect(Number(port), host));
    assert.deepEqual([isUnixSocket, remoteAddress], [false, '127.0.0.1']);
  });

  test('a TCP connection without a peer any more, even if its server is closed by now', async (t) => {
    const server = createServer(answer);
    const [host, port] = (await listen(t, server)).split(':');
    const accepted = once(server, 'connection');
    const client = connect(Number(port), host).on('error', () => undefined);
    const [socket]: Socket[] = await accepted;
    assert.ok(socket);
    socket.destroy();
    const described = () => {
      const { isUnixSocket, remoteAddress } = new ObservedConnection(socket, server);
      return [isUnixSocket, remoteAddress];
    };
    assert.deepEqual(described(), [false, undefined]);
    server.close();
    assert.equal(server.address(), null);
    assert.deepEqual(described(), [false, undefined]);
    client.destroy();
  });

  test('a stream that a server is handed as a connection', async (t) => {
    const [near, far] = duplexPair();
    const server = createServer(answer);
    server.emit('connection', far);
    const { isUnixSocket, remoteAddress } = await connectionOf(t, near);
    assert.deepEqual([isUnixSocket, remoteAddress], [false, undefined]);
  });
});
