// Bytes that no client would send, over real sockets, against a service under the preload with everything switched
// on that looks at what a client sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

const MANY = Array.from({ length: 900 }, (_, index) => `x-${index}: ${index}\r\n`).join('');

/** Requests that Node parses, each answered and recorded. */
const readable: readonly (readonly [name: string, bytes: string | Buffer])[] = [
  [
    'a gigantic URL',
    `GET /${'a'.repeat(200_000)}?${'token=secret&'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ],
  ['thousands of header names', `GET /many HTTP/1.1\r\nHost: x\r\n${MANY}\r\n`],
  ['invalid UTF-8 in the path', 'GET /%ff%fe%c3%28?q=%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['encoded line breaks', 'GET /%0d%0aINFO%20forged?a=%0a%0d HTTP/1.1\r\nHost: x\r\n\r\n'],
  [
    'control characters in headers',
    'GET /c HTTP/1.1\r\nHost: x\r\nUser-Agent: a\tb\x80\x9b31m\r\nReferer: \xe2\x80\xa8\r\n\r\n',
  ],
  [
    'a forged chain of proxies',
    `GET /xff HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${'1.1.1.1, '.repeat(5_000)}nonsense\r\n\r\n`,
  ],
  ['a broken Forwarded', 'GET /fwd HTTP/1.1\r\nHost: x\r\nForwarded: for="[::1;proto=https;;=,for="\r\n\r\n'],
  [
    'a broken traceparent',
    'GET /tp HTTP/1.1\r\nHost: x\r\ntraceparent: 00-00000000000000000000000000000000-zz-ff\r\n\r\n',
  ],
  [
    'an absolute target with credentials',
    'GET http://user:password@evil.example/a?password=secret HTTP/1.1\r\nHost: x\r\n\r\n',
  ],
  ['an unreadable Host', 'GET /host HTTP/1.1\r\nHost: [[[:::999999\r\n\r\n'],
  ['an unusual method', 'M-SEARCH * HTTP/1.1\r\nHost: x\r\n\r\n'],
  [
    'prototype names',
    'GET /__proto__?__proto__=1&constructor=2 HTTP/1.1\r\nHost: x\r\n__proto__: x\r\nconstructor: y\r\n\r\n',
  ],
];

function check(record: ReceivedRecord): void {
  const line = String(record.body);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  assert.ok(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line), line);
  assert.ok(line.length <= 10_000);
  const strings = Object.values(record.attributes)
    .flat()
    .filter((value) => typeof value === 'string');
  for (const value of strings) {
    assert.ok(value.length <= 4_096, `${value.length} characters`);
    assert.ok(!/\p{Surrogate}/u.test(value));
    assert.ok(!value.includes('secret') && !value.includes('password@'), value);
  }
  assert.ok(Object.keys(record.attributes).length <= 40);
}

test('hostile traffic: every exchange is recorded, bounded and harmless', async (t) => {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: [
      '--max-http-header-size=2000000',
      '--import',
      'otel-access-log/register',
      inRepo('test/e2e/fixtures/app.mjs'),
    ],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_TRUSTED_PROXIES: 'loopback,cloudflare',
      ACCESS_LOG_REQUEST_HEADERS: 'referer,x-1,__proto__,constructor',
      ACCESS_LOG_RESPONSE_HEADERS: 'content-length,__proto__',
      ACCESS_LOG_IGNORE: '/**/never/**/b',
      ACCESS_LOG_NOISE: '/healthz',
    },
  });
  let sent = 0;
  for (const [name, bytes] of readable) {
    const client = await RawClient.connect(t, { port: app.port });
    await client.send(bytes);
    const [response] = await client.responses(1);
    assert.equal(response?.status, 200, name);
    client.destroy();
    sent += 1;
  }
  (await receiver.waitForExchanges(sent)).forEach(check);

  // Whatever else: nothing breaks, and what Node takes for a request is one record.
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const pieces = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'Host: x\r\n',
    '\r\n',
    'POST /',
    ' HTTP/1.0',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    '?a=b',
    'Expect: 100-continue\r\n',
    'Upgrade: x\r\nConnection: upgrade\r\n',
  );
  const chaos = fc.array(fc.oneof(bytes, pieces), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(chaos, async (parts) => {
      const client = await RawClient.connect({ after: () => undefined }, { port: app.port });
      for (const part of parts) await client.send(part).catch(() => undefined);
      client.halfClose();
      await client.closed();
    }),
    { numRuns: 150 },
  );
  const answer = await fetch(`http://127.0.0.1:${app.port}/alive`);
  assert.equal(await answer.text(), 'hello');
  await app.stop();
  const exchanges = receiver.records.filter(
    ({ attributes }) => attributes['access_log.outcome'] !== undefined,
  );
  exchanges.forEach(check);
  const totals = receiver.records.at(-1)?.attributes;
  assert.equal(totals?.['access_log.total.served'], exchanges.length);
  assert.equal(totals?.['access_log.total.kept'], exchanges.length);
  assert.equal(app.stderr, '');
});
