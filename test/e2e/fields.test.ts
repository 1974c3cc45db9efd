// Fields, notes and detail headers as they leave the process: under the preload, and set up in code.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { RawClient, requestText } from '../support/raw-client.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

type Attributes = Readonly<Record<string, unknown>>;

const APP = inRepo('test/e2e/fixtures/fields.mjs');
const DETAIL = {
  ACCESS_LOG_DETAIL_REQUEST_HEADERS: 'x-request-id,x-tenant,authorization',
  ACCESS_LOG_DETAIL_RESPONSE_HEADERS: 'x-served-by',
  ACCESS_LOG_DETAIL_WHEN: '5xx,timeout,crashed,aborted',
};
const HEADERS = { 'X-Request-Id': 'r-1', 'X-Tenant': 'acme', Authorization: 'Bearer abc' };
const ADDED = /^app\.|^http\.re(?:quest|sponse)\.header\.|^access_log\.notes$/;

interface Served {
  /** What the record has of fields, notes and headers. */
  readonly added: Attributes;
  readonly outcome: unknown;
}

/** What comes of one request. @param leaves whether the client goes away in the middle of the response */
async function serve(
  t: TestContext,
  start: 'preload' | 'code',
  path: string,
  leaves: boolean,
): Promise<Served> {
  const receiver = await startTestReceiver(t);
  const preload =
    start === 'preload' ? 'otel-access-log/register' : inRepo('test/e2e/fixtures/fields-in-code.mjs');
  const app = await spawnApp(t, {
    args: ['--import', preload, APP],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, OTEL_BLRP_SCHEDULE_DELAY: '50', ...DETAIL },
  });
  const client = await RawClient.connect(t, { port: app.port });
  await client.send(requestText(path, { headers: HEADERS }));
  if (path !== '/crash') await client.receiveUntil('HTTP/1.1 ');
  if (leaves) client.destroy();
  const attributes: Attributes | undefined =
    start === 'preload'
      ? (await receiver.waitForExchanges(1))[0]?.attributes
      : JSON.parse((await app.waitFor(/^\{.*\}$/m))[0]);
  assert.ok(attributes !== undefined);
  const added = Object.entries(attributes).filter(([name]) => ADDED.test(name));
  return { added: Object.fromEntries(added), outcome: attributes['access_log.outcome'] };
}

for (const start of ['preload', 'code'] as const) {
  describe(`fields, notes and detail of a handler, ${start}`, { concurrency: 2 }, () => {
    const bad = (path: string): Attributes => ({
      'app.tenant': 'acme',
      'app.detail': 42,
      'access_log.notes': [`handling ${path}`],
      // As they came: the handler has taken one away, and changed the other.
      'http.request.header.x-request-id': ['r-1'],
      'http.request.header.x-tenant': ['acme'],
      'http.request.header.authorization': ['Bearer REDACTED'],
      'http.response.header.x-served-by': ['me'],
    });
    const rows: readonly [path: string, outcome: string, added: Attributes, leaves?: boolean][] = [
      ['/fine', 'completed', { 'app.tenant': 'acme' }],
      ['/error', 'completed', bad('/error')],
      ['/timeout', 'timeout', bad('/timeout')],
      ['/abort', 'aborted', bad('/abort'), true],
      ['/crash', 'crashed', bad('/crash')],
    ];
    for (const [path, outcome, added, leaves = false] of rows) {
      test(path, async (t) => {
        assert.deepEqual(await serve(t, start, path, leaves), { added, outcome });
      });
    }
  });
}

for (const tracing of ['context', 'spans'] as const) {
  test(`a field that is set without a request, ACCESS_LOG_TRACING=${tracing}, also on standard output`, async (t) => {
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', APP],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        OTEL_TRACES_EXPORTER: 'none',
        ACCESS_LOG_TRACING: tracing,
        ACCESS_LOG_STDOUT: 'json',
        APP_ACTIVE: 'true',
      },
    });
    const client = await RawClient.connect(t, { port: app.port });
    await client.pipeline(['/0', '/1', '/2'].map((path) => requestText(path)));
    await client.responses(3);
    const records = await receiver.waitForExchanges(3);
    for (const { attributes } of records)
      assert.equal(attributes['app.active'], `active ${attributes['url.path']}`);
    const lines = [...app.stdout.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ path, 'app.tenant': tenant, 'app.active': active }) => [path, tenant, active]),
      ['/0', '/1', '/2'].map((path) => [path, 'acme', `active ${path}`]),
    );
    await app.stop();
    assert.equal(app.stderr, '');
  });
}

test('a field that is set without a request and without a context is counted by the heartbeat', async (t) => {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', APP],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, APP_ACTIVE: 'true' },
  });
  const client = await RawClient.connect(t, { port: app.port });
  await client.pipeline(['/0', '/1'].map((path) => requestText(path)));
  await client.responses(2);
  await app.stop();
  assert.equal(app.stderr, '');
  const heartbeat = receiver.records.at(-1)?.attributes;
  assert.equal(heartbeat?.['access_log.total.dropped_fields'], 2);
  const [record] = receiver.records;
  assert.equal(record?.attributes['app.tenant'], 'acme');
  assert.equal(record?.attributes['app.active'], undefined);
});
