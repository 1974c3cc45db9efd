import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addHeader } from '../../../src/record/attributes/captured-headers.ts';
import { DEFAULT_MASKING } from '../../../src/record/masking/default-masking.ts';
import { parseResponseHead } from '../../../src/record/reading/response-head.ts';
import { RecordWriter } from '../../../src/record/record-writer.ts';
import { addedTo } from '../support/exchange-factory.ts';

function captured(name: string, ...values: string[]): unknown {
  const writer = new RecordWriter();
  addHeader(writer, 'http.request.header.', name, values, DEFAULT_MASKING, (path) => path === '/login');
  return addedTo(writer);
}

describe('addHeader', () => {
  const cases: readonly [name: string, value: string, shown: string][] = [
    ['x-request-id', 'token=abc', 'token=abc'],
    ['authorization', 'Bearer eyJhbGciOi', 'Bearer REDACTED'],
    ['authorization', 'Digest username="a", response="b"', 'Digest REDACTED'],
    ['authorization', 'eyJhbGciOi', 'REDACTED'],
    ['authorization', 'eyJhbGciOi.x y', 'REDACTED'],
    ['authorization', 'secretkey x', 'REDACTED'],
    ['authorization', 'AKIAIOSFODNN7 EXAMPLE', 'REDACTED'],
    ['authorization', ' Bearer x', 'REDACTED'],
    ['authorization', 'Bearer', 'REDACTED'],
    ['authorization', 'Bearer\tx', 'REDACTED'],
    ['authorization', 'bearer x', 'bearer REDACTED'],
    ['authorization', 'DPoP x', 'DPoP REDACTED'],
    ['authorization', 'SCRAM-SHA-256 x', 'SCRAM-SHA-256 REDACTED'],
    ['proxy-authorization', 'Basic dTpw', 'Basic REDACTED'],
    ['proxy-authorization', 'dTpw Basic', 'REDACTED'],
    ['x-forwarded-authorization', 'Bearer x', 'REDACTED'],
    ['x-api-key', 'abc', 'REDACTED'],
    ['x-auth-token', 'abc', 'REDACTED'],
    ['x-csrf-token', 'abc', 'REDACTED'],
    ['x-amz-security-token', 'abc', 'REDACTED'],
    ['cf-access-jwt-assertion', 'abc', 'REDACTED'],
    ['idempotency-key', 'abc', 'abc'],
    ['x-country-code', 'abc', 'abc'],
    ['cookie', 'sid=abc; theme=dark', 'sid=REDACTED; theme=REDACTED'],
    ['cookie', 'abc; a=b=c', 'REDACTED; a=REDACTED'],
    ['cookie', 'a=b;;  ; c ;d="x;y"', 'a=REDACTED;;  ; REDACTED;d=REDACTED;REDACTED'],
    ['set-cookie', 'sid=abc; Path=/; HttpOnly', 'sid=REDACTED; Path=/; HttpOnly'],
    ['set-cookie', 'sid=abc', 'sid=REDACTED'],
    [
      'set-cookie',
      'a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=Lax; Secure; ',
      'a=REDACTED; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=Lax; Secure; ',
    ],
    // Cookies that were joined to one header.
    ['set-cookie', 'a=1; Path=/, sid=s3cret; HttpOnly', 'a=REDACTED; Path=REDACTED; HttpOnly'],
    ['set-cookie', 'a=1; HttpOnly, sid=s3cret; Path=/', 'a=REDACTED;REDACTED; Path=/'],
    ['set-cookie', 'a=1; s3cret; Path=/', 'a=REDACTED;REDACTED; Path=/'],
    ['set-cookie', `a=1${';Path=/'.repeat(50)};Path=/s3cret`, `a=REDACTED${';Path=/'.repeat(50)};REDACTED`],
    ['set-cookie', 'abc; Secure', 'REDACTED; Secure'],
    ['sec-websocket-protocol', 'graphql-ws', 'graphql-ws'],
    ['sec-websocket-protocol', 'MQTT, v12.stomp ,ocpp2.0.1', 'MQTT, v12.stomp ,ocpp2.0.1'],
    ['sec-websocket-protocol', 'access_token, s3cret', 'access_token, REDACTED'],
    ['sec-websocket-protocol', 'chat,Bearer,s3cret,', 'chat,Bearer,REDACTED,'],
    [
      'sec-websocket-protocol',
      'v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.czNjcmV0',
      'v4.channel.k8s.io, REDACTED',
    ],
    ['sec-websocket-protocol', 'realtime, openai-insecure-api-key.s3cret', 'realtime, REDACTED'],
    ['sec-websocket-protocol', `${'chat,'.repeat(50)}chat,chat`, `${'chat,'.repeat(50)}REDACTED`],
    ['referer', 'https://u:p@a.example/x?token=1#y', 'https://a.example/x?token=REDACTED'],
    ['referer', 'https://a.example/login?a=1', 'https://a.example/login'],
    ['location', '/cb?code=1', '/cb?code=REDACTED'],
    ['location', 'https://a.example/cb?a=1#access_token=1', 'https://a.example/cb?a=1'],
    ['location', '/cart;jsessionid=1', '/cart;jsessionid=REDACTED'],
    ['x-envoy-original-path', '/cb?code=1', '/cb?code=REDACTED'],
    ['x-auth', 's3cret', 'REDACTED'],
    ['x-session', 's3cret', 'REDACTED'],
    ['x-country-code', 'de', 'de'],
    ['x-accel-redirect', '/files;token=1?a=1', '/files;token=REDACTED?a=1'],
    ['hx-current-url', 'https://a.example/cb?code=1', 'https://a.example/cb?code=REDACTED'],
  ];
  for (const [name, value, shown] of cases) {
    test(`${name}: ${value}`, () =>
      assert.deepEqual(captured(name, value), { [`http.request.header.${name}`]: [shown] }));
  }

  test('what comes after 50 cookies is not looked at and not written', () => {
    assert.deepEqual(captured('cookie', 'a=b;'.repeat(60)), {
      'http.request.header.cookie': [`${'a=REDACTED;'.repeat(50)}REDACTED`],
    });
  });

  test('an absent header has no attribute, an empty one has', () => {
    assert.deepEqual(captured('x-a'), {});
    assert.deepEqual(captured('x-a', ''), { 'http.request.header.x-a': [''] });
  });

  for (const name of ['x-a', 'cookie']) {
    test(`${name}: values are at most 16, of 1024 units each`, () => {
      const value = name === 'cookie' ? 'a=b' : 'abc';
      const shown = name === 'cookie' ? 'a=REDACTED' : 'abc';
      assert.deepEqual(captured(name, ...Array<string>(17).fill(value)), {
        [`http.request.header.${name}`]: Array<string>(16).fill(shown),
        'access_log.truncated': [`http.request.header.${name}`],
      });
      assert.deepEqual(captured(name, '='.repeat(1025)), {
        [`http.request.header.${name}`]: [name === 'cookie' ? '=REDACTED' : '='.repeat(1024)],
        'access_log.truncated': [`http.request.header.${name}`],
      });
    });
  }
});

describe('parseResponseHead', () => {
  const wanted = new Set(['content-type', 'set-cookie', 'x-empty']);
  const cases: readonly [name: string, head: string, found: [string, string[]][]][] = [
    [
      'takes what is wanted, in any case',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: x\r\nSet-Cookie: a=1\r\nset-cookie:b=2 \r\nX-Empty:\r\n\r\n',
      [
        ['content-type', ['text/html']],
        ['set-cookie', ['a=1', 'b=2']],
        ['x-empty', ['']],
      ],
    ],
    ['does not take the status line for a header', 'content-type: x\r\n\r\n', []],
    ['takes a head without end', 'HTTP/1.1 200 OK\r\nContent-Type: a:b', [['content-type', ['a:b']]]],
    ['takes a head without lines', '', []],
    ['leaves garbage out', 'HTTP/1.1 200 OK\r\ngarbage\r\n\r\n', []],
  ];
  for (const [name, head, found] of cases) {
    test(name, () => assert.deepEqual([...parseResponseHead(head, wanted)], found));
  }
});
