import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { examineMasking } from '../../../src/cli/doctor/examine-masking.ts';
import type { MaskedAttribute } from '../../../src/cli/doctor/report.ts';
import { HashKey } from '../../../src/record/masking/hash-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-log-doctor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const SECRET_KEY = 'k3y-that-is-never-shown-0123456789';
const KEY = file('key', SECRET_KEY);
const key = HashKey.of(Buffer.from(SECRET_KEY));
const RULES = file(
  'rules.yaml',
  `version: 1
allow: [tenant.id]
detect: { email: replace, jwt: off }
query: { invite: keep:1:1, "utm_*": remove }
cookies: { theme: show, "*": remove }
headers: { x-api-key: hash }
paths: { "/reset/*/{token}": { token: replace } }
patterns: [{ name: order, match: 'ORD-\\d{4}', do: mask }]
`,
);

const shownOf = (sample: readonly MaskedAttribute[] = []): Readonly<Record<string, unknown>> =>
  Object.fromEntries(sample.map(({ attribute, after }) => [attribute, after]));

describe('the rules in force', () => {
  test('by default', () => {
    const { masking, problems } = examineMasking({});
    assert.ok(masking);
    const { sample, ...facts } = masking;
    assert.deepEqual(problems, []);
    assert.deepEqual(facts, {
      file: null,
      hash: null,
      keyId: null,
      detectors: ['jwt', 'bearer', 'card', 'phone-cn'],
      numbers: { query: 0, cookies: 0, headers: 0, paths: 0, patterns: 0, allow: 0 },
    });
    assert.deepEqual(shownOf(sample), {
      'url.path': '/users/***********',
      'url.query': 'token=REDACTED&card=****************&jwt=REDACTED',
      'user_agent.original': 'shop-app/1.0 (***********)',
      'http.request.header.authorization': ['Bearer REDACTED'],
      'http.request.header.cookie': ['sid=REDACTED'],
      'http.request.header.referer': ['https://shop.example/users/***********?token=REDACTED'],
    });
    assert.deepEqual(sample.find(({ attribute }) => attribute === 'url.path')?.before, '/users/13812345678');
  });

  test('with a file and a key, which is not shown', () => {
    const { masking, problems } = examineMasking({
      ACCESS_LOG_RULES: RULES,
      ACCESS_LOG_HASH_KEY_FILE: KEY,
      ACCESS_LOG_DETECT: 'jwt,card',
      ACCESS_LOG_SESSION: 'cookie:sid',
      ACCESS_LOG_CLIENT_IP: 'hash',
      ACCESS_LOG_REQUEST_HEADERS: 'x-api-key',
      ACCESS_LOG_RESPONSE_HEADERS: 'set-cookie,location',
    });
    assert.ok(masking);
    const { sample, hash, ...facts } = masking;
    assert.deepEqual(problems, []);
    assert.match(hash ?? '', /^[\da-f]{8}$/);
    assert.deepEqual(facts, {
      file: RULES,
      keyId: key.id,
      detectors: ['card', 'email'],
      numbers: { query: 2, cookies: 2, headers: 1, paths: 1, patterns: 1, allow: 1 },
    });
    assert.doesNotMatch(JSON.stringify(masking), /k3y/);
    const shown = shownOf(sample);
    assert.deepEqual(
      { ...shown, 'url.query': String(shown['url.query']).replace(/&jwt=.*/, '') },
      {
        'url.path': '/reset/made-up-value/REDACTED/13812345678',
        'url.query': 'token=REDACTED&invite=m***-**-****e&card=****************',
        'client.address': key.hash('client.address', '203.0.113.7'),
        'network.peer.address': key.hash('client.address', '203.0.113.7'),
        'session.id': key.hash('session.id', 'made-up-value'),
        'http.request.header.x-api-key': [key.hash('http.request.header.x-api-key', 'made-up-value')],
        'http.request.header.authorization': ['Bearer REDACTED'],
        'http.request.header.cookie': [' theme=made-up-value'],
        'http.request.header.referer': [
          'https://shop.example/reset/made-up-value/REDACTED/13812345678?token=REDACTED',
        ],
        'http.response.header.set-cookie': null,
        'http.response.header.location': ['/welcome?token=REDACTED'],
      },
    );
  });

  test('what is wrong with the files is a problem', () => {
    const rules = file('wrong.yaml', 'version: 1\nquery: { a: hash }\n');
    const short = file('short.key', 'k3y');
    assert.deepEqual(examineMasking({ ACCESS_LOG_RULES: rules }), {
      masking: null,
      problems: [
        'wrong.yaml:2: query.a: hash needs a key: set hashKeyFile (ACCESS_LOG_HASH_KEY_FILE) (from the file)',
      ],
    });
    const { masking, problems } = examineMasking({ ACCESS_LOG_HASH_KEY_FILE: short });
    assert.deepEqual(
      [masking, problems],
      [
        null,
        [
          `hashKeyFile (ACCESS_LOG_HASH_KEY_FILE): expected a file with a key, got "${short}" (expected a key of 32 bytes or more, got 3)`,
        ],
      ],
    );
  });

  test('an option that cannot be used is told once, by the options', () => {
    for (const env of [
      { ACCESS_LOG_CLIENT_IP: 'hash' },
      { ACCESS_LOG_RATE: 'x' },
      { ACCESS_LOG_DETECT: 'x' },
    ])
      assert.deepEqual(examineMasking(env), { masking: null, problems: [] });
  });
});
