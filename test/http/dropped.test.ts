// What a limit of the server turns away before it is an exchange, or without asking the application.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import type { Dropped } from '../../src/http/observation.ts';
import { type Certificate, selfSigned } from '../support/certificates.ts';
import { listen } from '../support/listen.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { Observed } from './support/observed.ts';

function observedDrops(t: TestContext): {
  readonly observed: Observed;
  readonly dropped: readonly Dropped[];
} {
  const dropped: Dropped[] = [];
  return { observed: new Observed(t, { onDropped: (what) => void dropped.push(what) }), dropped };
}

describe('a connection beyond maxConnections is counted, and is no exchange', () => {
  const kinds: Readonly<Record<string, (certificate: Certificate) => Pick<Server, 'maxConnections'>>> = {
    'HTTP/1': () => createServer(),
    'HTTP/1 with TLS': (certificate) => createTlsServer(certificate),
    'HTTP/2': () => createHttp2Server(),
    'HTTP/2 with TLS': (certificate) => createSecureServer(certificate),
  };
  for (const [kind, create] of Object.entries(kinds)) {
    test(kind, async (t) => {
      const { observed, dropped } = observedDrops(t);
      const server = create(await selfSigned()) as Server;
      server.maxConnections = 1;
      const port = Number((await listen(t, server)).split(':')[1]);
      const first = await RawClient.connect(t, { port });
      for (let count = 0; count < 2; count += 1) await (await RawClient.connect(t, { port })).closed();
      assert.deepEqual(dropped, ['connections', 'connections']);
      assert.deepEqual([observed.exchanges.length, observed.observer.openExchanges], [0, 0]);
      first.destroy();
    });
  }
});

test('a request beyond maxRequestsPerSocket is counted, and is an exchange that Node answers', async (t) => {
  const { observed, dropped } = observedDrops(t);
  const server = createServer((_request, response) => response.end('hello'));
  server.maxRequestsPerSocket = 1;
  const port = Number((await listen(t, server)).split(':')[1]);
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/1') + requestText('/2'));
  await client.responses(2);
  const exchanges = await observed.ended(2);
  assert.deepEqual(dropped, ['requests']);
  assert.deepEqual(
    exchanges.map(({ target, statusCode, outcome }) => [target, statusCode, outcome]),
    [
      ['/1', 200, 'completed'],
      ['/2', 503, 'completed'],
    ],
  );
});
