// Headers that are kept with an exchange: for how long, and who sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { RawClient, requestText } from '../support/raw-client.ts';
import { clientOf, request, serveH2c } from './http2/support/servers.ts';
import { Observed, serve } from './support/observed.ts';

const NAMES = { requestHeaderNames: ['x-a'], identityHeaderNames: ['cookie', 'authorization', 'x-none'] };
const SENT = { 'x-a': '1', cookie: 'sid=s3cr3t', authorization: 'Bearer s3cr3t' };
const { 'x-a': shown, ...CREDENTIALS } = SENT;

async function checkKept(observed: Observed): Promise<void> {
  const [exchange] = await observed.ended(1);
  assert.ok(exchange !== undefined);
  assert.deepEqual({ ...exchange.requestHeaders }, { 'x-a': shown });
  // A hook is given the exchange, frozen.
  Object.freeze(exchange);
  assert.doesNotMatch(inspect(exchange, { showHidden: true, depth: 9 }), /s3cr3t/);
  assert.deepEqual({ ...exchange.takeIdentityHeaders() }, CREDENTIALS);
  assert.equal(exchange.takeIdentityHeaders(), undefined);
}

test('credentials are kept apart, and only until they are taken: HTTP/1', async (t) => {
  const observed = new Observed(t, NAMES);
  const { port } = await serve(t, {}, (_request, response) => response.end());
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers: SENT }));
  await checkKept(observed);
});

test('credentials are kept apart, and only until they are taken: HTTP/2', async (t) => {
  const observed = new Observed(t, NAMES);
  const served = await serveH2c(t, (server) =>
    server.on('stream', (stream) => stream.respond({}, { endStream: true })),
  );
  await request(await clientOf(t, served), { ':path': '/', ...SENT });
  await checkKept(observed);
});

test('credentials are kept apart, and only until they are taken: an upgrade', async (t) => {
  const observed = new Observed(t, NAMES);
  const { port, server } = await serve(t, {});
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
  });
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers: { Connection: 'Upgrade', Upgrade: 'test', ...SENT } }));
  await client.closed();
  await checkKept(observed);
});

test('without options nothing is kept', async (t) => {
  const observed = new Observed(t);
  const { port } = await serve(t, {}, (_request, response) => response.end());
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers: SENT }));
  const [exchange] = await observed.ended(1);
  assert.equal(exchange?.requestHeaders, undefined);
  assert.equal(exchange?.takeIdentityHeaders(), undefined);
});
