// OTLP/HTTP through a proxy: an endpoint with TLS by CONNECT, one without in the absolute form.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAuthority } from '../../support/authority.ts';
import type { Certificate } from '../../support/certificates.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { startScriptedReceiver } from '../../support/scripted-receiver.ts';
import {
  ACCEPTED,
  encodedExport,
  PATIENCE_MS,
  refused,
  startServer,
  startTransport,
} from './support/scripted-receivers.ts';

const MESSAGE = encodedExport('a');
const credentials = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('OTLP/HTTP through a proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
  const ca = join(folder, 'ca.pem');
  let tls: Certificate;
  before(async () => {
    const authority = await createAuthority();
    writeFileSync(ca, authority.cert);
    tls = await authority.issue('receiver');
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const scheme of ['http', 'https'] as const) {
    const isTls = scheme === 'https';
    const scene = async (t: Parameters<typeof startConnectProxy>[0], user = '') => {
      const proxy = await startConnectProxy(t);
      const protocol = 'http/protobuf';
      const receiver = await startScriptedReceiver(t, isTls ? { protocol, tls } : { protocol });
      const target = `localhost:${receiver.port}`;
      const { transport } = startTransport(t, protocol, `${scheme}://${target}`, {
        proxy: `http://${user}${proxy.host}`,
        headers: { authorization: 'Bearer x' },
        ...(isTls && { tls: { ca, cert: undefined, key: undefined } }),
      });
      /** What the proxy is asked for. */
      const place = isTls ? target : `http://${target}/v1/logs`;
      return { proxy, receiver, transport, target, place };
    };

    test(`${scheme}: exports arrive, on one connection, and the credentials are the proxy's alone`, async (t) => {
      const { proxy, receiver, transport, target, place } = await scene(t, 'me:p%40ss@');
      for (let i = 0; i < 3; i++) assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
      const asked = [place, target, credentials('me:p@ss')];
      assert.deepEqual(proxy.asked, isTls ? [asked] : [asked, asked, asked]);
      const [{ headers } = { headers: {} as Record<string, string> }] = receiver.requests;
      assert.deepEqual(
        [headers[':path'], headers.host, headers.authorization, headers['proxy-authorization']],
        ['/v1/logs', target, 'Bearer x', undefined],
      );
      if (isTls) assert.equal(receiver.connections, 1);
    });

    test(`${scheme}: wrong credentials are told without them, and waited for`, async (t) => {
      const { proxy, receiver, transport } = await scene(t, 's3cret-token@');
      proxy.status = 407;
      assert.deepEqual(
        await transport.send([MESSAGE], PATIENCE_MS),
        refused('wait', '407', `the proxy ${proxy.host} answered 407`),
      );
      assert.equal(receiver.connections, 0);
      assert.equal(proxy.asked[0]?.[2], credentials('s3cret-token:'));
      proxy.status = 200;
      assert.deepEqual(await transport.send([MESSAGE], PATIENCE_MS), ACCEPTED);
    });

    test(`${scheme}: a proxy that says nothing is given up in time, with its connection`, async (t) => {
      const closed: Promise<unknown>[] = [];
      const host = await startServer(t, (socket) => closed.push(once(socket.resume(), 'close')));
      const { transport } = startTransport(t, 'http/protobuf', `${scheme}://127.0.0.1:1`, {
        proxy: `http://${host}`,
      });
      assert.deepEqual(
        await transport.send([MESSAGE], 100),
        refused('wait', 'ETIMEDOUT', 'no answer within 100 ms (ETIMEDOUT)'),
      );
      // Before the transport itself is closed.
      await Promise.all(closed);
      assert.equal(closed.length, 1);
    });
  }

  test('https: a proxy that is not there, and one that hangs up', async (t) => {
    const gone = startTransport(t, 'http/protobuf', 'https://127.0.0.1:1', { proxy: 'http://127.0.0.1:1' });
    assert.deepEqual(
      await gone.transport.send([MESSAGE], PATIENCE_MS),
      refused('wait', 'ECONNREFUSED', 'the proxy 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1'),
    );
    const host = await startServer(t, (socket) => socket.once('data', () => socket.end()));
    const { transport } = startTransport(t, 'http/protobuf', 'https://127.0.0.1:1', {
      proxy: `http://${host}`,
    });
    assert.deepEqual(
      await transport.send([MESSAGE], PATIENCE_MS),
      refused('wait', 'ECONNRESET', `the proxy ${host}: socket hang up (ECONNRESET)`),
    );
  });

  test('https: a certificate of another name is refused behind a proxy too', async (t) => {
    const proxy = await startConnectProxy(t);
    const receiver = await startScriptedReceiver(t, { protocol: 'http/protobuf', tls });
    const { transport } = startTransport(t, 'http/protobuf', `https://127.0.0.1:${receiver.port}`, {
      proxy: `http://${proxy.host}`,
    });
    const answer = await transport.send([MESSAGE], PATIENCE_MS);
    assert.ok(answer.kind === 'refused' && answer.remedy === 'wait', JSON.stringify(answer));
    assert.match(answer.errorType, /UNABLE_TO|SELF_SIGNED|ALTNAME/);
    assert.deepEqual(receiver.requests, []);
  });
});
