// Who it was, and what its client is told: real processes under the preload.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';

const APP = inRepo('test/e2e/fixtures/app.mjs');

interface Service {
  readonly app: App & { readonly port: number };
  readonly url: string;
  readonly receiver: TestReceiver;
}

async function start(t: TestContext, env: Readonly<Record<string, string>>): Promise<Service> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', APP],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ...env,
    },
  });
  return { app, url: `http://127.0.0.1:${app.port}`, receiver };
}

const HEADERS = { 'x-user': 'ada', baggage: 'tenant=blue', cookie: 'tenant=red' };
const SOURCES = {
  ACCESS_LOG_USER: 'header:x-user',
  ACCESS_LOG_TENANT: 'baggage:tenant,cookie:tenant',
};

describe('what a client says of itself', () => {
  const rows: readonly [proxies: string, who: Readonly<Record<string, unknown>>][] = [
    ['10.0.0.0/8', { 'user.id': undefined, 'tenant.id': 'red' }],
    ['loopback', { 'user.id': 'ada', 'tenant.id': 'blue' }],
  ];
  for (const [proxies, who] of rows) {
    test(`where ${proxies} is trusted`, async (t) => {
      const { app, url, receiver } = await start(t, { ...SOURCES, ACCESS_LOG_TRUSTED_PROXIES: proxies });
      await (await fetch(url, { headers: HEADERS })).text();
      const [record] = await receiver.waitForExchanges(1);
      const { 'user.id': user, 'tenant.id': tenant } = record?.attributes ?? {};
      assert.deepEqual({ 'user.id': user, 'tenant.id': tenant }, who);
      await app.stop();
    });
  }
});

test('a hash without a key: one message names both variables, and the service runs without an access log', async (t) => {
  const { app, url, receiver } = await start(t, {
    ACCESS_LOG_SESSION: 'cookie:sid',
    ACCESS_LOG_CLIENT_IP: 'hash',
  });
  assert.equal(await (await fetch(url, { headers: { cookie: 'sid=s3cr3t' } })).text(), 'hello');
  await app.stop();
  const missing = 'hashes with a key, so it needs ACCESS_LOG_HASH_KEY_FILE (from the environment)';
  assert.match(app.stderr, /no access log: /);
  assert.ok(app.stderr.includes(`ACCESS_LOG_SESSION: ${missing}`), app.stderr);
  assert.ok(app.stderr.includes(`ACCESS_LOG_CLIENT_IP: ${missing}`), app.stderr);
  assert.equal(receiver.records.length, 0);
});

describe('the ids in a response', () => {
  const bothFields = { ACCESS_LOG_ECHO: 'X-Trace-Id, server-timing' };

  for (const tracing of ['auto', 'context', 'spans']) {
    test(`are those of the record: ACCESS_LOG_TRACING=${tracing}`, async (t) => {
      const { app, url, receiver } = await start(t, { ...bothFields, ACCESS_LOG_TRACING: tracing });
      const response = await fetch(url);
      await response.text();
      const [record] = await receiver.waitForExchanges(1);
      assert.match(record?.traceId ?? '', /^[\da-f]{32}$/);
      assert.equal(response.headers.get('x-trace-id'), record?.traceId);
      assert.equal(
        response.headers.get('server-timing'),
        `traceparent;desc="00-${record?.traceId}-${record?.spanId}-01"`,
      );
      await app.stop();
    });
  }

  const quiet: Record<string, Readonly<Record<string, string>>> = {
    'without the option': {},
    'with the option off': { ACCESS_LOG_ECHO: 'off' },
    'without tracing': { ...bothFields, ACCESS_LOG_TRACING: 'off' },
    'where only other peers are told': {
      ...bothFields,
      ACCESS_LOG_ECHO_TO: 'trusted',
      ACCESS_LOG_TRUSTED_PROXIES: '10.0.0.0/8',
    },
  };
  for (const [when, env] of Object.entries(quiet)) {
    test(`are absent ${when}`, async (t) => {
      const { app, url, receiver } = await start(t, env);
      const response = await fetch(url);
      await response.text();
      await receiver.waitForExchanges(1);
      assert.equal(response.headers.get('x-trace-id'), null);
      assert.equal(response.headers.get('server-timing'), null);
      await app.stop();
    });
  }

  test('are told to trusted peers', async (t) => {
    const { app, url, receiver } = await start(t, {
      ...bothFields,
      ACCESS_LOG_ECHO_TO: 'trusted',
      ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
    });
    const response = await fetch(url);
    await response.text();
    const [record] = await receiver.waitForExchanges(1);
    assert.equal(response.headers.get('x-trace-id'), record?.traceId);
    await app.stop();
  });
});
