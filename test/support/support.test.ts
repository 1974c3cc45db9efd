import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAuthority } from './authority.ts';
import { parseResponses } from './http-responses.ts';
import { RawClient, requestText } from './raw-client.ts';
import { spawnApp, spawnNode } from './spawn-app.ts';

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

describe('parseResponses', () => {
  const wire = Buffer.from(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' +
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nX-T: 1\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n' +
      'HTTP/1.1 204 No Content\r\n\r\n' +
      'HTTP/1.0 200\r\n\r\nto the end',
  );
  const methods = ['GET', 'GET', 'HEAD'];

  test('reads lengths, chunks, trailers, 1xx, HEAD, 204, and a body that the end closes', () => {
    const read = parseResponses(wire, methods, true);
    assert.deepEqual(
      read.map((response) => ({ ...response, body: response.body.toString() })),
      [
        {
          status: 200,
          statusText: 'OK',
          headers: [['Content-Length', '2']],
          body: 'ok',
          trailers: [],
          informational: [100],
        },
        {
          status: 200,
          statusText: 'OK',
          headers: [['transfer-encoding', 'chunked']],
          body: 'abcd',
          trailers: [['X-T', '1']],
          informational: [],
        },
        {
          status: 200,
          statusText: 'OK',
          headers: [['Content-Length', '5']],
          body: '',
          trailers: [],
          informational: [],
        },
        { status: 204, statusText: 'No Content', headers: [], body: '', trailers: [], informational: [] },
        { status: 200, statusText: '', headers: [], body: 'to the end', trailers: [], informational: [] },
      ],
    );
  });

  test('gives only complete responses, wherever the bytes stop', () => {
    const whole = parseResponses(wire, methods, true);
    let before = 0;
    for (let length = 0; length < wire.length; length++) {
      const read = parseResponses(wire.subarray(0, length), methods, false);
      assert.ok(read.length >= before);
      assert.deepEqual(read, whole.slice(0, read.length));
      before = read.length;
    }
    assert.equal(before, 4);
  });
});

describe('RawClient', () => {
  test('pipelines, and reads the responses one by one', async (t) => {
    const port = await serve(t, (request, response) => response.end(request.url));
    const client = await RawClient.connect(t, { port });
    await client.pipeline([requestText('/a'), requestText('/b', { method: 'HEAD' }), requestText('/c')]);
    const responses = await client.responses(3, ['GET', 'HEAD', 'GET']);
    assert.deepEqual(
      responses.map(({ body }) => body.toString()),
      ['/a', '', '/c'],
    );
  });

  test('half-closes, and sees the end', async (t) => {
    const port = await serve(t, (_request, response) => response.end('x'));
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/', { headers: { Connection: 'close' } }));
    client.halfClose();
    const { errorCode } = await client.closed();
    assert.equal(errorCode, undefined);
  });

  test('resets: the server sees ECONNRESET', async (t) => {
    const events = new EventEmitter();
    const port = await serve(t, (request) => {
      request.on('error', (error: NodeJS.ErrnoException) => events.emit('failed', error.code));
      events.emit('request');
    });
    const arrived = once(events, 'request');
    const failed = once(events, 'failed');
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/'));
    await arrived;
    client.reset();
    assert.deepEqual(await failed, ['ECONNRESET']);
  });

  test('says what came where a response is missing', async (t) => {
    const port = await serve(t, (_request, response) => response.destroy());
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/'));
    await assert.rejects(client.responses(1), /^Error: 1 responses expected, got\n$/);
  });
});

describe('certificates', () => {
  test('are valid for TLS with a client certificate', async (t) => {
    const authority = await createAuthority();
    const serverCertificate = await authority.issue('server');
    const requestCert = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
    const server = createTlsServer({ ...serverCertificate, ...requestCert }, (_request, response) => {
      response.end('secret');
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const client = await RawClient.connect(t, {
      port: address.port,
      tls: { ...(await authority.issue('client')), ca: authority.cert },
    });
    await client.send(requestText('/', { headers: { Connection: 'close' } }));
    const [response] = await client.responses(1);
    assert.equal(response?.body.toString(), 'secret');
  });

  test('say what they are for', async () => {
    const authority = await createAuthority('my authority');
    const leaf = new X509Certificate((await authority.issue('leaf')).cert);
    const root = new X509Certificate(authority.cert);
    assert.equal(leaf.subject, 'CN=leaf');
    assert.equal(leaf.issuer, 'CN=my authority');
    assert.equal(leaf.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    assert.deepEqual([root.ca, leaf.ca], [true, false]);
    assert.ok(leaf.verify(root.publicKey) && leaf.checkIssued(root));
  });
});

describe('spawned processes', () => {
  const server = `require('node:http').createServer().listen(0, function () {
    console.log('listening ' + this.address().port);
  });`;

  test('an application says its port, and ends by the signal', async (t) => {
    const app = await spawnApp(t, { args: ['-e', server] });
    assert.ok(app.port > 0);
    assert.deepEqual(await app.stop(), { code: null, signal: 'SIGTERM' });
    assert.equal(app.stdout, `listening ${app.port}\n`);
  });

  test('an IPC message says it as well', async (t) => {
    const app = await spawnApp(t, { args: ['-e', "process.send('listening 7')"], ipc: true });
    assert.equal(app.port, 7);
  });

  test('an end before the line is an error with the output', async (t) => {
    await assert.rejects(spawnApp(t, { args: ['-e', "console.error('boom')"] }), /before the end.*boom/s);
  });

  test('the environment holds nothing that would configure the child', async (t) => {
    process.env.OTEL_SERVICE_NAME = 'foreign';
    t.after(async () => {
      delete process.env.OTEL_SERVICE_NAME;
    });
    const print = 'console.log(process.env.OTEL_SERVICE_NAME, process.env.MINE)';
    const app = spawnNode(t, { args: ['-e', print], env: { MINE: 'mine' } });
    assert.deepEqual(await app.exited, { code: 0, signal: null });
    assert.equal(app.stdout, 'undefined mine\n');
  });
});

test('sendReset: a process whose connection was on its way to its end ends', async (t) => {
  const script = fileURLToPath(new URL('./fixtures/reset-after-end.js', import.meta.url));
  const { exited } = spawnNode(t, { args: [script] });
  const outcome = await Promise.race([exited, setTimeout(10_000, 'turns without end', { ref: false })]);
  assert.deepEqual(outcome, { code: 0, signal: null });
});
