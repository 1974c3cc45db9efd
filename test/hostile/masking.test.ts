// Secrets of each kind, in each form, wherever a client can put one: none of them leaves the process.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { RawClient } from '../support/raw-client.ts';
import { isExchange, startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

/** By the detector, or the rule, that hides it. `core` is what must not be seen of it. */
const SECRETS: readonly { readonly kind: string; readonly text: string; readonly core: string }[] = [
  {
    kind: 'jwt',
    text: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MjQxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r5wWgG_OPXVqLfM',
    core: 'dBjftJeZ4CVPmB92K27uhbUJU1p1r',
  },
  { kind: 'bearer', text: 'Bearer mF_9.B5f-4.1JqM88xxkdoep', core: 'mF_9.B5f-4.1JqM' },
  { kind: 'card', text: '4012888888881881', core: '2888888881' },
  { kind: 'card with hyphens', text: '4012-8888-8888-1881', core: '8888-8888' },
  { kind: 'phone-cn', text: '13712345678', core: '12345678' },
  { kind: 'email', text: 'jane.roe@mail.example', core: 'jane.roe' },
  { kind: 'id-cn', text: '11010519491231002X', core: '19491231' },
  { kind: 'key', text: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', core: '16C7e42F292c6912E771' },
  { kind: 'pattern', text: 'ORD-87651234', core: '87651234' },
];

const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const fullWidth = (text: string): string =>
  text.replaceAll(/[0-9A-Za-z]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0));
/** As Node gives the bytes of UTF-8 in a head. */
const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');

const inCapitals = (text: string): string => text.replaceAll(/%[0-9a-f]{2}/g, (byte) => byte.toUpperCase());

type Form = 'raw' | 'percent-encoded' | 'full-width' | 'full-width, percent-encoded';
const FORMS: Readonly<Record<Form, (text: string) => string>> = {
  raw: (text) => text,
  'percent-encoded': percent,
  'full-width': fullWidth,
  'full-width, percent-encoded': (text) => percent(fullWidth(text)),
};
/** User's patterns see a text as it was sent. */
const isSeen = (kind: string, form: Form): boolean => kind !== 'pattern' || form === 'raw';

/** A request with the secret in one place. */
const PLACES: readonly ((secret: string) => readonly [target: string, headers: string])[] = [
  (secret) => [`/a/${secret}/b`, ''],
  (secret) => [`/a;v=${secret}`, ''],
  (secret) => [`/a?x=${secret}&y=1`, ''],
  (secret) => [`/a?${secret}`, ''],
  (secret) => [`/a?x[${secret}]=1`, ''],
  (secret) => [`/a?next=%2Fb%3Fy%3D${secret}`, ''],
  (secret) => [`http://me:${secret}@shop.example/a`, ''],
  (secret) => [`http://shop.example/a?x=${secret}`, ''],
  (secret) => ['/a', `User-Agent: Agent/1 (${secret})\r\n`],
  (secret) => ['/a', `Referer: https://shop.example/a/${secret}?x=${secret}\r\n`],
  (secret) => ['/a', `X-Note: see ${secret}.\r\n`],
  (secret) => ['/a', `Cookie: ${secret}=1; sid=${secret}\r\n`],
  (secret) => ['/a', `Authorization: ${secret}\r\n`],
  (secret) => ['/a', `X-Forwarded-For: ${secret}\r\n`],
  (secret) => ['/a', `X-Forwarded-Host: ${secret}\r\n`],
  (secret) => ['/a', `traceparent: ${secret}\r\n`],
  (secret) => [`/a/${secret}`, 'X-Long: 1\r\n'],
  // Rejected by the parser.
  (secret) => [`/a?x=${secret}`, 'Bad Header: 1\r\n'],
];

const RULES = `version: 1
detect: { email: mask, id-cn: mask, key: replace }
patterns: [{ name: order, match: 'ORD-[0-9]{8}', do: mask }]
`;

const isStarted = ({ attributes }: ReceivedRecord): boolean => attributes['access_log.event'] === 'started';

async function everything(t: TestContext, body: string, stdout: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'access-log-rules-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const rules = join(directory, 'rules.yaml');
  writeFileSync(rules, RULES);
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/hostile/fixtures/masked.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_RULES: rules,
      ACCESS_LOG_BODY: body,
      ACCESS_LOG_STDOUT: stdout,
      ACCESS_LOG_TRUSTED_PROXIES: 'loopback',
      ACCESS_LOG_ORIGIN_HEADERS: 'x-forwarded-host',
      ACCESS_LOG_REQUEST_HEADERS: 'referer,x-note,cookie,authorization,traceparent,x-forwarded-for',
      ACCESS_LOG_RESPONSE_HEADERS: 'location,x-answer',
      ACCESS_LOG_LONG_AFTER_MS: '100',
    },
  });
  const planted: string[] = [];
  let requests = 0;
  let long = 0;
  for (const { kind, text, core } of SECRETS) {
    for (const form of Object.keys(FORMS) as Form[]) {
      if (!isSeen(kind, form)) continue;
      const secret = FORMS[form](text);
      const shown = FORMS[form](core);
      const forms = [shown, asLatin1(shown), encodeURI(shown), encodeURI(asLatin1(shown)), percent(shown)];
      // A host is in lower case, in which a token is none any more.
      planted.push(...forms, ...forms.map(inCapitals));
      for (const place of PLACES) {
        const [target, headers] = place(secret);
        const line = target.replaceAll(' ', form === 'raw' ? '%20' : '+');
        const client = await RawClient.connect(t, { port: app.port });
        await client.send(Buffer.from(`GET ${line} HTTP/1.1\r\nHost: shop.example\r\n${headers}\r\n`));
        requests++;
        // The parser rejects a target that is not ASCII.
        if (headers.startsWith('X-Long') && form !== 'full-width') {
          long++;
          await receiver.waitForRecords((all) => all.filter(isStarted).length >= long);
        } else {
          await client.responses(1).catch(() => undefined);
        }
        client.destroy();
      }
    }
  }
  const records = await receiver.waitForExchanges(requests, 30_000);
  app.child.kill('SIGTERM');
  await app.exited;
  assert.equal(records.filter(isExchange).length, requests);
  const told =
    JSON.stringify(receiver.records, (_key, value) => (typeof value === 'bigint' ? String(value) : value)) +
    app.stdout +
    app.stderr;
  for (const text of new Set(planted)) {
    const at = told.indexOf(text);
    assert.equal(at, -1, `${text}: ${told.slice(Math.max(0, at - 200), at + 100)}`);
  }
  // The records are those of the requests: what is no secret is in them.
  assert.ok(told.includes('Agent/1 (') && told.includes('shop.example'));
}

describe('a secret that a client has sent is nowhere in what leaves the process', () => {
  for (const [body, stdout] of [
    ['line', 'json'],
    ['json', 'combined'],
    ['combined', 'line'],
  ] as const) {
    test(`body ${body}, standard output ${stdout}`, { timeout: 120_000 }, (t) => everything(t, body, stdout));
  }
});
